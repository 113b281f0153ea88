"""The inbox's gates in ``settings.SEND_GATES``. Each gives a refusal or nothing."""

from datetime import datetime, timedelta
from uuid import UUID

import re2
from django.conf import settings
from django.utils import formats, timezone
from django.utils.translation import gettext as _

from compliance.choices import Purpose
from compliance.domain.gates import DISCLOSURE_ROOM, Refusal
from inbox.choices import Direction, OutboxAction, OutboxState
from inbox.domain.outgoing import Outgoing
from inbox.models import Message, OutboxItem
from inbox.providers.connectors import CONNECTORS
from tenants.choices import BrandState

AUTOMATIC_PER_CONTACT_HOUR = 5
PER_ACCOUNT_MINUTE = 60
SAME_AUTOMATIC_IN_A_ROW = 2
_MINUTE = timedelta(minutes=1)

_NEEDS_A_PERSON = re2.compile(
    r"(?i)\d+(?:[.,]\d{2})?\s?(?:€|EUR|euro|\$|USD|£|CHF)|(?:€|\$|£)\s?\d"
    r"|anwalt|abmahnung|rechtlich|lawyer|legal|attorney|haftung|liabilit"
    r"|iban|kreditkarte|credit card|passwor[dt]|geburtsdatum|date of birth"
)


CONFIRM_WITHIN = timedelta(minutes=5)
"""Source: 47 CFR 64.1200(a)(12): later the consent no longer covers it."""


def confirmation_in_time(outgoing: Outgoing) -> Refusal | None:
    """The confirmation of an opt-out leaves within five minutes of it, or not at all."""
    message = outgoing.item.message
    if outgoing.purpose != Purpose.CONFIRMATION or message is None:
        return None
    if outgoing.now - message.received_at <= CONFIRM_WITHIN:
        return None
    return Refusal(
        "confirmation_in_time",
        "confirmation_late",
        _("A confirmation leaves within five minutes or not at all; the opt-out stands."),
    )


def needs_a_person(text: str) -> bool:
    """Whether a text names prices, legal matters or sensitive data."""
    return bool(_NEEDS_A_PERSON.search(text))


def brand_state(outgoing: Outgoing) -> Refusal | None:
    """Nothing leaves for a frozen brand or one that is being erased, hiding included."""
    brand = outgoing.brand
    if brand.state not in {BrandState.FROZEN, BrandState.CLOSING, BrandState.CLOSED}:
        return None
    return Refusal(
        "brand_state",
        "brand_frozen",
        _("%(name)s is frozen: %(reason)s") % {"name": brand, "reason": brand.frozen_reason},
    )


def kill_switch(outgoing: Outgoing) -> Refusal | None:
    """Sending stopped for the platform, the agency, the brand or the account.

    Hiding and showing again stay possible: they send nothing to anyone.
    """
    if not outgoing.is_text:
        return None
    if settings.SENDING_STOPPED:
        return Refusal("kill_switch", "stopped_platform", _("Sending is stopped everywhere."))
    for level, owner in (
        ("agency", outgoing.brand.agency),
        ("brand", outgoing.brand),
        ("account", outgoing.account),
    ):
        if owner.sending_stopped_at is not None:
            return Refusal(
                "kill_switch",
                f"stopped_{level}",
                _("Sending is stopped for %(name)s: %(reason)s")
                % {"name": owner, "reason": owner.sending_stopped_reason},
            )
    return None


def window(outgoing: Outgoing) -> Refusal | None:
    """The network lets us answer only for some time, and only so long a text."""
    item, capabilities = outgoing.item, CONNECTORS[outgoing.channel].capabilities
    if not any(action == item.action for action in capabilities["actions"]):
        return Refusal("window", "not_possible", _("This network does not offer that."))
    if not outgoing.is_text:
        return None
    limit = capabilities[
        "max_chars_comment" if item.action == OutboxAction.COMMENT_REPLY else "max_chars"
    ]
    # A machine may have to say that it is one; the room for that is kept.
    if len(item.text) + (DISCLOSURE_ROOM if item.is_automated else 0) > limit:
        return Refusal("window", "too_long", _("The network takes at most %d characters.") % limit)
    bytes_limit = capabilities["max_bytes"]
    if bytes_limit is not None and item.action != OutboxAction.COMMENT_REPLY:
        room = DISCLOSURE_ROOM if item.is_automated else 0
        if len(item.text.encode()) + room > bytes_limit:
            return Refusal(
                "window", "too_long", _("The network takes at most %d bytes.") % bytes_limit
            )
    hours = None
    if item.action == OutboxAction.MESSAGE:
        hours = capabilities["reply_window_hours"]
    elif item.action == OutboxAction.PRIVATE_REPLY:
        hours = capabilities["private_reply_window_hours"]
    since = outgoing.conversation.last_inbound_at
    if item.action == OutboxAction.PRIVATE_REPLY and item.message is not None:
        since = item.message.occurred_at
    if hours is not None and (since is None or outgoing.now - since > timedelta(hours=hours)):
        return Refusal(
            "window",
            "window_closed",
            _("The network allowed an answer for %(hours)d hours, until %(at)s")
            % {
                "hours": hours,
                "at": formats.date_format(since + timedelta(hours=hours), "SHORT_DATETIME_FORMAT")
                if since
                else "—",
            },
        )
    if item.action == OutboxAction.PRIVATE_REPLY and _private_reply_used(outgoing):
        return Refusal(
            "window", "private_reply_used", _("One private reply per comment was sent already.")
        )
    return None


def _private_reply_used(outgoing: Outgoing) -> bool:
    return (
        OutboxItem.objects.filter(
            account=outgoing.account,
            action=OutboxAction.PRIVATE_REPLY,
            target_external_id=outgoing.item.target_external_id,
            state__in=[OutboxState.SENT, OutboxState.SENDING, OutboxState.UNKNOWN],
        )
        .exclude(pk=outgoing.item.pk)
        .exists()
    )


def account_free_at(account_id: UUID, *, now: datetime) -> datetime | None:
    """When the account may send the next text; None: at once.

    The instant at which the window of a minute holds fewer than ``PER_ACCOUNT_MINUTE`` again.
    """
    sent = OutboxItem.objects.filter(account_id=account_id, sent_at__gt=now - _MINUTE)
    oldest = (
        sent.order_by("-sent_at")
        .values_list("sent_at", flat=True)[PER_ACCOUNT_MINUTE - 1 : PER_ACCOUNT_MINUTE]
        .first()
    )
    return oldest + _MINUTE if oldest else None


def rate_and_loop(outgoing: Outgoing) -> Refusal | None:
    """Few automatic messages per person, a bound per account, and no talking in circles."""
    if not outgoing.is_text:
        return None
    if free_at := account_free_at(outgoing.account.pk, now=outgoing.now):
        return Refusal(
            "rate_and_loop",
            "account_rate",
            _("Too many messages in this minute; it goes at %(at)s.")
            % {"at": formats.date_format(timezone.localtime(free_at), "TIME_FORMAT")},
            retry_at=free_at,
        )
    if not outgoing.is_automated or outgoing.purpose == Purpose.CONFIRMATION:
        return None
    to_person = OutboxItem.objects.filter(
        conversation=outgoing.conversation,
        is_automated=True,
        sent_at__gt=outgoing.now - timedelta(hours=1),
    )
    if to_person.count() >= AUTOMATIC_PER_CONTACT_HOUR:
        return Refusal(
            "rate_and_loop", "contact_rate", _("Enough automatic messages to this person for now.")
        )
    last = list(
        Message.objects.filter(
            conversation=outgoing.conversation, direction=Direction.OUTBOUND, is_automated=True
        )
        .order_by("-occurred_at")
        .values_list("text", flat=True)[:SAME_AUTOMATIC_IN_A_ROW]
    )
    if len(last) == SAME_AUTOMATIC_IN_A_ROW and all(outgoing.item.text in text for text in last):
        return Refusal("rate_and_loop", "loop", _("The same answer was given twice already."))
    return None


def approval(outgoing: Outgoing) -> Refusal | None:
    """Automation sends alone only what is low risk; prices and legal words need a person."""
    item = outgoing.item
    if not (outgoing.is_text and outgoing.is_automated) or item.approved_by_id is not None:
        return None
    if item.purpose in {Purpose.CONFIRMATION, Purpose.NOTICE}:
        return None
    if needs_a_person(item.text):
        return Refusal(
            "approval",
            "sensitive",
            _("Prices, legal matters and sensitive data are released by a person."),
        )
    if item.needs_approval:
        return Refusal("approval", "draft", _("This draft waits for a person."))
    if outgoing.conversation.automation_paused:
        return Refusal("approval", "person_took_over", _("A person has taken over here."))
    if not outgoing.account.automation_on:
        return Refusal("approval", "automation_off", _("Automation is off for this account."))
    return None


def not_live(outgoing: Outgoing) -> Refusal | None:
    """A brand in onboarding reaches nobody outside: only its sandbox accounts act, hiding included.

    What was held stays held at the opening, until a person releases it.
    """
    if outgoing.brand.state != BrandState.ONBOARDING or outgoing.account.is_sandbox:
        return None
    return Refusal(
        "not_live",
        "brand_not_live",
        _("%(name)s is not live yet; only its sandbox accounts send.") % {"name": outgoing.brand},
    )
