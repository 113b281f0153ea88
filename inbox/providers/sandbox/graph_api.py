"""The part of the Graph API that the sandbox network speaks, with its refusals."""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from inbox.providers.meta import appsecret_proof
from inbox.providers.sandbox.world import Account, World

_PATH = re.compile(r"/(v\d+\.\d+)/([^/]+)(?:/([a-z_]+))?")


@dataclass(frozen=True, slots=True)
class Request:
    """A call as the server received it. ``values``: query and body (JSON or form) in one."""

    method: str
    path: str
    values: Mapping[str, Any]
    bearer: str = ""


@dataclass(slots=True)
class Reply:
    """What goes back. ``is_dropped``: accepted, but the caller never gets to know."""

    status: int
    data: dict[str, Any]
    headers: dict[str, str] = field(default_factory=dict)
    is_dropped: bool = False
    hold_s: float = 0.0
    content: bytes | None = None


class Refused(Exception):
    """An error in the form of the Graph API."""

    def __init__(
        self, status: int, code: int, message: str, subcode: int = 0, **extra: Any
    ) -> None:
        super().__init__(message)
        self.status = status
        self.headers: dict[str, str] = extra.pop("headers", {})
        self.error: dict[str, Any] = {
            "message": f"(#{code}) {message}",
            "type": "OAuthException",
            "code": code,
            "fbtrace_id": "sandbox",
            **extra,
        }
        if subcode:
            self.error["error_subcode"] = subcode


def not_found(object_id: str) -> Refused:
    """A missing object and a foreign one look the same."""
    return Refused(400, 100, f"Object with ID '{object_id}' does not exist or cannot be loaded", 33)


def parse_path(path: str) -> tuple[str, str]:
    """Object id and edge ("" without). Raises: Refused."""
    match = _PATH.fullmatch(path)
    if match is None:
        raise Refused(404, 2500, "Unknown path components")
    return match[2], match[3] or ""


def authenticated(world: World, request: Request) -> Account:
    """The account whose token this is. Raises: Refused (190 bad token, 100 bad proof)."""
    token = request.bearer or str(request.values.get("access_token", ""))
    with world.lock:
        account = next((one for one in world.accounts.values() if one.token == token), None)
    if account is None or not token:
        raise Refused(401, 190, "Invalid OAuth access token", 467)
    app = world.apps[account.app_id]
    if request.values.get("appsecret_proof") != appsecret_proof(app.app_secret, token):
        raise Refused(400, 100, "Invalid appsecret_proof provided in the API argument")
    return account


def check_faults(world: World, account: Account) -> None:
    """Faults and limits that stop a call before it has any effect. Raises: Refused."""
    if world.take_fault("http_500", account.account_id) is not None:
        raise Refused(500, 2, "Service temporarily unavailable", is_transient=True)
    limited = world.take_fault("rate_limit", account.account_id) is not None
    if world.is_over_limit(account) or limited:
        code = 130429 if account.channel == "whatsapp" else 613
        raise Refused(429, code, "Rate limit hit", headers={"Retry-After": "2"})


def text_of(values: Mapping[str, Any], *path: str) -> str:
    """The string at ``path``; "" for anything else."""
    current: Any = values
    for key in path:
        current = current.get(key) if isinstance(current, Mapping) else None
    return current if isinstance(current, str) else ""


def number_of(values: Mapping[str, Any], key: str, default: int) -> int:
    """A whole number, also in digits; ``default`` for anything else."""
    value = str(values.get(key, ""))[:9]
    return int(value) if value.isascii() and value.isdigit() else default


def truth_of(values: Mapping[str, Any], key: str) -> bool | None:
    """A JSON boolean or the form words true and false; None for anything else."""
    value = values.get(key)
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value) if isinstance(value, str) else None


def finished(world: World, account: Account, data: dict[str, Any]) -> Reply:
    """A success, unless a fault swallows the answer after the call took effect."""
    fault = world.take_fault("timeout_after_accept", account.account_id)
    if fault is not None:
        return Reply(200, data, is_dropped=True, hold_s=fault.hold_s)
    if world.take_fault("bad_gateway", account.account_id) is not None:
        return Reply(502, {}, content=b"<html><body>502 Bad Gateway</body></html>")
    used = len(world.calls.get(account.account_id, []))
    share = 100 * used // account.calls_per_minute if account.calls_per_minute else 0
    return Reply(200, data, headers={"X-App-Usage": f'{{"call_count":{min(share, 100)}}}'})
