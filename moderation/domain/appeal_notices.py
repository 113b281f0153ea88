"""What the author of an appeal is told, and where.

Everything stands behind the author's own link. Beside it, a private message goes to those who have
written to the brand in private not long ago; the one private reply that a network allows per
comment was the statement of reasons.
"""

from datetime import datetime

from django.utils import formats, translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop

from compliance.choices import Purpose
from inbox.choices import OutboxAction
from inbox.domain.outbox import put
from moderation.choices import Action, AppealState, Outcome
from moderation.domain.statement_delivery import NOTIFIER as NOTIFIER
from moderation.domain.statement_delivery import write_privately
from moderation.domain.statements import appeal_url
from moderation.models import Appeal

SHOWN_AGAIN = gettext_noop(
    "We have looked at this again: the comment is visible again. Sorry about that."
)
DIRECT, STATUS_PAGE = "direct_message", "status_page"


def tell_receipt(appeal: Appeal, *, now: datetime) -> str:
    """Confirm the receipt; says by what."""
    with translation.override(appeal.language or "en"):
        text = _(
            "We have received your appeal. A person who took no part in the decision answers by"
            " %(date)s. How far it is: %(url)s"
        ) % {
            "date": formats.date_format(appeal.due_at, "SHORT_DATE_FORMAT"),
            "url": appeal_url(appeal.decision),
        }
    return _tell_privately(appeal, text=text, key="receipt", now=now)


def tell_answer(appeal: Appeal, *, now: datetime) -> str:
    """The answer with its reasons; says by what."""
    with translation.override(appeal.language or "en"):
        if appeal.state == AppealState.INADMISSIBLE:
            verdict = _("We cannot admit your appeal.")
        else:
            verdict = str(Outcome(appeal.outcome).label) + "."
        text = f"{verdict}\n{appeal.answer}\n{appeal_url(appeal.decision)}"
    return _tell_privately(appeal, text=text, key="answer", now=now)


def tell_everybody(appeal: Appeal, *, now: datetime) -> None:
    """A public, neutral line under the comment, once the network really shows it again.

    A comment that stays hidden gets no line: nobody but its author would see what it is about.
    """
    message = appeal.decision.message
    if appeal.decision.action != Action.HIDE or not message.external_id:
        return
    with translation.override(appeal.language or "en"):
        text = _(SHOWN_AGAIN)
    put(
        message.conversation,
        action=OutboxAction.COMMENT_REPLY,
        idempotency_key=f"appeal:{appeal.pk}",
        actor=NOTIFIER,
        now=now,
        message=message,
        target_external_id=message.external_id,
        text=text,
        purpose=Purpose.NOTICE,
        language=appeal.language,
        is_automated=True,
    )


def _tell_privately(appeal: Appeal, *, text: str, key: str, now: datetime) -> str:
    sent = write_privately(
        appeal.decision.message,
        text=text,
        language=appeal.language,
        key=f"appeal:{appeal.pk}:{key}",
        now=now,
    )
    return STATUS_PAGE if sent is None else DIRECT
