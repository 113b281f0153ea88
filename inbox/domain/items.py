"""What the stages hand to each other about one inbound message."""

from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING

from inbox.domain.consent_words import Heard
from inbox.domain.triage import TriageResult
from inbox.models import ChannelAccount, Contact, ContactHandle, Conversation, Message

if TYPE_CHECKING:
    from collections.abc import Callable

type Stage = "Callable[[Item], None]"


@dataclass(slots=True)
class Item:
    """One received message on its way through ``settings.INBOX_STAGES``.

    ``may_automate`` starts true and can only be taken away; ``why_not`` holds the codes why. A
    stage writes what it found for those that follow.
    """

    account: ChannelAccount
    contact: Contact
    handle: ContactHandle
    conversation: Conversation
    message: Message
    now: datetime
    heard: Heard | None = None
    triage: TriageResult | None = None
    verdict: str = ""
    may_automate: bool = True
    why_not: list[str] = field(default_factory=list)
    facts: dict[str, str | int] = field(default_factory=dict)
    contact_changes: set[str] = field(default_factory=set)

    def store(self) -> None:
        """Store what the walk has changed of contact and conversation so far.

        For a stage whose verb reads them from the database; the end of the walk does it anyway.
        """
        if self.contact._state.adding:
            self.contact.save()
        elif self.contact_changes:
            self.contact.save(update_fields=sorted(self.contact_changes))
        self.contact_changes.clear()
        self.conversation.save()

    def stop_automation(self, why: str) -> None:
        self.may_automate = False
        self.why_not.append(why)

    @property
    def is_first_contact(self) -> bool:
        """Whether the person was unknown until this message."""
        return self.contact.first_seen_at == self.now

    @property
    def intent(self) -> str:
        """Best intent's name, or ``other``."""
        return self.triage.intents[0].name if self.triage and self.triage.intents else "other"
