"""What the admin tests of the shell share."""

from tests.counting import count_queries

__all__ = ["count_queries"]
