"""The statement of reasons: what the author is told, and the signed way to appeal.

Source: shaped after DSA Art. 17(3); a brand hiding comments on its page is normally not the hosting
provider, so no claim is made that a duty is fulfilled.
"""

from datetime import datetime, timedelta
from uuid import UUID

from django.conf import settings
from django.core import signing
from django.utils import formats, translation
from django.utils.translation import gettext as _

from compliance.choices import Purpose
from compliance.domain.audit import record
from inbox.choices import OutboxAction
from inbox.domain.outbox import put
from inbox.models import ContactHandle
from inbox.providers.connectors import CONNECTORS
from moderation.choices import Automation
from moderation.models import Decision, StatementOfReasons
from tenants.actors import SystemActor

APPEAL_WINDOW = timedelta(days=183)
_SALT = "moderation.appeal"
NOTIFIER = SystemActor("system", "statements")


def appeal_token(decision: Decision) -> str:
    """A signed link's secret part: names the decision and its brand, cannot be guessed."""
    return signing.dumps([str(decision.brand_id), str(decision.pk)], salt=_SALT, compress=True)


def read_appeal_token(token: str) -> tuple[UUID, UUID]:
    """(brand id, decision id). Raises: signing.BadSignature, signing.SignatureExpired."""
    brand_id, decision_id = signing.loads(token, salt=_SALT, max_age=APPEAL_WINDOW)
    return UUID(brand_id), UUID(decision_id)


def appeal_url(decision: Decision) -> str:
    return f"{settings.PUBLIC_URL}/appeals/{appeal_token(decision)}/"


def state_reasons(
    decision: Decision, *, now: datetime, leaves_at: datetime | None = None
) -> StatementOfReasons:
    """Write the statement in the author's language and send it where the network allows that.

    Where it does not, the statement is kept and says why it was not delivered. ``leaves_at``: not
    before the hiding itself leaves.
    """
    conversation = decision.message.conversation
    language = conversation.language or conversation.account.brand.language
    language = language if language in {"de", "en"} else conversation.account.brand.language
    until = now + APPEAL_WINDOW
    with translation.override(language):
        text = _render(decision, until=until, language=language)
    statement = StatementOfReasons.objects.create(
        brand_id=decision.brand_id,
        decision=decision,
        language=language,
        text=text,
        appeal_until=until,
        delivered_by="none",
        created_at=now,
    )
    capabilities = CONNECTORS[conversation.account.channel].capabilities
    if not capabilities["can_private_reply"]:
        statement.why_not_delivered = "the network offers no private reply"
    elif not decision.message.external_id:
        statement.why_not_delivered = "the comment has no id at the network"
    else:
        item = put(
            conversation,
            action=OutboxAction.PRIVATE_REPLY,
            idempotency_key=f"statement:{decision.pk}",
            actor=NOTIFIER,
            now=now,
            not_before=leaves_at,
            message=decision.message,
            recipient=_address(decision),
            target_external_id=decision.message.external_id,
            text=text,
            purpose=Purpose.NOTICE,
            language=language,
            is_automated=True,
        )
        statement.delivered_by, statement.outbox_ref = "private_reply", item.pk
    statement.save(update_fields=["delivered_by", "outbox_ref", "why_not_delivered"])
    record(
        "moderation.statement.written",
        statement,
        actor=NOTIFIER,
        facts={"decision": str(decision.pk), "delivered_by": statement.delivered_by},
    )
    return statement


def _address(decision: Decision) -> str:
    conversation = decision.message.conversation
    handle = (
        ContactHandle.objects.filter(
            contact_id=conversation.contact_id, channel=conversation.account.channel
        )
        .order_by("id")
        .first()
    )
    return handle.external_id if handle else ""


def _render(decision: Decision, *, until: datetime, language: str) -> str:
    automatic = (
        _("The decision was made automatically.")
        if decision.automation == Automation.FULLY
        else _("The decision was made by a person.")
    )
    detected = (
        _("The comment was detected automatically.") if decision.detected_automatically else ""
    )
    lines = [
        _("Your comment on the page of %(brand)s is no longer visible to others.")
        % {"brand": decision.message.conversation.account.brand.name},
        _("Rule: %s") % decision.rule.text(language),
        _("Ground: %s") % _(decision.rule.ground),
        " ".join(filter(None, [detected, automatic])),
        _("If you think this is wrong, you can appeal free of charge until %(date)s: %(url)s")
        % {
            "date": formats.date_format(until, "SHORT_DATE_FORMAT"),
            "url": appeal_url(decision),
        },
    ]
    return "\n".join(lines)
