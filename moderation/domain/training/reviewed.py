"""The brand's own reviewed items as rows to train on: what people decided, never what machines did.

Left out: decisions nobody confirmed, erased texts, and people whose data may only be stored.
"""

from collections.abc import Iterator

from django.db import transaction

from compliance.domain.audit import record
from compliance.models import ProcessingRestriction
from moderation.choices import Action, Automation, Outcome
from moderation.domain.assessment import CATEGORIES
from moderation.domain.models.storage import Card
from moderation.domain.training.examples import Example, LabelledSet, without_copies
from moderation.models import Decision
from tenants.actors import SystemActor
from tenants.models import Brand

NAME = "reviewed items"
_JUDGED = (Action.APPROVE, Action.RESTORE, Action.HIDE)


def reviewed_items(brand: Brand) -> LabelledSet:
    """The last word of people on each text, in the brand's scope.

    Hidden: yes for that category, the others were not asked. Left visible or shown again: no for
    all of them. Reads in chunks; the texts are held in memory.
    """
    return LabelledSet(
        f"{NAME} of {brand}",
        without_copies(_rows(brand)),
        "the brand's own; not for other brands",
        "decisions by people",
    )


def _rows(brand: Brand) -> Iterator[Example]:
    restricted = set(
        ProcessingRestriction.objects.filter(lifted_at=None).values_list("contact_ref", flat=True)
    )
    decisions = (
        Decision.objects.filter(action__in=_JUDGED)
        .exclude(text_snapshot="")
        .select_related("message__conversation", "appeal")
        .order_by("message_id", "revision", "-decided_at")
    )
    seen = None
    for decision in decisions.iterator(chunk_size=2000):
        key = (decision.message_id, decision.revision)
        if key == seen:
            continue
        seen = key
        conversation = decision.message.conversation
        if conversation.contact_id in restricted or not _by_people(decision):
            continue
        labels = (
            {str(decision.category): True}
            if decision.action == Action.HIDE
            else dict.fromkeys(CATEGORIES, False)
        )
        yield Example(
            decision.text_snapshot,
            conversation.language or brand.language,
            labels,
            licence=f"reviewed by people of {brand} on {decision.decided_at:%Y-%m-%d}; own use",
        )


def _by_people(decision: Decision) -> bool:
    """Decided by a person, or by a machine and confirmed by a person on appeal."""
    if decision.decided_by_id is not None and decision.automation != Automation.FULLY:
        return True
    appeal = getattr(decision, "appeal", None)
    return (
        appeal is not None and appeal.outcome == Outcome.UPHELD and appeal.decided_by_id is not None
    )


@transaction.atomic
def tell_of_training(brand: Brand, card: Card, *, actor: SystemActor) -> None:
    """The brand's ledger says which model its reviewed items went into, and how many."""
    record(
        "moderation.model.trained",
        brand,
        actor=actor,
        facts={
            "version": card["version"],
            "language": card["language"],
            "rows": sum(origin["rows"] for origin in card["trained_on"]),
            "categories": ", ".join(card["heads"]),
        },
    )
