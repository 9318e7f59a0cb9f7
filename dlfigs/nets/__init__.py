"""The subject: networks and their parts, in plain JAX."""
