"""A reply arrives, is hidden, its author appeals, a second person overturns, it is shown again:
all of it on real servers."""

import secrets
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import httpx
import pytest
from django.utils import timezone

from inbox.domain.access import access_to
from inbox.domain.connecting import check_account, connect_network
from inbox.domain.pipeline import process_waiting
from inbox.domain.polling import poll_due
from inbox.domain.sending import send_waiting
from inbox.domain.splitting import split_waiting
from inbox.models import ChannelAccount, ChannelPoll, Message, OutboxItem
from inbox.providers.base import Call
from inbox.providers.bluesky.client import BlueskyConnector
from moderation.choices import Category, Outcome
from moderation.domain.appeals import decide_appeal
from moderation.domain.decisions import hide_comment
from moderation.domain.policies import install_preset
from moderation.domain.statements import appeal_token
from moderation.exceptions import TookPart
from moderation.models import Appeal, Decision
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.tenants import make_member, make_user
from tests.inbox.stage import SETUP
from tests.network.conftest import Network, Person
from tests.servers import running_web


@dataclass
class World:
    network: Network
    brand: Brand
    shop: Person
    lena: Person
    account: ChannelAccount
    post: dict[str, str]

    def work(self) -> None:
        """Ask, take in, send, until nothing moves."""
        self.network.settle()
        with brand_scope(self.brand.pk):
            ChannelPoll.objects.update(next_at=timezone.now())
        poll_due(self.brand.pk)
        for _round in range(4):
            split_waiting(self.brand.agency_id)
            process_waiting(self.brand.pk)
            send_waiting(self.brand.pk)
        self.network.settle()

    def under_post(self, viewer: Person) -> list[str]:
        """Addresses of the answers that a person sees at once under the post."""
        thread = viewer.ask("app.bsky.unspecced.getPostThreadV2", anchor=self.post["uri"])
        return [row["uri"] for row in thread["thread"] if row["depth"] == 1]

    def folded(self, viewer: Person) -> list[str]:
        other = viewer.ask("app.bsky.unspecced.getPostThreadOtherV2", anchor=self.post["uri"])
        return [row["uri"] for row in other["thread"]]

    def gate(self) -> list[str]:
        key = self.post["uri"].rpartition("/")[2]
        found = self.shop.ask(
            "com.atproto.repo.getRecord",
            repo=self.shop.did,
            collection="app.bsky.feed.threadgate",
            rkey=key,
        )
        hidden: list[str] = found["value"]["hiddenReplies"]
        return hidden

    def reply(self, person: Person, text: str, to: dict[str, str] | None = None) -> dict[str, str]:
        return person.post(text, reply={"root": self.post, "parent": to or self.post})


def _member(name: str, role: str, brand: Brand) -> User:
    user = make_user(name)
    make_member(user, brand.agency, role, brand)
    return user


@pytest.fixture
def mo(north: Brand) -> User:
    return _member("mo", "moderator", north)


@pytest.fixture
def mia(north: Brand) -> User:
    return _member("mia", "moderator", north)


@pytest.fixture
def olga(north: Brand) -> User:
    return _member("olga", "brand_manager", north)


@pytest.fixture
def world(committed: None, network: Network, north: Brand, olga: User, settings: Any) -> World:
    tag = secrets.token_hex(3)
    (shop, password), (lena, _other) = network.join(f"shop-{tag}"), network.join(f"lena-{tag}")
    app_password = shop.call("com.atproto.server.createAppPassword", name="engage")["password"]
    assert app_password != password
    post = shop.post("Neue Schuhe!")
    network.settle()
    settings.BLUESKY_TEST_URL = network.server
    with brand_scope(north.pk):
        install_preset(north, actor=SETUP)
        account = connect_network(
            north,
            channel="bluesky",
            external_id=shop.handle,
            name="Shop",
            access_token=app_password,
            app_secret="",
            verify_token="",
            actor=olga,
        )
    return World(network, north, shop, lena, account, post)


def test_a_reply_is_hidden_appealed_and_shown_again(world: World, mo: User, mia: User) -> None:
    reader, _password = world.network.join(f"tom-{secrets.token_hex(3)}")
    reply = world.reply(world.lena, "Ihr seid doch alle Betrüger")
    world.work()
    assert world.account.external_id == world.shop.did
    with brand_scope(world.brand.pk):
        message = Message.objects.select_related("conversation").get(external_id=reply["uri"])
        assert (message.text, message.author_label) == (
            "Ihr seid doch alle Betrüger",
            world.lena.handle.partition(".")[0].title(),
        )
        assert message.conversation.post_id == world.post["uri"]
    assert world.under_post(reader) == [reply["uri"]]

    with brand_scope(world.brand.pk):
        decision = hide_comment(message, category=Category.INSULT, reason="Beleidigung", actor=mo)
    world.work()

    assert world.gate() == [reply["uri"]]
    assert (world.under_post(reader), world.folded(reader)) == ([], [reply["uri"]])
    with brand_scope(world.brand.pk):
        message.refresh_from_db()
        assert message.visibility == "hidden"
        link = appeal_token(decision)
    with running_web() as web:
        filed = httpx.post(
            f"{web}/appeals/{link}/",
            data={"text": "Das war ironisch gemeint."},
            follow_redirects=True,
            trust_env=False,
        )
    assert filed.status_code == 200

    with brand_scope(world.brand.pk):
        appeal = Appeal.objects.get()
        with pytest.raises(TookPart):
            decide_appeal(appeal, outcome=Outcome.OVERTURNED, answer="Doch.", actor=mo)
        decide_appeal(appeal, outcome=Outcome.OVERTURNED, answer="Stimmt.", actor=mia)
    world.work()

    assert world.gate() == []
    assert world.folded(reader) == []
    with brand_scope(world.brand.pk):
        message.refresh_from_db()
        assert message.visibility == "visible"
        assert list(Decision.objects.order_by("decided_at").values_list("action", flat=True)) == [
            "hide",
            "restore",
        ]
        note, told = OutboxItem.objects.filter(action="comment_reply").order_by("created_at")
        assert (note.state, told.state) == ("sent", "sent")
    shown = world.under_post(reader)
    assert reply["uri"] in shown
    answers = reader.ask("app.bsky.feed.getPosts", uris=told.external_id)["posts"]
    assert answers[0]["record"]["reply"]["parent"]["uri"] == reply["uri"]


def test_what_others_put_into_the_gate_stays(world: World, mo: User) -> None:
    """Who may answer, and what was hidden in the app itself, is not ours to change."""
    first, second = (world.reply(world.lena, text) for text in ("Pfui", "Schämt euch"))
    world.network.settle()  # the network drops replies that it sees after the gate
    key = world.post["uri"].rpartition("/")[2]
    world.shop.call(
        "com.atproto.repo.putRecord",
        repo=world.shop.did,
        collection="app.bsky.feed.threadgate",
        rkey=key,
        record={
            "$type": "app.bsky.feed.threadgate",
            "post": world.post["uri"],
            "createdAt": "2026-11-22T10:00:00.000Z",
            "allow": [{"$type": "app.bsky.feed.threadgate#mentionRule"}],
            "hiddenReplies": [first["uri"]],
        },
    )
    world.work()
    with brand_scope(world.brand.pk):
        message = Message.objects.get(external_id=second["uri"])
        hide_comment(message, category=Category.INSULT, reason="Beleidigung", actor=mo)
    world.work()

    assert world.gate() == [first["uri"], second["uri"]]
    found = world.shop.ask(
        "com.atproto.repo.getRecord",
        repo=world.shop.did,
        collection="app.bsky.feed.threadgate",
        rkey=key,
    )
    assert found["value"]["allow"] == [{"$type": "app.bsky.feed.threadgate#mentionRule"}]


def test_polled_twice_arrives_once_and_a_removal_is_believed_when_seen_twice(
    world: World,
) -> None:
    reply = world.reply(world.lena, "Wann kommt Nachschub?")
    world.work()
    world.work()
    with brand_scope(world.brand.pk):
        assert Message.objects.filter(direction="in").count() == 1

    world.lena.call(
        "com.atproto.repo.deleteRecord",
        repo=world.lena.did,
        collection="app.bsky.feed.post",
        rkey=reply["uri"].rpartition("/")[2],
    )
    states = []
    for _look in range(3):
        world.work()
        with brand_scope(world.brand.pk):
            states.append(Message.objects.get(direction="in").visibility)

    assert states == ["visible", "removed", "removed"]


def test_a_reply_written_twice_stands_once(world: World) -> None:
    """The key of the record is our reference, so even a blind second attempt changes nothing."""
    asked = world.reply(world.lena, "Habt ihr Größe 42?")
    world.network.settle()
    call = Call(
        "comment_reply",
        target=asked["uri"],
        text="Ja 😀 https://shop.example/42.",
        reference="0199f000-0000-7000-8000-000000000001",
    )
    connector = BlueskyConnector()
    with brand_scope(world.brand.pk):
        access = access_to(ChannelAccount.objects.select_related("app").get())

    missing = connector.find_sent(access, call)
    first, second = connector.send(access, call), connector.send(access, call)
    world.network.settle()

    assert missing is None
    assert first == second == connector.find_sent(access, call)
    (post,) = world.lena.ask("app.bsky.feed.getPosts", uris=first.external_id)["posts"]
    link = post["record"]["facets"][0]
    assert link["features"][0]["uri"] == "https://shop.example/42"
    assert link["index"] == {"byteStart": 8, "byteEnd": 31}
    assert world.under_post(world.lena) == [asked["uri"]]


def test_a_withdrawn_app_password_asks_for_a_new_one(world: World, olga: User) -> None:
    with brand_scope(world.brand.pk):
        account = ChannelAccount.objects.select_related("app", "brand").get()
        assert check_account(account, actor=olga).name == world.shop.handle
        account.access_token = "xxxx-xxxx-xxxx-xxxx"
        account.save()
        ChannelPoll.objects.update(next_at=timezone.now() - timedelta(seconds=1))
    poll_due(world.brand.pk)

    with brand_scope(world.brand.pk):
        account.refresh_from_db()
        assert account.needs_reconnect
        assert "AuthenticationRequired" in ChannelPoll.objects.get().problem
