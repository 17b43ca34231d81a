"""The HTTP API through its front door."""
