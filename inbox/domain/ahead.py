"""Reading ahead: what the events of one batch ask the database, asked once for all of them.

Optional everywhere: without a batch each question goes to the database. Valid for one transaction
that holds the lanes of its events, so what was read cannot change under it: whatever removes,
edits or renames comes in the same lanes, and a batch with such an event reads nothing ahead.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from contextvars import ContextVar
from dataclasses import dataclass, field
from typing import Any, cast
from uuid import UUID

from django.db import transaction
from django.db.models import Model, Q

from inbox.models import ChannelAccount, ContactHandle, Message, Tombstone
from inbox.providers.events import Author, Event, EventKind

_CHANGES_WHAT_IS_READ = frozenset(
    {
        EventKind.DM_UNSEND,
        EventKind.DM_EDIT,
        EventKind.COMMENT_DELETE,
        EventKind.COMMENT_EDIT,
        EventKind.CONTACT_ID_CHANGED,
    }
)

type Thing = tuple[UUID, str]
"""Account and the network's id of a message or comment."""


@dataclass(slots=True)
class Ahead:
    """``settled``: things that arrived, or were removed before. ``handles`` by channel and name."""

    settled: dict[Thing, str]
    handles: dict[tuple[str, str], ContactHandle]
    answers: dict[Hashable, Any] = field(default_factory=dict)
    added: dict[type[Model], list[Any]] = field(default_factory=dict)


_active: ContextVar[Ahead | None] = ContextVar("read_ahead", default=None)


@contextmanager
def reading_ahead(pairs: Sequence[tuple[ChannelAccount, Event]]) -> Iterator[None]:
    """Read what these events will ask, and store at the end what they add.

    Three queries, and one for each kind of row added; inside the brand's scope.
    """
    if any(event.kind in _CHANGES_WHAT_IS_READ for _account, event in pairs):
        yield
        return
    ahead = Ahead(_read_settled(pairs), _read_handles(pairs))
    token = _active.set(ahead)
    try:
        yield
    finally:
        _active.reset(token)
    for model, rows in ahead.added.items():
        model._default_manager.bulk_create(rows)


def add(row: Model) -> None:
    """Store a new row that nothing reads before the transaction ends, with the batch's others."""
    ahead = _active.get()
    if ahead is None:
        row.save(force_insert=True)
    else:
        ahead.added.setdefault(type(row), []).append(row)


def once[T](key: Hashable, ask: Callable[[], T]) -> T:
    """The answer of ``ask``, remembered under ``key`` until the batch ends."""
    ahead = _active.get()
    if ahead is None:
        return ask()
    if key not in ahead.answers:
        ahead.answers[key] = ask()
    return cast(T, ahead.answers[key])


def why_settled(account: ChannelAccount, external_id: str) -> str:
    """Why nothing is to be done for this message or comment; empty if it is new."""
    ahead = _active.get()
    if ahead is not None:
        return ahead.settled.get((account.pk, external_id), "")
    if Message.objects.filter(account=account, external_id=external_id).exists():
        return "arrived before"
    if Tombstone.objects.filter(account=account, external_id=external_id).exists():
        return "removed before it arrived"
    return ""


def note_arrived(account: ChannelAccount, external_id: str) -> None:
    """A message of this batch was stored."""
    if (ahead := _active.get()) is not None:
        ahead.settled[account.pk, external_id] = "arrived before"


def is_reading() -> bool:
    """Whether this is a batch that reads ahead."""
    return _active.get() is not None


def add_guard() -> AbstractContextManager[Any]:
    """Around adding what another worker may be adding too: a savepoint.

    In a batch nothing: a clash there fails the batch, which is done again event by event.
    """
    return nullcontext() if is_reading() else transaction.atomic()


def known_handle(channel: str, *names: str) -> ContactHandle | None:
    """The handle read ahead under the first of these names (ids, numbers) that is known."""
    ahead = _active.get()
    if ahead is None:
        return None
    return next((found for name in names if (found := ahead.handles.get((channel, name)))), None)


def note_handle(handle: ContactHandle) -> None:
    """A handle was added or changed in this batch."""
    if (ahead := _active.get()) is not None:
        _enter(ahead.handles, handle)


def _read_settled(pairs: Sequence[tuple[ChannelAccount, Event]]) -> dict[Thing, str]:
    wanted = Q(
        account__in={account.pk for account, _event in pairs},
        external_id__in={event.target_external_id for _account, event in pairs},
    )
    removed = Tombstone.objects.filter(wanted).values_list("account_id", "external_id")
    arrived = Message.objects.filter(wanted).values_list("account_id", "external_id")
    settled: dict[Thing, str] = dict.fromkeys(removed, "removed before it arrived")
    for account_id, external_id in arrived:
        settled[account_id, external_id or ""] = "arrived before"
    return settled


def _read_handles(
    pairs: Sequence[tuple[ChannelAccount, Event]],
) -> dict[tuple[str, str], ContactHandle]:
    names = {name for _account, event in pairs for name in _names(event.author)}
    found = ContactHandle.objects.select_related("contact").filter(
        Q(external_id__in=names) | Q(phone__in=names),
        channel__in={account.channel for account, _event in pairs},
    )
    handles: dict[tuple[str, str], ContactHandle] = {}
    for handle in found.order_by("id"):
        _enter(handles, handle)
    return handles


def _names(author: Author | None) -> set[str]:
    return {author.external_id, author.phone} - {""} if author is not None else set()


def _enter(handles: dict[tuple[str, str], ContactHandle], handle: ContactHandle) -> None:
    """Its id names a handle before any other's number does."""
    handles[handle.channel, handle.external_id] = handle
    if handle.phone:
        handles.setdefault((handle.channel, handle.phone), handle)
