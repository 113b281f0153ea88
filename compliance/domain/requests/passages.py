"""Words about somebody else in what a person may be handed: found, decided by a person, hidden.

Finding is a proposal only: names after a title or a word of kinship, addresses, numbers, handles
that are not the person's own. A reviewer adds what was missed. Source: GDPR Art. 15(4).
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.translation import gettext as _

from compliance.choices import RequestState
from compliance.domain.audit import record
from compliance.domain.requests.cases import locked
from compliance.domain.requests.subjects import subject_of_case
from compliance.domain.subjects import package
from compliance.domain.subjects.finding import identified
from compliance.domain.subjects.subject import Subject
from compliance.models import DataRequest, ThirdPartyPassage
from compliance.permissions import HANDLE_REQUESTS
from tenants.exceptions import InvalidInput, InvalidState
from tenants.permissions import Actor, require

MOST = 2000
AROUND = 60
HIDDEN = "█████"
_READ_CHARS = 20_000
_NAME = r"[A-ZÄÖÜ][\wäöüß'’-]{1,30}"
_PATTERNS: tuple[tuple[str, re.Pattern[str]], ...] = (
    ("email", re.compile(r"[\w.+-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,4}")),
    ("phone", re.compile(r"(?<![\w/.-])(?:\+|00?)[1-9][\d /()-]{6,18}\d(?!\w)")),
    ("handle", re.compile(r"(?<![\w.])@[A-Za-z0-9_][A-Za-z0-9_.]{2,29}")),
    (
        "name",
        re.compile(
            r"(?:\b(?:Herrn?|Frau|Fr\.|Hr\.|Dr\.|Prof\.|Mrs?\.?|Ms\.?|Miss|[Kk]olleg(?:e|in|en)"
            r"|[Mm]eine?[rmn]?\s(?:Mann|Frau|Mutter|Vater|Bruder|Schwester|Tochter|Sohn|Freund(?:in)?"
            r"|Chef(?:in)?|Nachbar(?:in)?)"
            r"|[Mm]y\s(?:husband|wife|mother|father|brother|sister|daughter|son|friend|boss"
            r"|neighbou?r|colleague)))\s+"
            rf"(?P<found>{_NAME}(?:\s{_NAME}){{0,2}})"
        ),
    ),
)


def texts_in(value: Any, path: str = "") -> Iterator[tuple[str, str]]:
    """(field, text) of every free text in a row; nested values under the name of their column."""
    if isinstance(value, str):
        if " " in value or "@" in value:
            yield path, value
    elif isinstance(value, Mapping):
        for name, inner in value.items():
            if name != "key" or path:
                yield from texts_in(inner, path or str(name))
    elif isinstance(value, list):
        for inner in value:
            yield from texts_in(inner, path)


def found_in(text: str, own: frozenset[str]) -> Iterator[tuple[str, int, int]]:
    """(kind, start, end) of words that may be about somebody else. ``own``: casefolded words of the
    person. Linear; reads the first 20,000 characters."""
    for kind, pattern in _PATTERNS:
        for match in pattern.finditer(text[:_READ_CHARS]):
            group = "found" if kind == "name" else 0
            start, end = match.span(group)
            if not _is_own(match[group], own):
                yield kind, start, end


def _is_own(fragment: str, own: frozenset[str]) -> bool:
    said = fragment.casefold().lstrip("@")
    if said in own:
        return True
    digits = re.sub(r"\D", "", said).lstrip("0")
    return len(digits) >= 7 and any(digits in re.sub(r"\D", "", word) for word in own)


def own_words(subject: Subject) -> frozenset[str]:
    """What the person is called, whole and word by word."""
    whole = {word.casefold().lstrip("@") for word in identified(subject).known.words if word}
    return frozenset(whole | {part for word in whole for part in word.split() if len(part) > 2})


def propose(case: DataRequest, subject: Subject, *, own: frozenset[str]) -> Iterator[int]:
    """Store what may be about others, row by row; yields how many rows were read.

    What was decided before stays decided. At most ``MOST`` passages a round.
    """
    count = ThirdPartyPassage.objects.filter(request=case).count()
    for number, told in enumerate(package.rows(subject), start=1):
        found = [] if count >= MOST else list(_passages(case, told, own))
        if found:
            ThirdPartyPassage.objects.bulk_create(found, ignore_conflicts=True)
            count += len(found)
        yield number


def _passages(
    case: DataRequest, told: Mapping[str, Any], own: frozenset[str]
) -> Iterator[ThirdPartyPassage]:
    for field, text in texts_in(told["row"]):
        for kind, start, end in found_in(text, own):
            yield _passage(case, told, field, text, kind, start, end)


def _passage(
    case: DataRequest,
    told: Mapping[str, Any],
    field: str,
    text: str,
    kind: str,
    start: int,
    end: int,
) -> ThirdPartyPassage:
    return ThirdPartyPassage(
        brand_id=case.brand_id,
        request=case,
        source=told["source"][:80],
        row_ref=str(told["row"].get("key", ""))[:80],
        field=field[:80],
        kind=kind,
        fragment=text[start:end][:200],
        before=text[max(0, start - AROUND) : start],
        after=text[end : end + AROUND],
    )


@transaction.atomic
def decide(case: DataRequest, passage_ids: Iterable[UUID], *, is_hidden: bool, actor: Actor) -> int:
    """Hide these passages in the package, or hand them out. Says how many.

    Raises: NotAllowed, InvalidState (not in review).
    """
    require(actor, HANDLE_REQUESTS, case)
    case = _in_review(case)
    changed = (
        ThirdPartyPassage.objects.filter(request=case, pk__in=list(passage_ids))
        .exclude(fragment="")
        .update(is_hidden=is_hidden)
    )
    if changed:
        _reopen(case)
        record(
            "compliance.request.passages_decided",
            case,
            actor=actor,
            facts={"count": changed, "hidden": is_hidden},
        )
    return changed


@transaction.atomic
def hide_words(case: DataRequest, words: str, *, actor: Actor) -> int:
    """Hide these words wherever they stand in the package. Says in how many places.

    Raises: NotAllowed, InvalidState (not in review), InvalidInput (too short, or nowhere).
    """
    require(actor, HANDLE_REQUESTS, case)
    case = _in_review(case)
    wanted = " ".join(words.replace("\x00", "").split())[:200]
    if len(wanted) < 3:
        raise InvalidInput("words", _("Give at least three characters."))
    pattern = re.compile(re.escape(wanted), re.IGNORECASE)
    found = [
        _passage(case, told, field, text, "words", *match.span())
        for told in package.rows(subject_of_case(case))
        for field, text in texts_in(told["row"])
        for match in islice(pattern.finditer(text), 20)
    ][:MOST]
    if not found:
        raise InvalidInput("words", _("These words stand nowhere in the person's data."))
    for passage in found:
        passage.is_hidden = True
    ThirdPartyPassage.objects.bulk_create(found, ignore_conflicts=True)
    _reopen(case)
    record(
        "compliance.request.passages_decided",
        case,
        actor=actor,
        facts={"count": len(found), "hidden": True},
    )
    return len(found)


def _in_review(case: DataRequest) -> DataRequest:
    case = locked(case)
    if case.state != RequestState.IN_REVIEW:
        raise InvalidState(_("There is nothing to review now."))
    return case


def _reopen(case: DataRequest) -> None:
    """A review that was finished before the change does not count."""
    if case.reviewed_at is not None:
        case.reviewed_by, case.reviewed_at, case.reviewed_sha256 = None, None, ""
        case.save(update_fields=["reviewed_by", "reviewed_at", "reviewed_sha256"])


type Hidden = Mapping[tuple[str, str], frozenset[str]]
"""(source, row) -> the fragments that are not handed out."""


def hidden_of(case: DataRequest) -> Hidden:
    """All that are hidden in this case; at most ``MOST`` per round of collecting."""
    found: dict[tuple[str, str], set[str]] = {}
    rows = ThirdPartyPassage.objects.filter(request=case, is_hidden=True).exclude(fragment="")
    for source, row, fragment in rows.values_list("source", "row_ref", "fragment"):
        found.setdefault((source, row), set()).add(fragment)
    return {place: frozenset(fragments) for place, fragments in found.items()}


def without(value: Any, fragments: Iterable[str]) -> Any:
    """The value with the fragments blacked out, wherever in it they stand."""
    if isinstance(value, str):
        for fragment in sorted(fragments, key=len, reverse=True):
            value = value.replace(fragment, HIDDEN)
        return value
    if isinstance(value, dict):
        return {k: inner if k == "key" else without(inner, fragments) for k, inner in value.items()}
    if isinstance(value, list):
        return [without(inner, fragments) for inner in value]
    return value
