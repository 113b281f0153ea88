"""What became of the sandbox test, read from what is there. Nothing is written here."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from django.utils import timezone
from django.utils.translation import gettext as _

from compliance.choices import ConsentState, Purpose
from compliance.domain.consent import standing
from compliance.models import DisclosureShown
from engage.onboarding.trial import Run
from inbox.choices import TEXT_ACTIONS, Network, OutboxState
from inbox.models import InboundEvent, Message, OutboxItem, Triage
from moderation.models import Case
from tenants.models import Brand

STALE_AFTER = timedelta(seconds=60)
"""After this long a check that still waits tells what may be wrong."""
_GOES_OUT = (OutboxState.QUEUED, OutboxState.SENDING, OutboxState.SENT, OutboxState.UNKNOWN)

type State = Literal["ok", "waiting", "failed"]


@dataclass(frozen=True, slots=True)
class Check:
    """One line of the checklist. ``found``: what was seen, in words."""

    key: str
    title: str
    state: State
    found: str = ""

    def to_json(self) -> dict[str, str]:
        return {"key": self.key, "state": self.state, "found": self.found}


def checks_of(brand: Brand, run: Run, *, now: datetime | None = None) -> list[Check]:
    """The checklist of a run, in the brand's scope."""
    seen = _Seen(brand, run)
    is_late = (now or timezone.now()) - run.started_at > STALE_AFTER
    table: tuple[tuple[str, str, Callable[[], tuple[State, str]]], ...] = (
        ("door", _("A signed delivery comes in through the door"), seen.door),
        ("forged", _("A forged delivery is refused"), seen.forged),
        ("conversation", _("A conversation appears in the inbox"), seen.conversation),
        ("reply", _("The automatic reply leaves and says that it is one"), seen.reply),
        ("stop", _("STOP is confirmed once and then honoured"), seen.stop),
        ("unsafe", _("An unsafe comment waits in the queue, unanswered"), seen.unsafe),
    )
    found = []
    for key, title, look in table:
        state, words = look()
        if state == "waiting" and is_late:
            words = _("Still nothing after a minute: is a worker running?")
        found.append(Check(key, title, state, words))
    return found


class _Seen:
    """What there is of a run."""

    def __init__(self, brand: Brand, run: Run) -> None:
        self.brand, self.run = brand, run
        self.messages = {
            message.external_id: message
            for message in Message.objects.filter(
                brand=brand,
                external_id__in=[run.thing(name) for name in ("a1", "b1", "b2", "c1", "f1")],
            ).select_related("conversation")
        }
        self.items: dict[object, list[OutboxItem]] = {}
        for item in OutboxItem.objects.filter(
            brand=brand, message__in=[message.pk for message in self.messages.values()]
        ):
            self.items.setdefault(item.message_id, []).append(item)

    def _message(self, name: str) -> Message | None:
        return self.messages.get(self.run.thing(name))

    def _items(self, name: str) -> list[OutboxItem]:
        message = self._message(name)
        return self.items.get(message.pk, []) if message else []

    def door(self) -> tuple[State, str]:
        count = InboundEvent.objects.filter(
            brand=self.brand, account__is_sandbox=True, received_at__gte=self.run.started_at
        ).count()
        return ("ok", _("%d events were taken in.") % count) if count else ("waiting", "")

    def forged(self) -> tuple[State, str]:
        if self._message("f1") is not None:
            return "failed", _("A message with a wrong signature was taken in.")
        # The forged one was sent first: what came after it is here, so it was not let in.
        return ("ok", "") if self._message("a1") is not None else ("waiting", "")

    def conversation(self) -> tuple[State, str]:
        message = self._message("a1")
        return ("ok", f"“{message.text}”") if message is not None else ("waiting", "")

    def reply(self) -> tuple[State, str]:
        items = [item for item in self._items("a1") if item.is_automated]
        if not items:
            message = self._message("a1")
            is_done = message is not None and Triage.objects.filter(message=message).exists()
            return ("failed", _("No template answered.")) if is_done else ("waiting", "")
        item = items[0]
        if item.state == OutboxState.HELD:
            return "failed", " ".join(reason["message"] for reason in item.held_reasons)
        if item.state in {OutboxState.FAILED, OutboxState.CANCELLED}:
            return "failed", item.error_text or item.get_state_display()
        if item.state != OutboxState.SENT:
            return "waiting", ""
        is_shown = DisclosureShown.objects.filter(brand=self.brand, outbox_ref=item.pk).exists()
        if not (item.disclosure and is_shown and item.disclosure in item.sent_text):
            return "failed", _("The reply left without a disclosure.")
        return "ok", f"“{item.disclosure}”"

    def stop(self) -> tuple[State, str]:
        after = self._message("b2")
        if after is None or self._message("b1") is None:
            return "waiting", ""
        word = standing(self.brand.pk, channel=Network.WHATSAPP, address=self.run.person("b")).get(
            Purpose.AUTOMATION
        )
        if word is None or word.state != ConsentState.WITHDRAWN:
            return "failed", _("STOP was not understood.")
        if any(item.is_automated and item.state in _GOES_OUT for item in self._items("b2")):
            return "failed", _("Automation answered after STOP.")
        confirmed = [i for i in self._items("b1") if i.purpose == Purpose.CONFIRMATION]
        if len(confirmed) != 1 or confirmed[0].state in {OutboxState.HELD, OutboxState.FAILED}:
            return "failed", _("STOP was not confirmed once.")
        if confirmed[0].state != OutboxState.SENT:
            return "waiting", ""
        return "ok", f"“{confirmed[0].text}”"

    def unsafe(self) -> tuple[State, str]:
        message = self._message("c1")
        if message is None:
            return "waiting", ""
        if any(item.action in TEXT_ACTIONS for item in self._items("c1")):
            return "failed", _("Automation answered an unsafe comment.")
        case = Case.objects.filter(brand=self.brand, message=message).order_by("id").first()
        if case is None:
            return "failed", _("The comment did not reach the queue.")
        return "ok", _("Category: %s.") % case.get_category_display()
