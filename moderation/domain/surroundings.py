"""What the database knows around a comment: its author's record, and who else said the same."""

from collections import Counter
from datetime import timedelta
from typing import Final
from uuid import UUID

from django.db.models import Count

from inbox.choices import ConversationKind
from inbox.domain import ahead
from inbox.domain.items import Item
from inbox.models import Conversation
from moderation.choices import Action
from moderation.domain.assessment import Background
from moderation.models import Assessment, Decision

SAME_WITHIN: Final = timedelta(days=1)
REMEMBERED: Final = timedelta(days=365)
_MOST: Final = 25


def background_of(item: Item, *, key: str) -> Background:
    """At most three queries; one for somebody who was unknown until this comment."""
    is_first = item.is_first_contact
    same = _same_text(item, key)
    own = same.pop(item.contact.pk, 0)
    return Background(
        author_is_known=not is_first and _is_known(item),
        has_order_number=bool(item.triage and item.triage.order_numbers),
        recent_same_text=own,
        same_text_authors=len(same),
        hidden_before={} if is_first else _hidden_before(item),
        is_first_contact=is_first,
    )


def _is_known(item: Item) -> bool:
    """A customer we have talked to in private, or a VIP."""
    return (
        item.contact.is_vip
        or Conversation.objects.filter(contact=item.contact, kind=ConversationKind.DIRECT).exists()
    )


def _hidden_before(item: Item) -> dict[str, int]:
    """Comments of the author that stayed hidden, by category; what was taken back is no record."""
    rows = (
        Decision.objects.filter(
            message__conversation__contact_id=item.contact.pk,
            action=Action.HIDE,
            reversed_by=None,
            decided_at__gt=item.now - REMEMBERED,
        )
        .exclude(message=item.message)
        .values_list("category")
        .annotate(times=Count("pk"))
        .order_by("category")
    )
    return dict(rows)


def _same_text(item: Item, key: str) -> Counter[UUID]:
    """How often whom of this brand said the same in the last day: stored, and in this batch."""
    if not key:
        return Counter()
    said: dict[str, list[UUID]] = ahead.once("text_keys_of_batch", dict)
    here = said.setdefault(key, [])
    stored = (
        Assessment.objects.filter(text_key=key, created_at__gt=item.now - SAME_WITHIN)
        .exclude(message=item.message)
        .order_by("-created_at")
        .values_list("message__conversation__contact_id", flat=True)
    )
    found = Counter([*stored[:_MOST], *here])
    here.append(item.contact.pk)
    return found
