"""Against servers that others wrote, on loopback: ``make test-network``."""
