"""The pure core: identifiers, EPCIS events, validation, hashes. No clock, environment, logging or I/O."""
