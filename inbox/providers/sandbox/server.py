"""HTTP in front of the sandbox network."""

import hmac
import json
import logging
import threading
import time
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, override
from urllib.parse import parse_qsl, urlsplit

from inbox.providers.sandbox import KEY_HEADER, facebook_api, whatsapp_api
from inbox.providers.sandbox.control import Control
from inbox.providers.sandbox.delivery import Deliverer
from inbox.providers.sandbox.graph_api import (
    Refused,
    Reply,
    Request,
    authenticated,
    check_faults,
    parse_path,
)
from inbox.providers.sandbox.world import open_world

log = logging.getLogger(__name__)

BODY_LIMIT_BYTES = 4 * 1024 * 1024
CONTROL_PREFIX = "/_control/"


class SandboxServer:
    """The running network. ``key`` opens the control side; ``data`` is its journal, if any.

    Raises: OSError (port taken), ValueError (journal cannot be read).
    """

    def __init__(
        self, *, key: str, host: str = "127.0.0.1", port: int = 0, data: Path | None = None
    ) -> None:
        if not key:
            raise ValueError("the control side needs a key")
        self.key = key
        self._http = _Http((host, port), _Handler)
        try:
            self.world = open_world(data)
        except BaseException:
            self._http.server_close()
            raise
        self._http.sandbox = self
        self.deliverer = Deliverer(self.world)
        self.control = Control(self.world, self.deliverer)
        self._thread = threading.Thread(target=self.serve, name="sandbox-http", daemon=True)

    @property
    def base_url(self) -> str:
        """Where it listens, without a slash at the end."""
        host, port = self._http.server_address[:2]
        return f"http://{host!s}:{port}"

    def serve(self) -> None:
        """Blocks until ``stop``."""
        self._http.serve_forever(poll_interval=0.1)

    def start(self, *, in_background: bool = True) -> None:
        """Begin to deliver webhooks and to answer; in the foreground this blocks."""
        self.deliverer.start()
        if in_background:
            self._thread.start()
        else:
            self.serve()

    def stop(self) -> None:
        """Ends cleanly; what was not delivered stays in the journal."""
        self._http.shutdown()
        self._http.server_close()
        self.deliverer.stop()
        with self.world.lock:
            if self.world.journal is not None:
                self.world.journal.close()
                self.world.journal = None

    def graph(self, request: Request) -> Reply:
        """One call of a network's API, with its refusals as replies."""
        try:
            node, edge = parse_path(request.path)
            account = authenticated(self.world, request)
            check_faults(self.world, account)
            answer = whatsapp_api.answer if account.channel == "whatsapp" else facebook_api.answer
            return answer(self.world, self.deliverer, account, request, node, edge)
        except Refused as refused:
            return Reply(refused.status, {"error": refused.error}, refused.headers)


class _Http(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 128
    sandbox: SandboxServer

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        log.debug("connection of %s broke off", client_address, exc_info=True)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    timeout = 30
    server: _Http

    @override
    def log_message(self, format: str, *args: Any) -> None:
        log.debug(format, *args)

    def do_GET(self) -> None:
        self._answer("GET")

    def do_POST(self) -> None:
        self._answer("POST")

    def do_DELETE(self) -> None:
        self._answer("DELETE")

    def _answer(self, method: str) -> None:
        address = urlsplit(self.path)
        values: dict[str, Any] = dict(parse_qsl(address.query))
        try:
            values |= self._body_values()
        except ValueError as error:
            self.close_connection = True
            self._send(Reply(400, {"error": {"code": 100, "message": str(error)}}))
            return
        if address.path == "/healthz":
            self._send(Reply(200, {"ok": True}))
        elif address.path.startswith(CONTROL_PREFIX):
            self._control(method, address.path.removeprefix(CONTROL_PREFIX), values)
        else:
            bearer = self.headers.get("Authorization", "").removeprefix("Bearer ").strip()
            self._send(self.server.sandbox.graph(Request(method, address.path, values, bearer)))

    def _control(self, method: str, name: str, values: dict[str, Any]) -> None:
        sandbox = self.server.sandbox
        given = self.headers.get(KEY_HEADER, "")
        if not hmac.compare_digest(given.encode(), sandbox.key.encode()):
            self._send(Reply(403, {"error": f"{KEY_HEADER} is missing or wrong"}))
            return
        status, data = sandbox.control.answer(method, name, values)
        self._send(Reply(status, data))

    def _body_values(self) -> dict[str, Any]:
        """JSON object or form of the body. Raises: ValueError."""
        length = int(self.headers.get("Content-Length") or 0)
        if not 0 <= length <= BODY_LIMIT_BYTES:
            raise ValueError("body is too large")
        body = self.rfile.read(length)
        if not body:
            return {}
        if "json" not in self.headers.get("Content-Type", ""):
            return dict(parse_qsl(body.decode(), keep_blank_values=True))
        values = json.loads(body)
        if not isinstance(values, dict):
            raise ValueError("body is no JSON object")
        return values

    def _send(self, reply: Reply) -> None:
        if reply.is_dropped:
            time.sleep(reply.hold_s)
            self.close_connection = True
            return
        content = json.dumps(reply.data).encode() if reply.content is None else reply.content
        self.send_response(reply.status)
        kind = "application/json" if reply.content is None else "text/html"
        for name, value in {
            "Content-Type": f"{kind}; charset=utf-8",
            "Content-Length": str(len(content)),
            **reply.headers,
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(content)
