"""What the tests of quality share."""

from tests.moderation.measuring import measure, scope, write

__all__ = ["measure", "scope", "write"]
