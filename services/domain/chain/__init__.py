"""The traceability chain: which things an event names, and what follows for each of them."""
