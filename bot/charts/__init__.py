"""Charts of what was used: drawn by matplotlib in a process of its own, and so the only importer of it."""
