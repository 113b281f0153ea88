"""What higher apps plug into this one."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Literal, Protocol

from django_stubs_ext import StrOrPromise

from tenants.registry import Registry


class AuditSink(Protocol):
    """Writes an event to a ledger, in the caller's transaction."""

    def __call__(self, kind: str, obj: Any, /, *, actor: Any, **details: Any) -> Any: ...


audit_sinks: Registry[AuditSink] = Registry("audit_sinks")


def audit(kind: str, obj: Any, *, actor: Any, **details: Any) -> None:
    """Tell every ledger. Details are those of ``compliance.domain.audit.record``."""
    for sink in audit_sinks:
        sink(kind, obj, actor=actor, **details)


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person was shown. ``personal`` can be erased: the term that was searched for.

    ``page``: which part of a list, as a code; another part is told anew. ``brand_id``: whose
    ledger, if it is not the object's brand or the one in scope.
    """

    kind: str
    obj: Any
    facts: Mapping[str, Any] = field(default_factory=dict)
    personal: Mapping[str, Any] | None = None
    page: str = ""
    brand_id: Any = None


class ReadSink(Protocol):
    """Writes readings to a ledger: once per person, object and some minutes."""

    def __call__(self, seen: Sequence[Seen], *, actor: Any) -> Any: ...


read_sinks: Registry[ReadSink] = Registry("read_sinks")


def audit_reads(seen: Sequence[Seen], *, actor: Any) -> None:
    """Tell every ledger what ``actor`` is shown of people, in the transaction that shows it."""
    if seen:
        for sink in read_sinks:
            sink(seen, actor=actor)


object_grants: Registry[Any] = Registry("object_grants")
"""Models below ``tenants.models.ObjectGrant``, one per kind of object."""


@dataclass(frozen=True, slots=True)
class JobRow:
    """One piece of long work as the jobs centre shows it. ``done`` of ``total`` in the job's own
    unit, None while unknown; ``cancel_url`` takes a POST and is empty when it is too late."""

    key: str
    title: StrOrPromise
    brand: str
    asked_by: str
    asked_at: datetime
    state: Literal["waiting", "running", "done", "done_with_skips", "failed", "cancelled"]
    state_label: StrOrPromise
    done: int | None
    total: int | None
    note: StrOrPromise
    url: str
    cancel_url: str = ""


class JobSource(Protocol):
    """Tells of one kind of long work. ``rows`` answers what this person may see, newest first."""

    key: str
    title: StrOrPromise

    def rows(self, user: Any, workspace: Any, *, limit: int) -> Sequence[JobRow]: ...


class QuotaMeter(Protocol):
    """How much of a resource the brands in scope use at this moment, by brand id."""

    def __call__(self) -> Mapping[Any, int]: ...


quota_meters: Registry[QuotaMeter] = Registry("quota_meters")
"""By ``tenants.choices.Quota``: for what is not counted by the minute."""

jobs: Registry[JobSource] = Registry("jobs")

sealed_json: Registry[str] = Registry("sealed_json")
"""Model label -> JSON column with encrypted values somewhere inside: for libraries' tables."""


@dataclass(frozen=True, slots=True)
class SecretRow:
    """One secret as the list shows it: never its value. ``kind`` is a stable code, ``set_at`` when
    it was entered or made, ``expires_at`` None if nobody knows of an end."""

    kind: str
    kind_label: StrOrPromise
    ref: Any
    brand_id: Any
    title: StrOrPromise
    set_at: datetime
    expires_at: datetime | None = None
    url: str = ""
    note: StrOrPromise = ""


class SecretSource(Protocol):
    """Tells of one kind of secret. ``rows``: of the brands and agencies in scope."""

    def rows(self) -> Sequence[SecretRow]: ...


secret_sources: Registry[SecretSource] = Registry("secret_sources")


database_guards: Registry[Callable[[], object]] = Registry("database_guards")
"""What else is put into the database after every migration, as the owner. Idempotent each."""
