"""Rules: read from their files, compiled, and evaluated on what the text says."""
