"""Decision to network: from a moderator's "hide" to the call that reaches the network.

Measured: a real worker and schedule, started as ``make run`` starts them, with the real broker, and
a web server on loopback in place of the network, which notes when a call arrives. A moderator opens
and hides one comment after another, a statement of reasons each. The undo window is nought: it is a
wait by choice.

Baseline: the same call made by hand, without queue, ledger or gate.
"""

import json
import statistics
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Final

import httpx
from django.conf import settings
from django.utils import timezone

from bench.brand import Connected, connected_brand
from bench.fairness import running_worker
from bench.report import Options, Result
from inbox.models import ChannelAccount, Contact, ContactHandle, Conversation, Message
from moderation.choices import Action
from moderation.domain import cases, decisions
from tenants.domain.agencies import install_roles, role_of
from tenants.models import Membership, User
from tenants.scope import brand_scope

TARGET_MS: Final = 1000.0
PATIENCE_S: Final = 30.0


def measure(options: Options) -> list[Result]:
    count = 30 if options.quick else 200
    settings.MODERATION_UNDO_S = 0
    to = connected_brand()
    moderator = _moderator(to)
    with network() as (address, arrived), running_worker():
        with brand_scope(to.brand.pk):
            ChannelAccount.objects.update(base_url=address)
            comments = [_comment(to, number) for number in range(count + 5)]
        for comment in comments[:5]:  # imports, models, plans
            _hidden_after(comment, moderator, to, arrived)
        took = [_hidden_after(one, moderator, to, arrived) for one in comments[5:]]
    with network() as (address, arrived), httpx.Client() as client:
        bare = [_call(client, address, number, arrived) for number in range(count)]
    p95 = statistics.quantiles(took, n=20)[-1]
    return [
        Result(
            "decision to network, p95",
            p95,
            "ms",
            statistics.quantiles(bare, n=20)[-1],
            statistics.median(took) / statistics.median(bare),
            target=f"under {TARGET_MS:.0f} ms",
            is_met=p95 < TARGET_MS,
            notes=[
                f"median {statistics.median(took):.0f} ms, worst {max(took):.0f} ms, {count}"
                " comments one after another, undo window 0 s"
            ],
        )
    ]


@contextmanager
def network() -> Iterator[tuple[str, dict[str, float]]]:
    """An address that takes every call, and when each path was asked for first."""
    arrived: dict[str, float] = {}
    answer = json.dumps({"success": True, "id": "1", "message_id": "m", "recipient_id": "1"})

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            name = self.path.partition("?")[0].rpartition("/")[2]
            arrived.setdefault(name, time.perf_counter())
            self.rfile.read(int(self.headers.get("Content-Length") or 0))
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(answer)))
            self.end_headers()
            self.wfile.write(answer.encode())

        def log_message(self, *_args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}", arrived
    finally:
        server.shutdown()
        server.server_close()


def _comment(to: Connected, number: int) -> Message:
    """A comment that waits in the queue."""
    now, account = timezone.now(), to.accounts["facebook"]
    contact = Contact.objects.create(
        brand=to.brand, name=f"Person {number}", first_seen_at=now, last_seen_at=now
    )
    ContactHandle.objects.create(
        brand=to.brand, contact=contact, channel="facebook", external_id=f"person{number}"
    )
    conversation = Conversation.objects.create(
        brand=to.brand,
        account=account,
        contact=contact,
        kind="comment",
        thread_key=f"thread{number}",
        last_message_at=now,
        last_inbound_at=now,
    )
    message = Message.objects.create(
        brand=to.brand,
        account=account,
        conversation=conversation,
        direction="in",
        external_id=f"comment{number}",
        text="Ihr seid Vollidioten",
        occurred_at=now,
        received_at=now,
    )
    due = now + timedelta(hours=4)
    cases.open_case(message, category="insult", severity=2, due_at=due, now=now)
    return message


def _hidden_after(
    message: Message, moderator: User, to: Connected, arrived: dict[str, float]
) -> float:
    """Milliseconds from the moderator's word to the network's ear."""
    with brand_scope(to.brand.pk):
        case = cases.take(message.cases.get(), actor=moderator)
        began = time.perf_counter()
        decisions.decide(case, action=Action.HIDE, reason="Beleidigung.", actor=moderator)
    return _waited(str(message.external_id), began, arrived)


def _call(client: httpx.Client, address: str, number: int, arrived: dict[str, float]) -> float:
    began = time.perf_counter()
    client.post(f"{address}/bare{number}", data={"is_hidden": "true"})
    return _waited(f"bare{number}", began, arrived)


def _waited(name: str, began: float, arrived: dict[str, float]) -> float:
    while name not in arrived:
        if time.perf_counter() - began > PATIENCE_S:
            raise RuntimeError(f"{name} did not reach the network within {PATIENCE_S:.0f} s")
        time.sleep(0.002)
    return (arrived[name] - began) * 1000


def _moderator(to: Connected) -> User:
    install_roles(to.brand.agency)
    user = User.objects.create_user("mo@acme.test", None, name="Mo")
    role = role_of(to.brand.agency, "moderator")
    Membership.objects.create(user=user, agency=to.brand.agency, brand=to.brand, role=role)
    return user
