"""Figures of quality as people read them."""

from collections.abc import Mapping

from django import template

from moderation.choices import SampleKind, Stratum
from moderation.domain.quality import alarm_words

register = template.Library()


@register.filter
def percent(share: float | None) -> str:
    """A share 0..1 as ``4.5 %``."""
    return alarm_words.percent(share)


@register.filter
def decimal(value: float | None) -> str:
    """Two places, a dash for none."""
    return alarm_words.decimal(value)


@register.filter
def drawn_by_side(drawn: Mapping[str, int]) -> dict[str, int]:
    """The counts of a drawing, by the columns of its table."""
    chance = f"{SampleKind.RANDOM}."
    return {
        "hiding": sum(
            drawn.get(chance + stratum, 0) for stratum in (Stratum.HIDDEN, Stratum.WOULD_HIDE)
        ),
        "passed": drawn.get(chance + Stratum.PASSED, 0),
        "decided": drawn.get(chance + Stratum.DECIDED, 0),
        "targeted": sum(
            count for name, count in drawn.items() if name.startswith(f"{SampleKind.TARGETED}.")
        ),
    }
