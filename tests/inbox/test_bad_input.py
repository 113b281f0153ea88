"""What strangers may send to the door, and what becomes of it. Over real HTTP."""

import hashlib
import hmac
import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from typing import Any

import httpx
import pytest
from django.conf import settings
from django.test import Client

from compliance.models import AuditEvent
from engage.startup.environment import ROOT
from engage.startup.postgres import free_port
from inbox.domain.channels import connect_account
from inbox.domain.splitting import split_again
from inbox.models import Conversation, InboundEvent, Message, ReceivedDelivery
from inbox.providers.sandbox import payloads
from tenants.actors import SystemActor
from tenants.models import Brand, uuid7
from tenants.scope import agency_scope, brand_scope
from tests import databases
from tests.factories.inbox import make_account, make_app
from tests.factories.tenants import make_member, make_user
from tests.faults.wire import Channel, comment_change, page_delivery, text_change
from tests.inbox.stage import Stage

SETUP = SystemActor("system", "tests")
LENA = {"id": "49170000", "name": "Lena Beispiel", "phone": "49170000"}
MAX = {"id": "9001", "name": "Max D."}


@pytest.fixture
def http() -> Iterator[httpx.Client]:
    with httpx.Client(timeout=10, trust_env=False) as client:
        yield client


class Door:
    """Posts to one of the stage's webhooks."""

    def __init__(self, stage: Stage, http: httpx.Client, channel: str = "whatsapp") -> None:
        self.stage, self.http, self.app = stage, http, stage.apps[channel]
        self.url = stage.web + self.app.webhook_path
        self.channel = Channel(
            channel, stage.accounts[channel].external_id, self.url, self.app.app_secret
        )

    def post(self, body: bytes | str, **headers: str) -> httpx.Response:
        """Signed unless a signature is given; an empty one leaves the header out."""
        raw = body.encode() if isinstance(body, str) else body
        given = headers.pop("signature", sign(raw, self.app.app_secret))
        signature = {"X-Hub-Signature-256": given} if given else {}
        return self.http.post(self.url, content=raw, headers={**signature, **headers})

    def deliver(self, *changes: Any) -> ReceivedDelivery:
        """Post one signed delivery with these changes, split and process it."""
        build = (
            payloads.whatsapp_envelope
            if self.channel.channel == "whatsapp"
            else lambda account, changes: payloads.facebook_envelope(
                account, time.time(), changes=changes
            )
        )
        answer = self.post(payloads.body_of(build(self.channel.account, changes=list(changes))))
        assert answer.status_code == 200
        self.stage.work()
        return self.deliveries()[-1]

    def deliveries(self) -> list[ReceivedDelivery]:
        with agency_scope(self.stage.brand.agency_id):
            return list(ReceivedDelivery.objects.order_by("id"))


def sign(raw: bytes, secret: str) -> str:
    return "sha256=" + hmac.new(secret.encode(), raw, hashlib.sha256).hexdigest()


@pytest.fixture
def door(stage: Stage, http: httpx.Client) -> Door:
    return Door(stage, http)


@pytest.mark.parametrize(
    "signature",
    [
        "",
        sign(b"{}", "another secret"),
        sign(b"{ }", "secret-whatsapp-north"),
        sign(b"{}", "secret-whatsapp-north").upper(),
        sign(b"{}", "secret-whatsapp-north")[:-1],
        sign(b"{}", "secret-whatsapp-north").removeprefix("sha256="),
        "sha1=" + hmac.new(b"secret-whatsapp-north", b"{}", hashlib.sha1).hexdigest(),
        "sha256=",
    ],
    ids=["none", "other secret", "other bytes", "upper", "short", "bare", "sha1", "empty"],
)
def test_a_wrong_signature_is_refused_and_nothing_is_stored(door: Door, signature: str) -> None:
    answer = door.post(b"{}", signature=signature)

    assert (answer.status_code, answer.text) == (401, "the signature does not match the body")
    assert door.deliveries() == []
    assert door.post(b"{}").status_code == 200
    assert len(door.deliveries()) == 1


def test_a_signature_of_the_other_app_opens_no_door(stage: Stage, http: httpx.Client) -> None:
    whatsapp, facebook = Door(stage, http), Door(stage, http, "facebook")

    answer = whatsapp.post(b"{}", signature=sign(b"{}", facebook.app.app_secret))

    assert answer.status_code == 401
    assert whatsapp.deliveries() == []


def test_an_unknown_app_or_channel_has_no_door(stage: Stage, http: httpx.Client) -> None:
    app = stage.apps["whatsapp"]
    raw, headers = b"{}", {"X-Hub-Signature-256": sign(b"{}", app.app_secret)}

    statuses = [
        http.post(stage.web + path, content=raw, headers=headers).status_code
        for path in (
            f"/webhooks/whatsapp/{uuid7()}/",
            f"/webhooks/facebook/{app.pk}/",
            f"/webhooks/myspace/{app.pk}/",
            "/webhooks/whatsapp/1/",
        )
    ]

    assert statuses == [404] * 4
    assert Door(stage, http).deliveries() == []


def test_an_over_size_body_is_refused_and_the_largest_allowed_is_taken(door: Door) -> None:
    limit = settings.WEBHOOK_MAX_BYTES

    too_large = door.post(b" " * (limit + 1))
    largest = door.post(b" " * limit)

    assert too_large.status_code == 413
    assert too_large.text == f"the body exceeds {limit} bytes"
    assert largest.status_code == 200
    assert [len(bytes(row.body)) for row in door.deliveries()] == [limit]


@pytest.fixture
def gunicorn(committed: None, north: Brand, test_database: str) -> Iterator[str]:
    """The production web server on this test's database; yields its address."""
    port = free_port()
    command = [sys.executable, "-m", "gunicorn", "engage.wsgi:application"]
    command += ["--bind", f"127.0.0.1:{port}", "--worker-class", "gthread", "--no-control-socket"]
    environ = os.environ | {
        "DATABASE_URL": databases.url("APP", test_database),
        "DJANGO_SETTINGS_MODULE": "engage.settings_test",
        "CELERY_BROKER_URL": "memory://",
    }
    process = subprocess.Popen(command, env=environ, cwd=ROOT, stderr=subprocess.DEVNULL)
    address = f"http://127.0.0.1:{port}"
    try:
        deadline = time.monotonic() + 60
        while not _answers(address):
            assert process.poll() is None
            assert time.monotonic() < deadline
            time.sleep(0.1)
        yield address
    finally:
        process.terminate()
        process.wait(20)


def _answers(address: str) -> bool:
    try:
        return httpx.get(f"{address}/healthz", timeout=5, trust_env=False).status_code == 200
    except httpx.HTTPError:
        return False


def test_a_body_without_a_length_is_read_and_bounded(
    gunicorn: str, north: Brand, http: httpx.Client
) -> None:
    """Sent in chunks, as some proxies do."""
    app, limit = make_app(north, "whatsapp"), settings.WEBHOOK_MAX_BYTES
    address = gunicorn + app.webhook_path
    raw = b'{"entry": []}'

    def post(body: bytes, signature: str) -> int:
        chunks = (body[start : start + 65_536] for start in range(0, len(body), 65_536))
        headers = {"X-Hub-Signature-256": signature}
        return http.post(address, content=chunks, headers=headers).status_code

    statuses = [
        post(raw, sign(raw, app.app_secret)),
        post(raw, sign(b"", app.app_secret)),
        post(b" " * (limit + 1), sign(b" " * (limit + 1), app.app_secret)),
        post(b" " * limit, sign(b" " * limit, app.app_secret)),
    ]
    too_large = b" " * (limit + 1)
    with_length = http.post(
        address,
        content=too_large,
        headers={"X-Hub-Signature-256": sign(too_large, app.app_secret)},
    )

    assert statuses == [200, 401, 413, 200]
    assert with_length.status_code == 413
    with agency_scope(north.agency_id):
        bodies = [bytes(row.body) for row in ReceivedDelivery.objects.order_by("id")]
    assert bodies == [raw, b" " * limit]


def test_other_methods_are_refused(door: Door) -> None:
    answer = door.http.put(door.url, content=b"{}")

    assert (answer.status_code, answer.headers["Allow"]) == (405, "GET, POST")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"not json",
        b"\xff\xfe\x00",
        b'{"object": "whatsapp_business_account", "entry": [',
        b'{"entry": NaN}',
        b"[" * 100_000,
        b"7",
        b'{"object": "whatsapp_business_account"}',
    ],
    ids=["empty", "text", "bytes", "cut", "nan", "deep", "number", "no entries"],
)
def test_an_unreadable_body_with_a_valid_signature_is_accepted_and_put_aside(
    door: Door, body: bytes
) -> None:
    answer = door.post(body)
    door.stage.work()

    (row,) = door.deliveries()
    assert answer.status_code == 200
    assert (bytes(row.body), row.state) == (body, "dead")
    assert row.problem.startswith("cannot be read: ")
    with door.stage.scope():
        assert not InboundEvent.objects.exists()


def test_a_dead_letter_is_seen_by_its_agency_alone(door: Door, main: Brand) -> None:
    door.post("<b>not json</b> \u202e")
    door.stage.work()
    (row,) = door.deliveries()
    agency = door.stage.brand.agency
    olga, ada, gus = make_user("olga"), make_user("ada"), make_user("gus")
    make_member(olga, agency, "owner")
    make_member(ada, agency, "community_manager", door.stage.brand)
    make_member(gus, main.agency, "owner")

    pages = {}
    for user, workspace in ((olga, "acme"), (ada, "acme/north"), (gus, "acme"), (gus, "globex")):
        client = Client()
        client.force_login(user)
        base = f"/w/{workspace}/admin/inbox/receiveddelivery/"
        pages[user.name, workspace] = (client.get(base), client.get(f"{base}{row.pk}/change/"))

    seen, opened = pages["Olga", "acme"]
    assert (seen.status_code, opened.status_code) == (200, 200)
    assert "cannot be read: no readable JSON" in seen.content.decode()
    assert "&lt;b&gt;not json&lt;/b&gt;" in opened.content.decode()
    assert "<b>not json" not in opened.content.decode()
    assert [one.status_code for one in pages["Ada", "acme/north"]] == [403, 403]
    assert [one.status_code for one in pages["Gus", "acme"]] == [404, 404]
    listed, foreign = pages["Gus", "globex"]
    assert listed.status_code == 200
    assert "cannot be read" not in listed.content.decode()
    assert foreign.status_code in {302, 404}


def test_an_unknown_account_is_kept_until_it_is_connected(
    door: Door, caplog: pytest.LogCaptureFixture
) -> None:
    stranger = Channel("whatsapp", "PN404", door.url, door.app.app_secret)
    known = text_change("wamid.known", "Hallo", "lena")
    envelope = payloads.whatsapp_envelope(door.channel.account, changes=[known])
    unknown = text_change("wamid.stranger", "Ist da wer?", "max")
    envelope["entry"] += payloads.whatsapp_envelope(stranger.account, changes=[unknown])["entry"]

    answer = door.post(payloads.body_of(envelope))
    door.stage.work()

    (row,) = door.deliveries()
    assert answer.status_code == 200
    assert (row.state, row.problem) == ("unrouted", "no such account connected: PN404")
    assert "names an account that is not connected" in caplog.text
    with door.stage.scope():
        assert [m.external_id for m in Message.objects.all()] == ["wamid.known"]

        connect_account(
            door.stage.brand,
            app=door.app,
            external_id="PN404",
            name="Second number",
            base_url="http://127.0.0.1:9",
            access_token="token",
            actor=SETUP,
            is_sandbox=True,
        )
    with agency_scope(door.stage.brand.agency_id):
        split_again(row)
    door.stage.work()

    with door.stage.scope():
        found = Message.objects.order_by("id").values_list("external_id", "account__external_id")
        assert list(found) == [("wamid.known", "PN1"), ("wamid.stranger", "PN404")]
        assert AuditEvent.objects.filter(kind="inbox.message.received").count() == 2
    assert door.deliveries()[0].state == "split"


def test_an_account_of_another_agency_is_not_reached_with_our_secret(
    door: Door, main: Brand
) -> None:
    with brand_scope(main.pk):
        make_account(main, "whatsapp", "PN-GLOBEX", app=make_app(main, "whatsapp"))
    foreign = Channel("whatsapp", "PN-GLOBEX", door.url, door.app.app_secret)
    changes = [text_change("wamid.forged", "Ich bin nicht von Globex", "eve")]
    envelope = payloads.whatsapp_envelope(foreign.account, changes=changes)

    answer = door.post(payloads.body_of(envelope))
    door.stage.work()

    (row,) = door.deliveries()
    assert (answer.status_code, row.state) == (200, "unrouted")
    for brand in (main, door.stage.brand):
        with brand_scope(brand.pk):
            assert not InboundEvent.objects.exists()
            assert not Message.objects.exists()
    with agency_scope(main.agency_id):
        assert not ReceivedDelivery.objects.exists()


def test_an_account_of_a_sister_brand_lands_with_the_sister(door: Door, south: Brand) -> None:
    """One app of an agency may serve several of its brands: the account decides."""
    with brand_scope(south.pk):
        make_account(south, "whatsapp", "PN-SOUTH", app=door.app)
    sister = Channel("whatsapp", "PN-SOUTH", door.url, door.app.app_secret)
    changes = [text_change("wamid.south", "Hallo Süden", "max")]
    envelope = payloads.whatsapp_envelope(sister.account, changes=changes)

    door.post(payloads.body_of(envelope))
    door.stage.work()

    with brand_scope(south.pk):
        assert [e.dedupe_key for e in InboundEvent.objects.all()] == ["dm:wamid.south"]
    with door.stage.scope():
        assert not InboundEvent.objects.exists()


HOSTILE = {
    "nul": ("a\x00b", "ab"),
    "lone surrogate": ("a\ud800b", "a\ufffdb"),
    "surrogate pair": ("\ud83d\ude00", "\U0001f600"),
    "bidi": ("\u202egnp.exe\u202c \u2066x", "\u202egnp.exe\u202c \u2066x"),
    "script": ("<script>alert(1)</script>", "<script>alert(1)</script>"),
    "template": ("{{ 7*7 }} {% debug %} ${x}", "{{ 7*7 }} {% debug %} ${x}"),
    "sql": ("'; DROP TABLE inbox_message; --", "'; DROP TABLE inbox_message; --"),
    "format": ("%s %(x)s {0}", "%s %(x)s {0}"),
    "zalgo": ("Z" + "\u0301" * 500, "Z" + "\u0301" * 500),
    "100 kB": ("ä" * 51_200, "ä" * 51_200),
    "over 100 kB": ("ä" * 60_000, "ä" * 51_200),
    "newlines": ("a\r\n\tb\u2028c\x07", "a\r\n\tb\u2028c\x07"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("channel", ["whatsapp", "facebook"])
def test_hostile_text_is_stored_as_it_came(
    stage: Stage, http: httpx.Client, channel: str, name: str
) -> None:
    sent, stored = HOSTILE[name]
    door = Door(stage, http, channel)
    if channel == "whatsapp":
        row = door.deliver(text_change("wamid.bad", sent, "eve"))
    else:
        row = door.deliver(comment_change(door.channel, "1_bad", text=sent))

    with stage.scope():
        (message,) = Message.objects.filter(direction="in")
        (event,) = InboundEvent.objects.all()
        assert (row.state, event.state) == ("split", "done")
        assert message.text == stored
        assert len(message.conversation.preview) <= 160
        assert message.triages.count() == 1
        assert AuditEvent.objects.filter(kind="inbox.message.received").count() == 1


def test_hostile_text_is_shown_as_text(stage: Stage, http: httpx.Client) -> None:
    door = Door(stage, http)
    evil = "<img src=x onerror=alert(1)> \u202e</script>"
    door.deliver(text_change("wamid.bad", evil, "eve"))
    ada = make_user("ada")
    make_member(ada, stage.brand.agency, "community_manager", stage.brand)
    client = Client()
    client.force_login(ada)
    with stage.scope():
        conversation = Conversation.objects.get()

    base = "/w/acme/north/admin/inbox/conversation/"
    pages = [client.get(base), client.get(f"{base}{conversation.pk}/change/")]

    for page in pages:
        html = page.content.decode()
        assert page.status_code == 200
        assert "&lt;img src=x onerror=alert(1)&gt;" in html
        assert "<img src=x" not in html


def test_ids_beyond_all_measure_do_not_hurt_their_siblings(door: Door) -> None:
    row = door.deliver(
        text_change("w" * 600, "lange Kennung", "eve"),
        text_change("wamid.fine", "Hallo", "lena"),
        text_change("wamid.who", "langer Absender", "x" * 400),
    )

    with door.stage.scope():
        assert [m.external_id for m in Message.objects.all()] == ["wamid.fine"]
        dead = InboundEvent.objects.filter(state="dead")
        assert [(e.kind, bool(e.problem)) for e in dead] == [("malformed", True)] * 2
    assert row.state == "split"


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({}, 200, "12345"),
        ({"hub.verify_token": "wrong"}, 403, None),
        ({"hub.verify_token": ""}, 403, None),
        ({"hub.mode": "unsubscribe"}, 403, None),
        ({"hub.challenge": "<script>alert(1)</script>"}, 403, None),
    ],
    ids=["right", "wrong token", "no token", "other mode", "script"],
)
def test_the_handshake_answers_only_who_knows_the_token(
    door: Door, change: dict[str, str], status: int, text: str | None
) -> None:
    right = {
        "hub.mode": "subscribe",
        "hub.verify_token": door.app.verify_token,
        "hub.challenge": "12345",
    }

    answer = door.http.get(door.url, params=right | change)

    assert answer.status_code == status
    assert answer.text == (text or "the verify token does not match")
    assert answer.headers["Content-Type"].startswith("text/plain")


def test_a_delivery_of_a_thousand_items_is_one_delivery(stage: Stage, http: httpx.Client) -> None:
    """The networks batch up to a thousand updates."""
    door = Door(stage, http, "facebook")
    changes = [comment_change(door.channel, f"1_{n}", verb="hide") for n in range(1000)]

    answer = door.post(page_delivery(door.channel, changes).body)
    stage.work()

    with stage.scope():
        assert answer.status_code == 200
        assert InboundEvent.objects.count() == 1000
    assert [json.loads(bytes(row.body))["object"] for row in door.deliveries()] == ["page"]
