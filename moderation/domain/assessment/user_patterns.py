"""What a brand's pattern must keep to beside being one. RE2 only: no pattern can explode."""

from typing import Final

from django.utils.translation import gettext as _

from inbox.domain.triage.patterns import PatternRefused, SafePattern, compile_pattern

LONGEST_PATTERN: Final = 200
LARGEST_PROGRAM: Final = 15_000
"""Instructions. ``\\w`` alone takes 1,300 of them, because it knows the letters of the world."""


def checked_pattern(source: str) -> SafePattern:
    """A brand's pattern, compiled.

    Raises: PatternRefused (no pattern, too long, too large, or found in every text).
    """
    if len(source) > LONGEST_PATTERN:
        raise PatternRefused(_("A pattern has at most %d characters.") % LONGEST_PATTERN)
    pattern = compile_pattern(source)
    if pattern.compiled.programsize > LARGEST_PROGRAM:
        raise PatternRefused(
            _("This pattern is too large when compiled. Repeat less, or name fewer letters.")
        )
    if pattern.compiled.search("") is not None:
        raise PatternRefused(_("This pattern is found in every text, also in an empty one."))
    return pattern
