"""A Graph API of a few comments, as the vendor's pages describe it, on loopback."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, urlsplit

from inbox.providers.meta import appsecret_proof

ACCOUNT, TOKEN, SECRET = "17840001", "token-ig", "app-secret"


@dataclass
class GraphFake:
    """``comments``: id -> {"text", "hidden", "from", "parent"}; ``calls``: method and path."""

    url: str = ""
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[str] = field(default_factory=list)
    messages: list[dict[str, Any]] = field(default_factory=list)

    def answer(self, method: str, path: list[str], body: dict[str, Any]) -> tuple[int, Any]:
        target, edge = path[1], path[2] if len(path) > 2 else ""
        if (target, edge) == (ACCOUNT, "messages"):
            self.messages.append(body)
            return 200, {"recipient_id": "88110022", "message_id": "mid-1"}
        if target == ACCOUNT:
            return 200, {"id": ACCOUNT, "username": "nordwerk"}
        comment = self.comments.get(target)
        if comment is None:
            return 400, _error(100, 33)
        if edge == "replies" and method == "POST":
            if comment["hidden"]:
                return 400, _error(100, 0)
            new = f"{target}-r{len(self.comments)}"
            self.comments[new] = _comment(body["message"], ACCOUNT, parent=target)
            return 200, {"id": new}
        if edge == "replies":
            rows = [
                {"id": key, "text": row["text"], "from": {"id": row["from"]}}
                for key, row in self.comments.items()
                if row["parent"] == target
            ]
            return 200, {"data": rows}
        if method == "DELETE":
            del self.comments[target]
            return 200, {"success": True}
        if method == "POST":
            assert set(body) == {"hide"}
            comment["hidden"] = body["hide"]
            return 200, {"success": True}
        return 200, {"id": target, "hidden": comment["hidden"]}


def _comment(text: str, author: str, *, parent: str = "") -> dict[str, Any]:
    return {"text": text, "from": author, "hidden": False, "parent": parent}


def _error(code: int, subcode: int) -> dict[str, Any]:
    return {"error": {"message": "no", "code": code, "error_subcode": subcode}}


@contextmanager
def running_graph() -> Iterator[GraphFake]:
    """One comment, ``179001``, by somebody else."""
    fake = GraphFake(comments={"179001": _comment("Preis?", "88110022")})

    class Handler(http.server.BaseHTTPRequestHandler):
        def _do(self) -> None:
            parts = urlsplit(self.path)
            length = int(self.headers.get("Content-Length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            proof = parse_qs(parts.query).get("appsecret_proof")
            signed = self.headers["Authorization"] == f"Bearer {TOKEN}"
            fake.calls.append(f"{self.command} {parts.path}")
            if not signed or proof != [appsecret_proof(SECRET, TOKEN)]:
                status, answer = 401, _error(190, 460)
            else:
                status, answer = fake.answer(self.command, parts.path.strip("/").split("/"), body)
            raw = json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(raw)))
            self.end_headers()
            self.wfile.write(raw)

        do_GET = do_POST = do_DELETE = _do  # noqa: N815 -- names of http.server

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, args=(0.05,), daemon=True)
    thread.start()
    fake.url = f"http://127.0.0.1:{server.server_address[1]}"
    yield fake
    server.shutdown()
    server.server_close()
    thread.join()
