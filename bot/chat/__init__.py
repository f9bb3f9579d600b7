"""Discord: the only importer of discord.py outside the demo."""
