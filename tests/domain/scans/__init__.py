"""Tests of simple scans."""
