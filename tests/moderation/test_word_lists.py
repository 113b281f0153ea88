"""Word lists are changed by verbs: rights, limits, versions, and the file."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from compliance.domain.spreadsheet import cell
from compliance.models import AuditEvent
from moderation.domain import word_lists
from moderation.domain.list_files import csv_of, terms_from_csv
from moderation.domain.word_lists import Draft, add_list, change_list, check_draft, set_list_in_use
from moderation.models import WordList, WordListVersion
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope

DRAFT = Draft("Konkurrenz", "off_topic", "whole", "queue", 60, "", ("südwind", "westwind"))


def draft(**fields: Any) -> Draft:
    return Draft(**{**DRAFT.content(), "terms": DRAFT.terms} | fields)


def _kinds() -> list[str]:
    return [
        kind
        for kind in AuditEvent.objects.order_by("id").values_list("kind", flat=True)
        if ".word_list." in kind
    ]


def test_every_change_is_a_version_that_stays(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        row = add_list(north, DRAFT, actor=olga)
        same = change_list(row, DRAFT, actor=olga)
        changed = change_list(row, draft(terms=("nordwind",)), actor=olga, seen_version=1)
        out = set_list_in_use(changed, is_enabled=False, actor=olga)
        set_list_in_use(out, is_enabled=False, actor=olga)

        assert (same.version, changed.version, out.is_enabled) == (1, 2, False)
        versions = WordListVersion.objects.filter(word_list=row).order_by("version")
        assert [(v.version, v.content["terms"], v.made_by) for v in versions] == [
            (1, ["südwind", "westwind"], olga),
            (2, ["nordwind"], olga),
        ]
        assert versions[0].sha256 == DRAFT.sha256 != versions[1].sha256 == changed.sha256
        assert _kinds() == [
            "moderation.word_list.added",
            "moderation.word_list.changed",
            "moderation.word_list.retired",
        ]


def test_only_who_may_change_the_policy_may(north: Brand, ada: User, mo: User, olga: User) -> None:
    with brand_scope(north.pk):
        row = add_list(north, DRAFT, actor=olga)
        for person in (ada, mo):
            with pytest.raises(NotAllowed):
                add_list(north, draft(name="Noch eine"), actor=person)
            with pytest.raises(NotAllowed):
                change_list(row, draft(weight_pct=90), actor=person)
            with pytest.raises(NotAllowed):
                set_list_in_use(row, is_enabled=False, actor=person)

        row.refresh_from_db()
        assert (WordList.objects.count(), row.version, row.is_enabled) == (1, 1, True)


def test_a_version_saved_meanwhile_is_not_overwritten(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        row = add_list(north, DRAFT, actor=olga)
        change_list(row, draft(weight_pct=70), actor=olga, seen_version=1)

        with pytest.raises(InvalidState, match="version 2"):
            change_list(row, draft(weight_pct=80), actor=olga, seen_version=1)


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"name": " "}, "name", "Give the list a name"),
        ({"name": "x" * 81}, "name", "at most 80"),
        ({"category": "nice"}, "category", "Choose one"),
        ({"match": "regex"}, "match", "Choose one"),
        ({"effect": "hide"}, "effect", "Choose one"),
        ({"language": "fr"}, "language", "Choose one"),
        ({"weight_pct": 0}, "weight_pct", "Between 1 and 100"),
        ({"weight_pct": 101}, "weight_pct", "Between 1 and 100"),
        ({"terms": ()}, "terms", "at least one"),
        ({"terms": ("gut", "+-+")}, "terms", "Entry 2, “\\+-\\+”: It holds no letter"),
        ({"terms": ("x" * 101,)}, "terms", "Entry 1, .*At most 100"),
        ({"terms": ("ab",), "match": "part"}, "terms", "So short a part"),
        ({"terms": ("a", "("), "match": "pattern"}, "terms", "Entry 2, “\\(”: .*missing"),
        ({"terms": (r"(a)\1",), "match": "pattern"}, "terms", "Entry 1, .*invalid escape"),
        ({"terms": tuple(f"w{n}" for n in range(5001))}, "terms", "At most 5000"),
        ({"terms": tuple(f"w{n}" for n in range(51)), "match": "pattern"}, "terms", "At most 50"),
    ],
)
def test_what_cannot_be_used_is_refused_at_its_field(
    fields: dict[str, Any], field: str, words: str
) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        check_draft(draft(**fields))

    assert refused.value.field == field


def test_limits_count_all_lists_in_use(
    north: Brand, olga: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(word_lists, "MOST_PATTERNS", 2)
    with brand_scope(north.pk):
        row = add_list(north, draft(match="pattern", terms=("a+b", "b+c")), actor=olga)
        other = draft(name="Zweite", match="pattern", terms=("c+d",))
        with pytest.raises(InvalidInput, match="all lists together"):
            add_list(north, other, actor=olga)
        with pytest.raises(InvalidInput, match="of this name"):
            add_list(north, DRAFT, actor=olga)
        set_list_in_use(row, is_enabled=False, actor=olga)
        add_list(north, other, actor=olga)
        with pytest.raises(InvalidInput, match="all lists together"):
            set_list_in_use(row, is_enabled=True, actor=olga)


DANGEROUS = ("=cmd()", "+49 176", "-lager", "@handle", "'quoted", "a,b", 'sag "ja"', "ä; ö")


def test_the_file_is_safe_in_a_spreadsheet_and_comes_back_as_it_was(
    north: Brand, olga: User
) -> None:
    with brand_scope(north.pk):
        row = add_list(north, draft(terms=DANGEROUS), actor=olga)

    data = csv_of(row)

    assert data.decode("utf-8-sig").splitlines()[1].startswith("'=cmd(),off_topic,whole,queue")
    assert terms_from_csv(data) == DANGEROUS


@given(st.lists(st.text(st.characters(codec="utf-8"), min_size=1, max_size=12), min_size=1))
def test_any_entries_come_back_from_the_file(texts: list[str]) -> None:
    terms = word_lists.terms_of("\n".join(texts))
    row = WordList(name="=x", terms="\n".join(terms), version=1)

    if terms:
        assert terms_from_csv(csv_of(row)) == terms
        assert all(str(cell(term))[0] not in "=+-@" for term in terms)


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (b"\xff\xfe\x00", "CSV in UTF-8"),
        (b"a\x00b", "no CSV"),
        (b"", "no entries"),
        (b"term\n\n", "no entries"),
        (b"x" * (1024 * 1024 + 1), "larger than 1 MB"),
        (b"\n".join(b"w%d" % n for n in range(5001)), "At most 5000"),
        (b'"' + b"a" * 200_000, "no CSV"),
    ],
)
def test_files_that_are_none_are_refused_in_words(data: bytes, words: str) -> None:
    with pytest.raises(InvalidInput, match=words) as refused:
        terms_from_csv(data)

    assert refused.value.field == "file"


def test_plain_and_german_files_are_read() -> None:
    assert terms_from_csv(b"eins\nzwei\n\neins\n") == ("eins", "zwei")
    assert terms_from_csv(b"Gruppe;Term\nx;eins\ny;zwei\n") == ("eins", "zwei")
