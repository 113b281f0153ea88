"""Moderation at a brand's end: authors whose appeals wait get their answer first."""

from collections.abc import Iterator, Sequence

from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from moderation.choices import AppealState
from moderation.models import Appeal
from tenants.models import Brand


class ModerationAtTheEnd:
    """All of its data stands in the brand's own tables."""

    readable: Sequence[str] = (
        "moderation.decision",
        "moderation.statementofreasons",
        "moderation.appeal",
        "moderation.wordlist",
    )

    def blocks(self, brand: Brand) -> Iterator[StrOrPromise]:
        waiting = Appeal.objects.filter(brand=brand, state=AppealState.RECEIVED).count()
        if waiting:
            yield ngettext(
                "%d appeal is undecided. Its author has a right to an answer.",
                "%d appeals are undecided. Their authors have a right to an answer.",
                waiting,
            ) % waiting  # fmt: skip

    def count_beyond(self, brand: Brand) -> dict[str, int]:
        return {}

    def erase_beyond(self, brand: Brand, *, limit: int) -> dict[str, int]:
        return {}
