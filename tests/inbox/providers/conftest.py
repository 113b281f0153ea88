"""A running sandbox network and a webhook that takes what it posts."""

import http.server
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field

import pytest

from inbox.providers.base import AccountAccess
from inbox.providers.connectors import CONNECTORS
from inbox.providers.events import Event
from inbox.providers.facebook.client import FacebookConnector
from inbox.providers.graph import GraphClient
from inbox.providers.sandbox.client import SandboxClient
from inbox.providers.sandbox.server import SandboxServer
from inbox.providers.whatsapp.client import WhatsAppConnector

LENA = {"id": "DE.48ab", "name": "Lena", "handle": "lena.d", "phone": "49170000"}
MAX = {"id": "9001", "name": "Max D."}
QUICK = GraphClient(connect_timeout_s=2, read_timeout_s=2, total_timeout_s=3)


@dataclass
class Hook:
    """Takes webhooks; the next ones are answered with the codes in ``answers``, then 200."""

    url: str = ""
    taken: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    answers: list[int] = field(default_factory=list)

    def events(self, channel: str) -> list[Event]:
        """All events of one network, of deliveries that were signed rightly."""
        connector = CONNECTORS[channel]
        word = b'{"object":"page"' if channel == "facebook" else b'{"object":"whatsapp'
        found: list[Event] = []
        for headers, body in self.taken:
            if body.startswith(word) and connector.verify_signature(body, headers, ["app-secret"]):
                found += connector.split(body)
        return found


@pytest.fixture
def hook() -> Iterator[Hook]:
    taken = Hook()

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            code = taken.answers.pop(0) if taken.answers else 200
            if code == 200:
                taken.taken.append((dict(self.headers), body))
            self.send_response(code)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    taken.url = f"http://127.0.0.1:{server.server_address[1]}/hook/"
    yield taken
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def server() -> Iterator[SandboxServer]:
    running = SandboxServer(key="control-key")
    running.start()
    yield running
    running.stop()


@pytest.fixture
def sandbox(server: SandboxServer, hook: Hook) -> Iterator[SandboxClient]:
    """Number PN1 and page 5551 of one app; Lena has just written to both."""
    with SandboxClient(server.base_url, "control-key") as client:
        client.add_app("app1", app_secret="app-secret", verify_token="verify", webhook_url=hook.url)
        client.add_account("whatsapp", "PN1", token="token-wa", app_id="app1", name="Nordwerk")
        client.add_account("facebook", "5551", token="token-fb", app_id="app1", name="Nordwerk")
        client.say("PN1", text="Hallo", person=LENA)
        client.say("5551", text="Hallo", person=MAX)
        client.wait_until_delivered()
        hook.taken.clear()
        yield client


@pytest.fixture
def number(server: SandboxServer) -> AccountAccess:
    return AccountAccess(server.base_url, "PN1", "token-wa", "app-secret", sandbox=True)


@pytest.fixture
def page(server: SandboxServer) -> AccountAccess:
    return AccountAccess(server.base_url, "5551", "token-fb", "app-secret", sandbox=True)


@pytest.fixture
def whatsapp() -> WhatsAppConnector:
    return WhatsAppConnector(QUICK)


@pytest.fixture
def facebook() -> FacebookConnector:
    return FacebookConnector(QUICK)
