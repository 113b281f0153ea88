"""A YouTube Data API of one channel on loopback: pages, statuses, units, as its documents say."""

import http.server
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlsplit

CHANNEL, REFRESH, CLIENT, SECRET = "UC1", "refresh-1", "client-1", "secret-1"
START = datetime(2026, 11, 22, 8, tzinfo=UTC)


@dataclass
class YouTubeFake:
    """``comments``: id -> snippet with "status". ``fail``: reasons of the next calls."""

    url: str = ""
    page_size: int = 100
    comments: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: list[tuple[str, dict[str, str]]] = field(default_factory=list)
    fail: list[str] = field(default_factory=list)
    access: str = "access-0"
    renewals: int = 0

    def say(self, comment_id: str, text: str, *, minutes: int = 0, parent: str = "") -> None:
        at = (START + timedelta(minutes=minutes)).isoformat().replace("+00:00", "Z")
        self.comments[comment_id] = {
            "textDisplay": text,
            "authorDisplayName": "@tom",
            "authorChannelId": {"value": "UC9"},
            "publishedAt": at,
            "updatedAt": at,
            "status": "published",
            **({"parentId": parent} if parent else {"videoId": "v1"}),
        }

    def resource(self, comment_id: str) -> dict[str, Any]:
        snippet = {k: v for k, v in self.comments[comment_id].items() if k != "status"}
        return {"id": comment_id, "snippet": snippet}

    def thread(self, comment_id: str) -> dict[str, Any]:
        below = [k for k, row in self.comments.items() if row.get("parentId") == comment_id]
        return {
            "id": comment_id,
            "snippet": {
                "channelId": CHANNEL,
                "videoId": "v1",
                "totalReplyCount": len(below),
                "topLevelComment": self.resource(comment_id),
            },
            "replies": {"comments": [self.resource(one) for one in below[:2]]},
        }

    def answer(self, method: str, resource: str, given: dict[str, str], body: Any) -> Any:
        match method, resource:
            case "GET", "commentThreads" if "id" in given:
                ids = [one for one in given["id"].split(",") if one in self.comments]
                return {"items": [self.thread(one) for one in ids]}
            case "GET", "commentThreads":
                status = given.get("moderationStatus", "published")
                tops = [
                    key
                    for key, row in self.comments.items()
                    if "parentId" not in row and row["status"] == status
                ]
                tops.sort(key=lambda key: self.comments[key]["publishedAt"], reverse=True)
                first = int(given.get("pageToken", "0"))
                page = tops[first : first + self.page_size]
                more = first + self.page_size < len(tops)
                found: dict[str, Any] = {"items": [self.thread(one) for one in page]}
                return found | ({"nextPageToken": str(first + self.page_size)} if more else {})
            case "GET", "comments" if "parentId" in given:
                below = [
                    k for k, r in self.comments.items() if r.get("parentId") == given["parentId"]
                ]
                return {"items": [self.resource(one) for one in below]}
            case "GET", "comments":
                ids = [one for one in given["id"].split(",") if one in self.comments]
                return {"items": [self.resource(one) for one in ids]}
            case "POST", "comments/setModerationStatus":
                ids = given["id"].split(",")
                assert len(ids) <= 50
                if any(one not in self.comments for one in ids):
                    return 404, "commentNotFound"
                for one in ids:
                    if self.comments[one]["status"] == "rejected":
                        return 400, "operationNotSupported"
                    self.comments[one]["status"] = given["moderationStatus"]
                return None
            case "POST", "comments":
                parent = body["snippet"]["parentId"]
                new = f"{parent}.ours{len(self.comments)}"
                self.say(new, body["snippet"]["textOriginal"], minutes=500, parent=parent)
                self.comments[new]["authorChannelId"] = {"value": CHANNEL}
                return self.resource(new)
            case "GET", "channels":
                return {"items": [{"id": CHANNEL, "snippet": {"title": "Nordwerk"}}]}
        return 404, "notFound"


@contextmanager
def running_youtube() -> Iterator[YouTubeFake]:
    fake = YouTubeFake()

    class Handler(http.server.BaseHTTPRequestHandler):
        def _do(self) -> None:
            parts = urlsplit(self.path)
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            status, answer = self._answer(parts.path, dict(parse_qsl(parts.query)), raw)
            out = b"" if answer is None else json.dumps(answer).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(out)))
            self.end_headers()
            self.wfile.write(out)

        def _answer(self, path: str, given: dict[str, str], raw: bytes) -> tuple[int, Any]:
            if path == "/token":
                form = dict(parse_qsl(raw.decode()))
                if (form["refresh_token"], form["client_id"], form["client_secret"]) != (
                    REFRESH,
                    CLIENT,
                    SECRET,
                ):
                    return 400, {"error": "invalid_grant"}
                fake.renewals += 1
                fake.access = f"access-{fake.renewals}"
                return 200, {"access_token": fake.access, "expires_in": 3600}
            resource = path.removeprefix("/youtube/v3/")
            if self.headers["Authorization"] != f"Bearer {fake.access}":
                return 401, _error("authError")
            fake.calls.append((resource, given))
            if fake.fail and (reason := fake.fail.pop(0)):
                return 403, _error(reason)
            answer = fake.answer(self.command, resource, given, json.loads(raw) if raw else None)
            if isinstance(answer, tuple):
                return answer[0], _error(answer[1])
            return (204, None) if answer is None else (200, answer)

        do_GET = do_POST = _do  # noqa: N815 -- names of http.server

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


def _error(reason: str) -> dict[str, Any]:
    return {"error": {"code": 403, "message": reason, "errors": [{"reason": reason}]}}
