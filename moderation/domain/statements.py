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

from compliance.domain.audit import record
from moderation.choices import Action, Automation, Source
from moderation.domain.statement_delivery import NOTIFIER as NOTIFIER
from moderation.domain.statement_delivery import deliver
from moderation.models import Decision, StatementOfReasons

APPEAL_WINDOW = timedelta(days=183)
_SALT = "moderation.appeal"
# The link outlives the window: an appeal of the last day is answered after it.
LINK_LIFETIME = 2 * APPEAL_WINDOW


def appeal_token(decision: Decision) -> str:
    """A signed link's secret part: names the decision and its brand, cannot be guessed."""
    return signing.dumps([str(decision.brand_id), str(decision.pk)], salt=_SALT, compress=True)


def read_appeal_token(token: str) -> tuple[UUID, UUID]:
    """(brand id, decision id). Raises: signing.BadSignature, signing.SignatureExpired."""
    brand_id, decision_id = signing.loads(token, salt=_SALT, max_age=LINK_LIFETIME)
    return UUID(brand_id), UUID(decision_id)


def appeal_url(decision: Decision) -> str:
    return f"{settings.PUBLIC_URL}/appeals/{appeal_token(decision)}/"


def state_reasons(
    decision: Decision,
    *,
    now: datetime,
    until: datetime | None = None,
    leaves_at: datetime | None = None,
) -> StatementOfReasons:
    """Write the statement in the author's language and deliver it where the network allows that.

    Where it does not, the statement is kept and says why it was not delivered. ``until``: how long
    a sanction runs, None for open end. ``leaves_at``: not before the hiding itself leaves.
    """
    conversation = decision.message.conversation
    language = conversation.language or conversation.account.brand.language
    language = language if language in {"de", "en"} else conversation.account.brand.language
    appeal_until = now + APPEAL_WINDOW
    with translation.override(language):
        text = _render(decision, appeal_until=appeal_until, until=until, language=language)
    statement = StatementOfReasons.objects.create(
        brand_id=decision.brand_id,
        decision=decision,
        language=language,
        text=text,
        appeal_until=appeal_until,
        delivered_by="none",
        created_at=now,
    )
    delivered = deliver(decision, text=text, language=language, now=now, leaves_at=leaves_at)
    statement.delivered_by, statement.outbox_ref = delivered.by, delivered.outbox_ref
    statement.why_not_delivered = delivered.why_not
    statement.save(update_fields=["delivered_by", "outbox_ref", "why_not_delivered"])
    record(
        "moderation.statement.written",
        statement,
        actor=NOTIFIER,
        facts={"decision": str(decision.pk), "delivered_by": statement.delivered_by},
    )
    return statement


def _render(
    decision: Decision, *, appeal_until: datetime, until: datetime | None, language: str
) -> str:
    automatic = (
        _("The decision was made automatically.")
        if decision.automation == Automation.FULLY
        else _("The decision was made by a person.")
    )
    detected = (
        _("The comment was detected automatically.") if decision.detected_automatically else ""
    )
    reported = (
        _("The comment was reported to us.") if decision.source not in {"", Source.OWN} else ""
    )
    brand = decision.message.conversation.account.brand.name
    lines = [
        _what(decision.action, brand=brand, until=until),
        _("Rule: %s") % decision.rule.text(language),
        _("Ground: %s") % _(decision.rule.ground),
        _("Reason: %s") % decision.reason
        if decision.reason != decision.rule.text(language)
        else "",
        " ".join(filter(None, [reported, detected, automatic])),
        _("If you think this is wrong, you can appeal free of charge until %(date)s: %(url)s")
        % {
            "date": formats.date_format(appeal_until, "SHORT_DATE_FORMAT"),
            "url": appeal_url(decision),
        },
    ]
    return "\n".join(filter(None, lines))


def _what(action: str, *, brand: str, until: datetime | None) -> str:
    names = {
        "brand": brand,
        "date": formats.date_format(until, "SHORT_DATE_FORMAT") if until else "",
    }
    match action:
        case Action.WARN:
            text = _("%(brand)s warns you because of a comment on its page.")
        case Action.RESTRICT:
            text = _("Your comments on the page of %(brand)s are looked at by people first.")
        case Action.MUTE:
            text = _("Your comments on the page of %(brand)s are not visible until %(date)s.")
        case Action.BAN if until:
            text = _("You may not comment on the page of %(brand)s until %(date)s.")
        case Action.BAN:
            text = _("You may not comment on the page of %(brand)s any more.")
        case _:
            text = _("Your comment on the page of %(brand)s is no longer visible to others.")
    return text % names
