"""A brand's lists, read once and kept ready by their versions."""

from functools import lru_cache
from uuid import UUID

from inbox.domain import ahead
from moderation.domain.assessment import BrandList, BrandLists
from moderation.models import WordList, WordListVersion

type _Key = tuple[tuple[UUID, int], ...]


def lists_in_use(brand_id: UUID) -> BrandLists:
    """Ready to be found in. One query; a batch of events asks once. Inside the brand's scope."""
    return ahead.once(("word_lists", brand_id), lambda: _ready(brand_id))


def _ready(brand_id: UUID) -> BrandLists:
    rows = WordList.objects.filter(brand_id=brand_id, is_enabled=True).order_by("pk")
    return _made(tuple(rows.values_list("pk", "version")))


@lru_cache(maxsize=64)
def _made(key: _Key) -> BrandLists:
    """A version never changes, so what was made of it stays good in every process."""
    if not key:
        return BrandLists()
    versions = WordListVersion.objects.filter(word_list__in=[pk for pk, _number in key])
    found = {(row.word_list_id, row.version): row for row in versions}
    return BrandLists(brand_list_of(found[one]) for one in key)


def brand_list_of(row: WordListVersion) -> BrandList:
    """One version of a list as it is looked for."""
    held = row.content
    return BrandList(
        key=str(row.word_list_id),
        name=held["name"],
        version=row.version,
        sha256=row.sha256,
        category=held["category"],
        match=held["match"],
        effect=held["effect"],
        weight=held["weight_pct"] / 100,
        language=held["language"],
        terms=tuple(held["terms"]),
    )
