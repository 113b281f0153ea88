"""What each kind of event does. Every function is safe to run twice."""

from collections.abc import Callable
from datetime import datetime

from compliance.choices import Purpose
from compliance.domain.audit import record
from compliance.domain.consent import grant, withdraw
from inbox.choices import Direction, OutboxAction, Visibility
from inbox.domain import people
from inbox.domain.erased import DROPPED
from inbox.domain.lists import removal_steps
from inbox.domain.receipts import note_echo, note_status
from inbox.domain.receiving import receive_message, rewrite_message
from inbox.models import ChannelAccount, ContactHandle, InboundEvent, Message, Tombstone
from inbox.providers.events import Event, EventKind
from tenants.actors import PIPELINE

_ACTS = (OutboxAction.HIDE, OutboxAction.UNHIDE)

type Effect = Callable[[Event, ChannelAccount, InboundEvent, datetime], str]


def apply_event(event: Event, *, account: ChannelAccount, row: InboundEvent, now: datetime) -> str:
    """Bring the event's effect about; returns a note for the event's row, usually empty.

    Runs inside the brand's scope, in one transaction with the row's change of state.
    """
    effect = _EFFECTS.get(event.kind)
    if effect is None:
        return "kept; this kind has no effect yet"
    return effect(event, account, row, now)


def _message(event: Event, account: ChannelAccount, row: InboundEvent, now: datetime) -> str:
    if event.author is not None and event.author.is_self:
        return note_echo(event, account=account, received_at=row.received_at, now=now)
    return receive_message(event, account=account, received_at=row.received_at, now=now)


def _edit(event: Event, account: ChannelAccount, row: InboundEvent, now: datetime) -> str:
    if event.author is not None and event.author.is_self:
        return ""
    message = find_message(event.target_external_id, account=account)
    if message is None:
        # The edit overtook its message and holds the newer text; the older one will be a repeat.
        return receive_message(event, account=account, received_at=row.received_at, now=now)
    if message.conversation.contact.erased_at is not None:
        return DROPPED
    return rewrite_message(message, event, account=account, now=now)


def _remove(event: Event, account: ChannelAccount, _row: InboundEvent, now: datetime) -> str:
    message = find_message(event.target_external_id, account=account)
    if message is None:
        Tombstone.objects.get_or_create(
            brand_id=account.brand_id,
            account=account,
            external_id=event.target_external_id,
            defaults={"removed_at": event.occurred_at},
        )
        return "removed before it arrived"
    if message.removed_at is not None:
        return ""
    message.removed_at, message.visibility = event.occurred_at, Visibility.REMOVED
    message.text, message.attachments = "", []
    message.save(update_fields=["removed_at", "visibility", "text", "attachments"])
    message.revisions.all().delete()
    conversation = message.conversation
    conversation.preview = ""
    conversation.save(update_fields=["preview"])
    for step in removal_steps():
        step(message)
    record("inbox.message.removed", message, actor=PIPELINE, reason="removed at the network")
    return ""


def _visibility(event: Event, account: ChannelAccount, _row: InboundEvent, _now: datetime) -> str:
    message = find_message(event.target_external_id, account=account)
    if message is None:
        return "visibility of a comment that never arrived"
    wanted = Visibility.HIDDEN if event.status == "hidden" else Visibility.VISIBLE
    if message.visibility in {wanted, Visibility.REMOVED}:
        return ""
    if message.outbox.filter(action__in=_ACTS, sent_at__gt=event.occurred_at).exists():
        return "older than our own act"
    before = message.visibility
    message.visibility = wanted
    message.save(update_fields=["visibility"])
    record(
        "inbox.message.visibility_changed",
        message,
        actor=PIPELINE,
        reason="changed at the network",
        before={"visibility": before},
        after={"visibility": wanted},
    )
    return ""


def _status(event: Event, account: ChannelAccount, _row: InboundEvent, now: datetime) -> str:
    return note_status(event, account=account, now=now)


def _number(event: Event, account: ChannelAccount, _row: InboundEvent, _now: datetime) -> str:
    if event.author is None:
        return "change of number without a person"
    handle = ContactHandle.objects.filter(
        channel=account.channel, external_id=event.author.external_id
    ).first()
    if handle is None:
        return "change of number of an unknown person"
    people.change_number(handle, phone=event.detail.get("new_phone", ""))
    record("inbox.contact.number_changed", handle, actor=PIPELINE)
    return ""


def _preference(event: Event, account: ChannelAccount, row: InboundEvent, now: datetime) -> str:
    if event.author is None:
        return "preference without a person"
    word = withdraw if event.status == "stop" else grant
    word(
        account.brand_id,
        channel=account.channel,
        address=event.author.external_id,
        purposes=[Purpose.MARKETING],
        source="network",
        evidence=str(row.pk),  # the network's own key of it names the person
        actor=PIPELINE,
        at=event.occurred_at,
    )
    return ""


def _account(event: Event, account: ChannelAccount, _row: InboundEvent, _now: datetime) -> str:
    if event.kind is EventKind.ACCOUNT_TOKEN_REVOKED:
        account.needs_reconnect = True
    account.automation_on = False
    account.save(update_fields=["needs_reconnect", "automation_on"])
    record(
        "inbox.channel.restricted",
        account,
        actor=PIPELINE,
        reason=f"the network reported {event.status or event.kind.value}"[:200],
        after={"automation_on": False, "needs_reconnect": account.needs_reconnect},
    )
    return ""


def find_message(external_id: str, *, account: ChannelAccount) -> Message | None:
    """The message the network knows by this id."""
    return (
        Message.objects.select_related("conversation__contact")
        .exclude(direction=Direction.NOTE)
        .filter(account=account, external_id=external_id)
        .first()
    )


_EFFECTS: dict[EventKind, Effect] = {
    EventKind.DM_TEXT: _message,
    EventKind.DM_MEDIA: _message,
    EventKind.DM_POSTBACK: _message,
    EventKind.DM_STORY_REPLY: _message,
    EventKind.DM_STORY_MENTION: _message,
    EventKind.DM_SHARE: _message,
    EventKind.DM_ECHO: _message,
    EventKind.COMMENT_ADD: _message,
    EventKind.COMMENT_REPLY: _message,
    EventKind.MENTION: _message,
    EventKind.DM_EDIT: _edit,
    EventKind.COMMENT_EDIT: _edit,
    EventKind.DM_UNSEND: _remove,
    EventKind.COMMENT_DELETE: _remove,
    EventKind.COMMENT_VISIBILITY: _visibility,
    EventKind.DM_STATUS: _status,
    EventKind.CONTACT_ID_CHANGED: _number,
    EventKind.CONTACT_OPTOUT: _preference,
    EventKind.ACCOUNT_TOKEN_REVOKED: _account,
    EventKind.ACCOUNT_RESTRICTED: _account,
}
