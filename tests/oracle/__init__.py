"""Independent, slow references that answers are compared with."""
