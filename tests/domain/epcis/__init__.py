"""Tests of EPCIS events."""
