"""Moderation at a brand's end: authors whose appeals wait get their answer first."""

from collections.abc import Iterator, Sequence

from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from moderation.choices import OPEN_APPEALS, OPEN_NOTICES
from moderation.models import Appeal, Notice
from tenants.models import Brand


class ModerationAtTheEnd:
    """All of its data stands in the brand's own tables."""

    readable: Sequence[str] = (
        "moderation.decision",
        "moderation.statementofreasons",
        "moderation.appeal",
        "moderation.wordlist",
        "moderation.sanction",
        "moderation.notice",
    )

    def blocks(self, brand: Brand) -> Iterator[StrOrPromise]:
        waiting = Appeal.objects.filter(brand=brand, state__in=OPEN_APPEALS).count()
        if waiting:
            yield ngettext(
                "%d appeal is undecided. Its author has a right to an answer.",
                "%d appeals are undecided. Their authors have a right to an answer.",
                waiting,
            ) % waiting  # fmt: skip

        notices = Notice.objects.filter(brand=brand, state__in=OPEN_NOTICES).count()
        if notices:
            yield ngettext(
                "%d notice is undecided. Whoever sent it waits for the decision.",
                "%d notices are undecided. Whoever sent them waits for the decision.",
                notices,
            ) % notices  # fmt: skip

    def count_beyond(self, brand: Brand) -> dict[str, int]:
        return {}

    def erase_beyond(self, brand: Brand, *, limit: int) -> dict[str, int]:
        return {}
