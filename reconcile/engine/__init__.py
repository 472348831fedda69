"""The interpreter: controllers over a world that never changes."""
