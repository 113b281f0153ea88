"""What a decision about one comment rests on: thread, author, rule, earlier decisions alike."""

from dataclasses import dataclass
from typing import Any

from django.db.models import Count, Q
from django.utils import timezone

from inbox.models import Message
from moderation.admin.queue import QueueRow
from moderation.choices import Action, CaseState, Outcome
from moderation.domain.bulk import SAME_TEXT_WITHIN
from moderation.models import Case, Decision

THREAD = 6
ALIKE = 3
OWN = 5


@dataclass(frozen=True, slots=True)
class Context:
    """``thread``: the last messages up to this one, oldest first; ``answers_to``: the comment it
    replies to. ``strikes``: hidings that stand. ``alike``: decisions about the same words, else
    about other authors under the same rule. ``same_open``: other open cases with the same words."""

    row: QueueRow
    thread: list[Message]
    answers_to: Message | None
    strikes: int
    taken_back: int
    overturned: int
    left_visible: int
    earlier: list[Decision]
    alike: list[Decision]
    is_same_text: bool
    same_today: int
    same_open: int
    media: list[str]


def context_of(row: QueueRow) -> Context:
    """Six queries, seven where the comment answers another one."""
    case, message = row.case, row.case.message
    conversation = message.conversation
    thread = list(
        Message.objects.filter(
            conversation=conversation, occurred_at__lte=message.occurred_at
        ).order_by("-occurred_at", "-id")[:THREAD]
    )
    own = Decision.objects.filter(message__conversation__contact=conversation.contact_id)
    stands = Q(action=Action.HIDE, reversed_by=None)
    record = own.aggregate(
        strikes=Count("pk", filter=stands),
        taken_back=Count("pk", filter=Q(action=Action.RESTORE)),
        overturned=Count("appeal", filter=Q(appeal__outcome=Outcome.OVERTURNED)),
        left_visible=Count("pk", filter=Q(action=Action.APPROVE)),
    )
    same_today, same_open = _same(case)
    same = _same_decided(case)
    return Context(
        row=row,
        thread=thread[::-1],
        answers_to=_parent(message),
        **record,
        earlier=list(own.select_related("decided_by").order_by("-decided_at")[:OWN]),
        alike=same or _under_the_rule(case),
        is_same_text=bool(same),
        same_today=same_today,
        same_open=same_open,
        media=[str(one.get("type") or "file") for one in message.attachments if _is_file(one)],
    )


def _is_file(attachment: Any) -> bool:
    return isinstance(attachment, dict)


def _parent(message: Message) -> Message | None:
    if not message.parent_external_id:
        return None
    return (
        Message.objects.filter(
            account_id=message.account_id, external_id=message.parent_external_id
        )
        .select_related("conversation__contact")
        .first()
    )


def _same(case: Case) -> tuple[int, int]:
    """(opened within the last day, open now) with the same words, this one left out."""
    if not case.text_key:
        return 0, 0
    others = Case.objects.filter(brand_id=case.brand_id, text_key=case.text_key)
    found = others.exclude(pk=case.pk).aggregate(
        today=Count("pk", filter=Q(opened_at__gt=timezone.now() - SAME_TEXT_WITHIN)),
        open=Count("pk", filter=Q(state=CaseState.OPEN)),
    )
    return found["today"], found["open"]


def _same_decided(case: Case) -> list[Decision]:
    if not case.text_key:
        return []
    return list(
        Decision.objects.filter(case__text_key=case.text_key, case__brand=case.brand_id)
        .exclude(case=case)
        .select_related("decided_by")
        .order_by("-decided_at")[:ALIKE]
    )


def _under_the_rule(case: Case) -> list[Decision]:
    return list(
        Decision.objects.filter(
            brand_id=case.brand_id,
            category=case.category,
            action__in=[Action.HIDE, Action.APPROVE],
            decided_by__isnull=False,
        )
        .exclude(message__conversation__contact=case.message.conversation.contact_id)
        .select_related("decided_by")
        .order_by("-decided_at")[:ALIKE]
    )
