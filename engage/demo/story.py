"""What the demo's people did before you came: a few answers, a few decisions, two appeals."""

from datetime import timedelta

from django.utils import timezone

from inbox.choices import Direction
from inbox.domain import replies, work
from inbox.models import Conversation, Message
from moderation.choices import Action, CaseState, Category
from moderation.domain import cases, decisions
from moderation.domain.appeals import file_appeal
from moderation.domain.policies import rule_for
from moderation.models import Case, Decision
from tenants.models import Brand, User
from tenants.permissions import can
from tenants.scope import brand_scope

DEALT_WITH = timedelta(hours=36)
_ANSWERS = {
    "de": "Vielen Dank für Ihren Kommentar! Wir melden uns gleich mit den Einzelheiten.",
    "en": "Thank you for your comment! We will get back to you with the details.",
}
_APPEALS = {
    "de": "Das war keine Werbung, nur ein Tipp. Bitte prüfen Sie das noch einmal.",
    "en": "This was not advertising, I only wanted to share a tip. Please look at it again.",
}


def tell(brand: Brand, users: dict[str, User]) -> None:
    """Let the brand's people act through the same verbs as everybody. Once per brand."""
    with brand_scope(brand.pk):
        agents = [user for user in users.values() if can(user, "inbox.reply.send", brand)]
        agent = min(agents, key=lambda user: len(user.memberships.all()[0].role.key))
        _close_old(agent)
        _answer_some(agent)
        _hide_some(agent)
        _appeal_some()


def _close_old(agent: User) -> None:
    """What is older than a day and a half was dealt with, but for what needs more time."""
    old = Conversation.objects.filter(
        last_inbound_at__lt=timezone.now() - DEALT_WITH, state="open"
    ).exclude(intent__in=["refund", "complaint", "data_request"])
    for conversation in list(old):
        work.close(conversation, actor=agent)


def _answer_some(agent: User) -> None:
    """Answer four praising or asking comments; assign two conversations."""
    comments = (
        Message.objects.filter(
            direction=Direction.INBOUND,
            conversation__kind="comment",
            conversation__intent__in=["praise", "question"],
            visibility="visible",
        )
        .select_related("conversation")
        .order_by("occurred_at")[:4]
    )
    for message in list(comments):
        language = (
            message.conversation.language if message.conversation.language in _ANSWERS else "de"
        )
        replies.send_reply(
            message.conversation,
            text=_ANSWERS[language],
            actor=agent,
            idempotency_key=f"demo:{message.pk}",
            to_message=message,
        )
    for conversation in Conversation.objects.filter(intent="refund").order_by("-last_message_at")[
        :2
    ]:
        work.assign(conversation, to=agent, actor=agent)


def _hide_some(agent: User) -> None:
    """Old spam is decided; a new brand's licence only notes what it would have hidden."""
    spam = Case.objects.filter(
        state=CaseState.OPEN,
        category__in=[Category.SPAM, Category.SCAM],
        message__occurred_at__lt=timezone.now() - DEALT_WITH,
    ).select_related("brand")
    for case in list(spam.order_by("message__occurred_at", "id")):
        rule = rule_for(case.category, brand_id=case.brand_id)
        reason = rule.text(case.brand.language)
        taken = cases.take(case, actor=agent)
        decisions.decide(taken, action=Action.HIDE, reason=reason, actor=agent)


def _appeal_some() -> None:
    """Two authors of hidden comments appeal."""
    hidden = (
        Decision.objects.filter(action=Action.HIDE, appeal=None)
        .select_related("statement")
        .order_by("-decided_at")[:2]
    )
    for decision in list(hidden):
        language = decision.statement.language
        file_appeal(decision, text=_APPEALS[language], language=language)
