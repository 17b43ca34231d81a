"""What the product does, on ports: capture, look-up, keys, copying, simulation."""
