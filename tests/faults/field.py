"""The installation seen by the faults: its brands and channels, its network, its people."""

from collections.abc import Callable
from dataclasses import dataclass, field
from uuid import UUID

from django.conf import settings
from django.db import Error, connections

from engage.demo import channels, people
from inbox.domain import replies
from inbox.models import AnswerTemplate, Message
from inbox.providers.sandbox.client import SandboxClient
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.faults.books import waiting
from tests.faults.installation import Broken, Installation
from tests.faults.wire import Channel, Network

SETTLE_TIMEOUT_S = 90.0


@dataclass
class Field:
    """A ``Ground`` whose workers are real. ``brand`` is acme/north.

    ``channels``: by workspace and network. ``owed``: answers given during a fault, with the fault
    and their text, which no other has; one whose sender was killed takes its time.
    """

    installation: Installation
    network: Network
    sandbox: SandboxClient
    brands: dict[str, Brand]
    ada: User
    channels: dict[str, dict[str, Channel]]
    owed: dict[UUID, tuple[str, str]] = field(default_factory=dict)

    @property
    def brand(self) -> Brand:
        return self.brands["acme/north"]

    @property
    def whatsapp(self) -> Channel:
        return self.channels[self.brand.workspace]["whatsapp"]

    @property
    def page(self) -> Channel:
        return self.channels[self.brand.workspace]["facebook"]

    def settle(self) -> None:
        """Until nothing of any brand waits but what is ``owed``. Raises: Broken."""
        self.wait(lambda: not self.waits(), "nothing waits")

    def waits(self) -> str:
        """What is not finished, in words."""
        found = {name: waiting(one, but=self.owed) for name, one in self.brands.items()}
        return "; ".join(f"{name}: {words}" for name, words in found.items() if words)

    def wait(
        self, condition: Callable[[], bool], what: str, timeout_s: float = SETTLE_TIMEOUT_S
    ) -> None:
        """Wait for something in the database, which may be away for a while. Raises: Broken."""
        told = ""

        def holds() -> bool:
            nonlocal told
            try:
                return condition()
            except Error as error:
                told = str(error)
                connections.close_all()
                return False

        try:
            self.installation.until(holds, what, timeout_s)
        except Broken as error:
            raise Broken(f"{told}; {error}") from error

    def say(self, who: str, text: str) -> str:
        """A person writes to north's number on the network; returns once it is in the inbox."""
        person = {"id": f"DE.{who}", "name": f"Person {who}"}
        message_id = self.sandbox.say(self.whatsapp.account_id, "text", person=person, text=text)
        self.wait(lambda: self.has(message_id), f"{message_id} has arrived")
        return message_id

    def comment(self, text: str) -> str:
        """The same with a comment under a post of north's page."""
        person = {"id": "900100", "name": "Max D."}
        comment_id = self.sandbox.say(self.page.account_id, "comment", person=person, text=text)
        self.wait(lambda: self.has(comment_id), f"{comment_id} has arrived")
        return comment_id

    def has(self, external_id: str) -> bool:
        with brand_scope(self.brand.pk):
            return Message.objects.filter(external_id=external_id).exists()

    def answer(self, external_id: str, text: str, *, fault: str) -> UUID:
        """ada answers a message; returns the outbox item's id and notes it as owed."""
        with brand_scope(self.brand.pk):
            message = Message.objects.select_related("conversation").get(external_id=external_id)
            item = replies.send_reply(
                message.conversation, text=text, actor=self.ada, to_message=message
            )
        self.owed[item.pk] = (fault, text)
        return item.pk

    def on_network(self, text: str) -> int:
        """How many messages and comments of ours begin with the text."""
        state = self.sandbox.state()
        ours = [row for row in state["messages"] if row["direction"] == "out"]
        ours += [row for row in state["comments"] if row["author_id"] == row["account_id"]]
        return sum(row["text"].startswith(text) for row in ours)


def make_field(installation: Installation) -> Field:
    """The demo's agencies, brands, people and channels, known to the sandbox network."""
    sandbox = SandboxClient(settings.SANDBOX_URL, settings.SANDBOX_KEY, timeout_s=30)
    brands = people.make_places()
    users = people.make_people(brands)
    found: dict[str, dict[str, Channel]] = {}
    for workspace, brand in brands.items():
        facts = channels.set_up(brand, sandbox)
        found[workspace] = {
            one["channel"]: Channel(
                one["channel"], one["account_id"], one["webhook_url"], one["secret"]
            )
            for one in facts
        }
    brand = brands["acme/north"]
    with brand_scope(brand.pk):
        AnswerTemplate.objects.filter(shortcut="dank").update(min_confidence_pct=10)
    return Field(installation, Network(), sandbox, brands, users["ada"], found)
