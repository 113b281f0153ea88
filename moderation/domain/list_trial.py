"""A list tried before it is saved: on one text, and on what people really wrote."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any, Final

from inbox.choices import ConversationKind, Direction, Visibility
from inbox.models import Message
from moderation.domain.assessment import BrandList, BrandLists, ListHit
from moderation.domain.assessment.assess import tokens_of_ends
from tenants.domain.reach import within

LAST: Final = 500
SHOWN: Final = 20


@dataclass(frozen=True, slots=True)
class Hit:
    """A comment and where the list is found in it."""

    message: Message
    hits: tuple[ListHit, ...]


@dataclass(frozen=True, slots=True)
class Trial:
    """Of the last ``read`` comments ``found`` match the draft, ``found_before`` what is in use;
    ``gained`` and ``lost`` are the difference. ``shown``: the newest that match."""

    read: int
    found: int
    found_before: int
    gained: int
    lost: int
    shown: tuple[Hit, ...]


def hits_in(text: str, one: BrandList) -> tuple[ListHit, ...]:
    """Where a list is found in a text."""
    return tuple(BrandLists([one]).find(text, tokens_of_ends(text)))


def try_on_history(draft: BrandList, *, before: BrandList | None, actor: Any) -> Trial:
    """What the list would have matched among the last 500 public comments of the brand in scope,
    as far as ``actor`` may see them. One query."""
    now, then = BrandLists([draft]), BrandLists([before] if before else [])
    read = found = found_before = gained = lost = 0
    shown: list[Hit] = []
    for message in _last_comments(actor):
        tokens = tokens_of_ends(message.text)
        hits = tuple(now.find(message.text, tokens))
        was = any(True for _hit in then.find(message.text, tokens))
        read, found, found_before = read + 1, found + bool(hits), found_before + was
        gained, lost = gained + (bool(hits) and not was), lost + (was and not hits)
        if hits and len(shown) < SHOWN:
            shown.append(Hit(message, hits))
    return Trial(read, found, found_before, gained, lost, tuple(shown))


def _last_comments(actor: Any) -> Iterator[Message]:
    rows = within(Message.objects.all(), actor, "moderation.case.view", via="account_id")
    chosen: Iterable[Message] = (
        rows.filter(
            direction=Direction.INBOUND,
            conversation__kind=ConversationKind.COMMENT,
        )
        .exclude(text="")
        .exclude(visibility=Visibility.REMOVED)
        .select_related("conversation__contact")
        .order_by("-id")[:LAST]
    )
    return iter(chosen)
