"""The services of tianzhuo: domain core, ports, store, use cases, HTTP API and command line."""
