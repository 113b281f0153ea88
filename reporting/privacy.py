"""Reporting holds nothing of its own yet: it reads what stands below."""
