"""What the inbox keeps of conversations, and for how long. Requirement C4.

A conversation is due as a whole, by its last message: messages, triage, outbox and clocks go with
it. What something else still needs (a moderation decision within its time) is emptied and stays
until that has gone.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django.db.models import Case, CharField, Exists, F, OuterRef, Q, QuerySet, Value, When
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from compliance.choices import HoldScope, RetentionAction, RetentionCategory
from compliance.domain.retention.aged import SAMPLES, by_month, oldest_of
from compliance.domain.retention.categories import CONVERSATION_CATEGORIES
from compliance.domain.retention.found import Sample, Survey
from compliance.domain.retention.locking import Busy, lock_free
from compliance.domain.retention.removing import Remover, Step, count_tree, pinned, still_says
from compliance.domain.retention.terms import Terms
from compliance.models import LegalHold
from compliance.registries import open_matters
from inbox.models import Conversation, Message, MessageRevision, OutboxItem, SlaClock, Triage

ABOUT_ORDERS = ("order_status", "refund", "purchase")
"""Intents of people who have, or are about to make, a contract with the brand."""
AT_ONCE = 20
"""Conversations in one chunk: their rows are locked while it runs."""


def kept_as() -> Case:
    """The category of a conversation, for queries: as a person has said, else by order numbers and
    intent, which make it transactional."""
    orders = Triage.objects.filter(message__conversation=OuterRef("pk")).exclude(order_numbers=[])
    return Case(
        When(~Q(retention_category=""), then=F("retention_category")),
        When(
            Q(intent__in=ABOUT_ORDERS) | Q(Exists(orders)),
            then=Value(RetentionCategory.TRANSACTIONAL.value),
        ),
        default=Value(RetentionCategory.GENERAL.value),
        output_field=CharField(),
    )


def covered(hold: LegalHold, *, to: str = "", clock: str = "") -> Q:
    """What a hold covers. ``to``: path from the row to its conversation, with ``__`` at the end.
    ``clock``: the row's own time; without it a conversation is in a span if a message of it is."""
    condition = Q(pk__isnull=False)
    if hold.scope == HoldScope.CONTACT:
        condition &= Q(**{f"{to}contact_id": hold.contact_ref})
    elif hold.scope == HoldScope.CONVERSATION:
        condition &= Q(**{f"{to}pk" if to else "pk": hold.conversation_ref})
    if hold.is_timeless:
        return condition
    span = {}
    name = clock or "occurred_at"
    if hold.since is not None:
        span[f"{name}__gte"] = hold.since
    if hold.until is not None:
        span[f"{name}__lte"] = hold.until
    if clock:
        return condition & Q(**span)
    inside = Message.objects.filter(conversation=OuterRef(f"{to}pk" if to else "pk"), **span)
    return condition & Q(Exists(inside))


def kept_by_holds(holds: Iterable[LegalHold]) -> Q:
    found = Q(pk__in=[])
    for hold in holds:
        found |= covered(hold)
    return found


def kept_by_matters(terms: Terms, *, to: str = "") -> Q:
    """Conversations that an open appeal, or an open data request of the contact, is about."""
    found = Q(**{f"{to}contact_id__in": terms.asked_for})
    for matter in open_matters:
        found |= Q(**{f"{to}pk__in": matter.conversations(terms.brand_id)})
    return found


def due_conversations(terms: Terms) -> QuerySet[Any]:
    """Those whose time is over, held or not, with their category as ``kept_as``."""
    rows = Conversation.objects.filter(brand_id=terms.brand_id, emptied_at=None)
    cutoffs = {one: terms.cutoff(one) for one in CONVERSATION_CATEGORIES}
    known = {one: before for one, before in cutoffs.items() if before is not None}
    if not known:
        return rows.none()
    condition = Q()
    for category, before in known.items():
        condition |= Q(kept_as=category, last_message_at__lt=before)
    latest = max(known.values())
    return rows.filter(last_message_at__lt=latest).annotate(kept_as=kept_as()).filter(condition)


def free_conversations(terms: Terms) -> QuerySet[Any]:
    kept = kept_by_holds(terms.holds) | kept_by_matters(terms)
    return due_conversations(terms).exclude(kept)


def says_something() -> Q:
    """Messages that hold words, now or in an earlier text, or what the triage made of them."""
    below = (MessageRevision, Triage)
    found = still_says(Message)
    for model in below:
        found |= Q(Exists(model.objects.filter(message=OuterRef("pk"))))
    return found


def _loose(remover: Remover, conversations: Mapping[Any, str], *, limit: int) -> list[Step]:
    """How messages go that nothing else needs."""
    rows = Message.objects.filter(conversation__any_of=conversations).exclude(pinned(Message))
    return remover.plan(Message, list(rows.order_by("pk").values_list("pk", flat=True)[:limit]))


class ConversationSource:
    title = _("Conversations and their messages")

    def survey(self, terms: Terms) -> Survey:
        due = due_conversations(terms)
        free = free_conversations(terms)
        held = due.filter(kept_by_holds(terms.holds))
        matters = due.filter(kept_by_matters(terms)).exclude(kept_by_holds(terms.holds))
        return Survey(
            counts=count_tree(free),
            oldest=oldest_of(free, "last_message_at"),
            held=held.count() if terms.holds else 0,
            open=matters.count(),
            months=Counter(by_month(free, "last_message_at", terms)),
            samples=_samples(free),
        )

    def take(self, terms: Terms, remover: Remover, *, limit: int) -> Mapping[str, int]:
        rows = free_conversations(terms).order_by("last_message_at", "pk")
        chosen = list(rows.values_list("pk", "kept_as")[:AT_ONCE])
        if not chosen:
            return self._bare(terms, remover, limit=limit)
        action = terms.action(chosen[0][1])
        now = {pk: category for pk, category in chosen if terms.action(category) == action}
        if action == RetentionAction.ERASE and (steps := _loose(remover, now, limit=limit)):
            # Read first and locked then: nobody waits while we look.
            free = self._lock(terms, remover, rows, now)
            if len(free) < len(now):
                steps = _loose(remover, free, limit=limit)
            return remover.carry_out(steps)
        now = self._lock(terms, remover, rows, now)
        full = Message.objects.filter(conversation__in=now).filter(says_something()).order_by("pk")
        if keys := list(full.values_list("pk", flat=True)[:limit]):
            return remover.anonymise(Message, keys)
        return self._end(terms, remover, now, action=action)

    @staticmethod
    def _lock(
        terms: Terms, remover: Remover, rows: QuerySet[Any], chosen: Mapping[Any, str]
    ) -> dict[Any, str]:
        """Those of them that are due as before and that nobody works on. Raises: Busy (none)."""
        still = rows.filter(pk__any_of=chosen)
        found = dict(lock_free(remover, still, "pk", "kept_as", limit=AT_ONCE))
        same = {
            pk: kept for pk, kept in found.items() if terms.action(kept) == terms.action(chosen[pk])
        }
        if not same:
            raise Busy
        return same

    def _end(
        self, terms: Terms, remover: Remover, chosen: Mapping[Any, str], *, action: str
    ) -> Mapping[str, int]:
        """Nothing readable is left in them: they go, or say so and stay."""
        staying = set(chosen)
        counts: Counter[str] = Counter()
        if action == RetentionAction.ERASE:
            staying = set(
                Message.objects.filter(conversation__in=chosen)
                .order_by()
                .values_list("conversation_id", flat=True)
                .distinct()
            )
            counts += remover.remove(Conversation, [pk for pk in chosen if pk not in staying])
        counts += remover.anonymise(Conversation, sorted(staying), leaving=(Message,))
        for category in {chosen[pk] for pk in staying}:
            keys = [pk for pk in staying if chosen[pk] == category]
            Conversation.objects.filter(pk__in=keys).update(
                emptied_at=terms.as_of, retention_category=category
            )
        return counts

    @staticmethod
    def _bare(terms: Terms, remover: Remover, *, limit: int) -> Mapping[str, int]:
        """Emptied ones that nothing needs any more."""
        erased = [
            one for one in CONVERSATION_CATEGORIES
            if one in terms.lines and terms.action(one) == RetentionAction.ERASE
        ]  # fmt: skip
        needed = Message.objects.filter(conversation=OuterRef("pk")).filter(pinned(Message))
        rows = (
            Conversation.objects.filter(
                brand_id=terms.brand_id, emptied_at__isnull=False, retention_category__in=erased
            )
            .exclude(kept_by_holds(terms.holds) | kept_by_matters(terms))
            .exclude(Q(Exists(needed)))
            .order_by("pk")
        )
        keys = list(rows.values_list("pk", flat=True)[:AT_ONCE])
        messages = Message.objects.filter(conversation__in=keys).order_by("pk")
        if some := list(messages.values_list("pk", flat=True)[:limit]):
            return remover.remove(Message, some)
        return remover.remove(Conversation, keys)

    def held_by(self, hold: LegalHold) -> Survey:
        rows = Conversation.objects.filter(brand_id=hold.brand_id).filter(covered(hold))
        return Survey(
            counts=count_tree(rows, leaving=(SlaClock, OutboxItem)),
            oldest=oldest_of(rows, "last_message_at"),
            samples=_samples(rows.annotate(kept_as=kept_as())),
        )


def _samples(rows: QuerySet[Any]) -> list[Sample]:
    found = rows.select_related("account").order_by("last_message_at", "pk")[:SAMPLES]
    return [
        Sample(
            f"{row.account.get_channel_display()} · {row.get_kind_display()}",
            row.last_message_at,
            row.kept_as,
            reverse("admin:inbox_conversation_change", args=[row.pk]),
        )
        for row in found
    ]
