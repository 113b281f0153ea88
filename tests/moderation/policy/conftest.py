"""What the admin tests of this app share."""

from tests.counting import count_queries

__all__ = ["count_queries"]
