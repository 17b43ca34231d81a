"""EPCIS 2.0: documents and events, decoded, checked, and named by their hash."""
