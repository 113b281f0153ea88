"""What the networks send again of erased people: recognised at the splitter and dropped."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from compliance.domain.consent import address_hash
from compliance.domain.subjects.erased_list import erased_times
from inbox.models import ChannelRoute, Message
from inbox.providers.events import Event, EventKind

DROPPED = "of an erased person; dropped"
KEY_PREFIX = "erased:"
_ABOUT_OLDER = frozenset(
    {
        EventKind.DM_EDIT,
        EventKind.DM_UNSEND,
        EventKind.DM_REACTION,
        EventKind.DM_STATUS,
        EventKind.COMMENT_EDIT,
        EventKind.COMMENT_DELETE,
        EventKind.COMMENT_VISIBILITY,
    }
)

type Routed = tuple[Event, ChannelRoute]


def quiet_key(brand_id: UUID, channel: str, key: str) -> str:
    """In place of an event's key that names a person: the same for the same key, says nothing."""
    return KEY_PREFIX + address_hash(brand_id, channel, key)


def of_erased(pairs: Sequence[Routed]) -> set[int]:
    """Places of the events that belong to erased people.

    Those are events of an erased address up to its erasure, and whatever is told about a message
    that was erased. What a person writes after the erasure is not among them. At most two queries
    per brand; runs in a scope that holds the brands.
    """
    found: set[int] = set()
    by_brand: dict[UUID, list[int]] = {}
    for place, (_event, route) in enumerate(pairs):
        by_brand.setdefault(route.brand_id, []).append(place)
    for brand_id, places in by_brand.items():
        found |= _late(brand_id, pairs, places) | _about_erased(pairs, places)
    return found


def _late(brand_id: UUID, pairs: Sequence[Routed], places: Iterable[int]) -> set[int]:
    named = {place: _addresses(pairs[place][0]) for place in places}
    times = erased_times(brand_id, {one for addresses in named.values() for one in addresses})
    return {
        place
        for place, addresses in named.items()
        if times and _is_late(pairs[place][0].occurred_at, [times.get(one) for one in addresses])
    }


def _is_late(at: datetime, erased: Iterable[datetime | None]) -> bool:
    return any(erased_at is not None and at <= erased_at for erased_at in erased)


def _addresses(event: Event) -> list[tuple[str, str]]:
    """Under which the event's person may be known, writer or receiver."""
    author = event.author
    # The thread of a direct message is the person, that of a comment is the brand's post.
    names = [event.thread_id] if event.kind.value.startswith(("dm.", "contact.")) else []
    if author is not None and not author.is_self:
        names += [author.external_id, author.phone]
    return [(event.channel, name) for name in names if name]


def _about_erased(pairs: Sequence[Routed], places: Iterable[int]) -> set[int]:
    wanted = {
        place: (pairs[place][1].account_ref, pairs[place][0].target_external_id)
        for place in places
        if pairs[place][0].kind in _ABOUT_OLDER
    }
    if not wanted:
        return set()
    erased = set(
        Message.objects.filter(
            account__in={account for account, _external_id in wanted.values()},
            external_id__in={external_id for _account, external_id in wanted.values()},
            conversation__contact__erased_at__isnull=False,
        ).values_list("account_id", "external_id")
    )
    return {place for place, target in wanted.items() if target in erased}


def names_person(event: Event) -> bool:
    """Whether the event's key holds an address of its person."""
    return any(address in event.dedupe_key for _channel, address in _addresses(event))
