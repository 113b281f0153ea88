"""The whole walk in a real browser against a real installation. Run it with ``make walk``."""
