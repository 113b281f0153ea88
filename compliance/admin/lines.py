"""One entry of the trail as people read it: who, did what, to what, before and after, why."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any
from uuid import UUID

from django.urls import NoReverseMatch, reverse
from django.utils import translation
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.choices import ActorKind
from compliance.domain.event_words import deed, kind_of_object
from compliance.domain.people import names_of
from compliance.models import AuditDetail, AuditEvent
from compliance.registries import event_notes

type Pair = tuple[str, StrOrPromise]

NOBODY: Mapping[str, str] = MappingProxyType({})
PERSON_FIELDS = frozenset({"assignee"})
"""Fields into which verbs write a person's key. Words that somebody typed are never looked up: a
key in them would tell the name of a stranger."""


@dataclass(frozen=True, slots=True)
class Change:
    """One field's value before and after; None where there was none."""

    name: str
    before: StrOrPromise | None
    after: StrOrPromise | None


@dataclass(frozen=True, slots=True)
class Line:
    """One event as the screen shows it. ``notes`` is what other apps know of it."""

    event: AuditEvent
    who: str
    did: str
    object_words: StrOrPromise
    object_name: str
    object_url: str
    changes: list[Change]
    why: StrOrPromise
    values: list[Pair]
    facts: list[Pair]
    notes: Sequence[tuple[StrOrPromise, str]]
    body: str
    seal: StrOrPromise
    is_sealed: bool

    @property
    def has_story(self) -> bool:
        """Whether the object has more events than this one can be asked for."""
        return bool(self.event.object_ref)


def lines_of(events: Sequence[AuditEvent]) -> list[Line]:
    """The events with names and notes; ``details``, ``leaf`` and ``pending`` are loaded already.
    One query for names, at most one per app for notes."""
    people = {event.actor_ref for event in events if event.actor_kind == ActorKind.USER}
    people |= {event.object_ref for event in events if event.object_type == "tenants.user"}
    people |= {
        str(detail.readable)
        for event in events
        for detail in event.details.all()
        if _holds_person(detail)
    }
    names = names_of(people)
    notes = _notes(events)
    return [_line(event, names, notes.get(event.pk, ())) for event in events]


def _holds_person(detail: AuditDetail) -> bool:
    return detail.name.rpartition(".")[2] in PERSON_FIELDS


def _notes(events: Sequence[AuditEvent]) -> Mapping[UUID, Sequence[tuple[StrOrPromise, str]]]:
    found: dict[UUID, list[tuple[StrOrPromise, str]]] = {}
    language = translation.get_language() or "en"
    for source in event_notes:
        for key, pairs in source.notes(events, language=language).items():
            found.setdefault(key, []).extend(pairs)
    return found


def _line(
    event: AuditEvent, names: dict[str, str], notes: Sequence[tuple[StrOrPromise, str]]
) -> Line:
    details = {
        detail.name: _("erased")
        if detail.erased_at
        else _readable(detail.readable, names if _holds_person(detail) else NOBODY)
        for detail in event.details.all()
    }
    why = details.pop("reason", "") or event.reason
    return Line(
        event,
        who=names.get(event.actor_ref, event.actor_ref),
        did=deed(event.kind),
        object_words=kind_of_object(event.object_type),
        object_name=names.get(event.object_ref, f"…{event.object_ref[-8:]}"),
        object_url=_page_of(event.object_type, event.object_ref),
        changes=_changes(details),
        why=why,
        values=sorted(
            (name, value)
            for name, value in details.items()
            if not name.startswith(("before.", "after."))
        ),
        facts=_facts(event.body),
        notes=notes,
        body=_pretty(event.body),
        **_seal(event),
    )


def _changes(details: Mapping[str, StrOrPromise]) -> list[Change]:
    fields = dict.fromkeys(
        name.partition(".")[2] for name in details if name.startswith(("before.", "after."))
    )
    return [
        Change(name, details.get(f"before.{name}"), details.get(f"after.{name}")) for name in fields
    ]


def _page_of(label: str, ref: str) -> str:
    """Where the object is shown; empty if it has no page. The page itself asks who may see it."""
    app, _dot, model = label.partition(".")
    try:
        return reverse(f"admin:{app}_{model}_change", args=[ref])
    except NoReverseMatch:
        return ""


def _seal(event: AuditEvent) -> dict[str, Any]:
    leaf, pending = getattr(event, "leaf", None), getattr(event, "pending", None)
    if leaf is not None:
        return {"seal": str(leaf.index), "is_sealed": True}
    words = _("waits for its seal") if pending is not None else _("has no place in the ledger")
    return {"seal": words, "is_sealed": False}


def _facts(body: str) -> list[Pair]:
    try:
        facts = json.loads(body).get("facts", {})
    except (ValueError, AttributeError):
        return []
    return [(name, _readable(value)) for name, value in sorted(facts.items())]


def _readable(value: Any, names: Mapping[str, str] = NOBODY) -> str:
    """Keys of people as their names."""
    if value is None:
        return "–"
    return (
        names.get(value, value)
        if isinstance(value, str)
        else json.dumps(value, ensure_ascii=False, indent=1)
    )


def _pretty(body: str) -> str:
    try:
        return json.dumps(json.loads(body), ensure_ascii=False, indent=2)
    except ValueError:
        return body
