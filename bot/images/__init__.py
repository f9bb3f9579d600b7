"""Pictures as bytes: read, verify, clean. The only importer of Pillow outside the demo."""
