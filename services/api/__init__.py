"""The HTTP API: EPCIS 2.0 REST, simple scans, look-ups, GS1 Digital Link."""
