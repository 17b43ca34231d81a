"""Simple scans: five fields that become one EPCIS event."""
