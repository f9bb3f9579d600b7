"""`/studio settings`: what holds in a guild and in its channels, section by section."""
