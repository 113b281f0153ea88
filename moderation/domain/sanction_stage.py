"""Sanctions in the way of a comment: a stage in ``settings.INBOX_STAGES``, after the assessment."""

from datetime import timedelta

from django.utils.translation import gettext as _

from inbox.choices import ConversationKind, Visibility
from inbox.domain import ahead
from inbox.domain.items import Item
from moderation.choices import Action, Automation, Category, SanctionKind, Severity
from moderation.domain.decisions import decide_message
from moderation.domain.sanction_effects import effect_of
from moderation.domain.sanctions import running_for
from moderation.models import Case, Sanction
from tenants.actors import SystemActor


def apply_sanction(item: Item) -> None:
    """A restricted author's comment goes to people first; a muted or banned author's is hidden, as
    a person decided when they sanctioned the author. Where the channel cannot hide, people look."""
    if item.conversation.kind != ConversationKind.COMMENT or item.is_first_contact:
        return
    sanction = ahead.once(
        ("sanction", item.contact.pk),
        lambda: running_for(item.message.brand_id, item.contact.pk, now=item.now),
    )
    if sanction is None:
        return
    item.stop_automation("author_sanctioned")
    hides = effect_of(item.account.channel, sanction.kind).hides
    if sanction.kind == SanctionKind.RESTRICT or not hides:
        _to_people(item, sanction)
    elif item.message.visibility == Visibility.VISIBLE and item.verdict != "auto_hide":
        item.store()  # the verb reads the conversation again
        decide_message(
            item.message,
            action=Action.HIDE,
            category=Category(sanction.decision.category),
            reason=_("The author may not comment here at the moment."),
            facts=_("Hidden because of the sanction of %s.") % f"{sanction.starts_at:%Y-%m-%d}",
            actor=SystemActor("rule", f"sanction.{sanction.kind}", str(sanction.pk)),
            automation=Automation.FULLY,
            detected_automatically=True,
            now=item.now,
        )


def _to_people(item: Item, sanction: Sanction) -> None:
    message, rule = item.message, sanction.decision.rule
    Case.objects.get_or_create(
        brand_id=message.brand_id,
        message=message,
        revision=message.revision,
        defaults={
            "category": sanction.decision.category,
            "severity": Severity.MEDIUM,
            "opened_at": item.now,
            "due_at": message.occurred_at + timedelta(minutes=rule.decide_within_minutes),
        },
    )
