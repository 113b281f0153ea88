"""What the tests of licences share."""

from tests.moderation.measuring import measure, scope, write

__all__ = ["measure", "scope", "write"]
