"""The API server as a value."""
