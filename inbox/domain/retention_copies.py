"""What the inbox keeps beside conversations: messages that a network's rule shortens, contacts of
whom nothing is left."""

from collections import Counter
from collections.abc import Mapping

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils.translation import gettext_lazy as _

from compliance.choices import HoldScope, RetentionCategory
from compliance.domain.retention.aged import by_month, oldest_of
from compliance.domain.retention.categories import PERIODS
from compliance.domain.retention.found import Survey
from compliance.domain.retention.locking import lock_free
from compliance.domain.retention.removing import Remover, count_tree, still_says
from compliance.domain.retention.terms import Terms
from compliance.models import LegalHold
from compliance.registries import RetentionSource, retention_sources
from inbox.choices import Direction
from inbox.domain.retention import (
    ConversationSource,
    covered,
    free_conversations,
    kept_as,
    kept_by_matters,
)
from inbox.domain.retention_raw import DeliverySource, EventSource
from inbox.models import (
    Contact,
    ContactHandle,
    Conversation,
    Message,
)

_GENERAL = RetentionCategory.GENERAL
_BY_LAW = [name for name, period in PERIODS.items() if period.is_legal]


class LimitedMessages:
    """Received messages that their network does not let us keep. Emptied: our own answers and the
    network's key stay. A conversation with a legal minimum is left alone."""

    title = _("Messages whose network sets a limit")

    def _due(self, terms: Terms) -> QuerySet[Message]:
        condition = Q(pk__in=[])
        for channel, before in terms.channel_cutoffs().items():
            condition |= Q(account__channel=channel, occurred_at__lt=before)
        by_law = Conversation.objects.annotate(kept_as=kept_as()).filter(
            pk=OuterRef("conversation"), kept_as__in=_BY_LAW
        )
        return Message.objects.filter(
            condition, still_says(Message), brand_id=terms.brand_id, direction=Direction.INBOUND
        ).exclude(Q(Exists(by_law)))

    def _held(self, terms: Terms) -> Q:
        found = Q(pk__in=[])
        for hold in terms.holds:
            found |= covered(hold, to="conversation__", clock="occurred_at")
        return found

    def _free(self, terms: Terms) -> QuerySet[Message]:
        kept = self._held(terms) | kept_by_matters(terms, to="conversation__")
        return self._due(terms).exclude(kept)

    def survey(self, terms: Terms) -> Survey:
        due, free = self._due(terms), self._free(terms)
        held = due.filter(self._held(terms)).count() if terms.holds else 0
        going = free.count()
        return Survey(
            counts=+Counter({Message._meta.label_lower: going}),
            oldest=oldest_of(free, "occurred_at"),
            held=held,
            open=due.count() - going - held,
            months=Counter(by_month(free, "occurred_at", terms)),
        )

    def take(self, terms: Terms, remover: Remover, *, limit: int) -> Mapping[str, int]:
        free = self._free(terms).order_by("pk")
        chosen = list(free.values_list("pk", "conversation_id")[:limit])
        counts = remover.anonymise(Message, [pk for pk, _conversation in chosen])
        touched = Conversation.objects.filter(pk__in={one for _pk, one in chosen})
        touched.update(preview="")
        return counts

    def held_by(self, hold: LegalHold) -> Survey:
        return Survey()  # told with the conversations


class ContactSource:
    """Contacts without a conversation go; of those with emptied ones only the keys stay."""

    title = _("Contacts of whom nothing is left")

    def _due(self, terms: Terms, *, ahead: bool = False) -> QuerySet[Contact]:
        """``ahead``: as if the conversations that are due had gone already."""
        before = terms.cutoff(_GENERAL)
        rows = Contact.objects.filter(brand_id=terms.brand_id)
        if before is None:
            return rows.none()
        full = Conversation.objects.filter(contact=OuterRef("pk"), emptied_at=None)
        if ahead:
            full = full.exclude(pk__in=free_conversations(terms).values("pk"))
        named = ContactHandle.objects.filter(contact=OuterRef("pk"))
        any_left = Conversation.objects.filter(contact=OuterRef("pk"))
        says = still_says(Contact) | Q(Exists(named)) | ~Q(Exists(any_left))
        return rows.filter(says, ~Q(Exists(full)), last_seen_at__lt=before)

    def _held(self, terms: Terms) -> Q:
        found = Q(pk__in=[])
        for hold in terms.holds:
            if hold.scope == HoldScope.CONTACT:
                found |= Q(pk=hold.contact_ref)
            elif hold.scope == HoldScope.CONVERSATION:
                found |= Q(conversations=hold.conversation_ref)
            elif hold.until is None:
                found |= (
                    Q(pk__isnull=False, last_seen_at__gte=hold.since)
                    if hold.since
                    else Q(pk__isnull=False)
                )
            else:
                found |= Q(first_seen_at__lte=hold.until)
        return found

    def _free(self, terms: Terms, *, ahead: bool = False) -> QuerySet[Contact]:
        held = Contact.objects.filter(self._held(terms)).values("pk")
        due = self._due(terms, ahead=ahead)
        return due.exclude(Q(pk__in=held) | Q(pk__in=terms.asked_for))

    def survey(self, terms: Terms) -> Survey:
        due, free = self._due(terms, ahead=True), self._free(terms, ahead=True)
        held = due.filter(self._held(terms)).distinct().count() if terms.holds else 0
        return Survey(
            counts=count_tree(free, leaving=(Conversation,)),
            oldest=oldest_of(free, "last_seen_at"),
            held=held,
            open=due.filter(pk__in=terms.asked_for).count(),
            months=Counter(by_month(free, "last_seen_at", terms)),
        )

    def take(self, terms: Terms, remover: Remover, *, limit: int) -> Mapping[str, int]:
        rows = self._free(terms).order_by("pk")
        chosen = [pk for (pk,) in lock_free(remover, rows, "pk", limit=limit)]
        with_threads = set(
            Conversation.objects.filter(contact__in=chosen).values_list("contact_id", flat=True)
        )
        counts = remover.remove(Contact, [pk for pk in chosen if pk not in with_threads])
        keys = sorted(with_threads)
        counts += remover.anonymise(Contact, keys, leaving=(Conversation,))
        return counts

    def held_by(self, hold: LegalHold) -> Survey:
        if hold.contact_ref is None:
            return Survey()
        rows = Contact.objects.filter(brand_id=hold.brand_id, pk=hold.contact_ref)
        return Survey(counts=count_tree(rows, leaving=(Conversation,)))


def register_retention() -> None:
    """Deliveries are found by their events, so they come before them."""
    sources: dict[str, RetentionSource] = {
        "inbox.limited": LimitedMessages(),
        "inbox.conversation": ConversationSource(),
        "inbox.contact": ContactSource(),
        "inbox.receiveddelivery": DeliverySource(),
        "inbox.inboundevent": EventSource(),
    }
    for key, source in sources.items():
        retention_sources.register(key, source)
