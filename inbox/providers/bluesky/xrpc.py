"""One call to an account's own server (PDS): session, and what its answer means.

Source: AT Protocol XRPC and ``com.atproto.server`` lexicons, 2026-08. Calls of ``app.bsky`` are
passed on by the server to the AppView.
"""

import hashlib
import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import httpx

from inbox.providers.base import AccountAccess
from inbox.providers.errors import ErrorClass, PlatformFailure
from inbox.providers.events import storable
from inbox.providers.exchange import USUAL, Answered, Timeouts, exchange, retry_after_s, unreadable
from inbox.providers.network import checked_base_url

_BY_NAME: dict[str, ErrorClass] = {
    "AuthenticationRequired": ErrorClass.AUTH_EXPIRED,
    "AuthMissing": ErrorClass.AUTH_EXPIRED,
    "InvalidToken": ErrorClass.AUTH_EXPIRED,
    "ExpiredToken": ErrorClass.AUTH_EXPIRED,
    "AccountNotFound": ErrorClass.AUTH_EXPIRED,
    "AccountTakedown": ErrorClass.POLICY,
    "AccountDeactivated": ErrorClass.POLICY,
    "RateLimitExceeded": ErrorClass.RATE_LIMITED,
    "RecordNotFound": ErrorClass.TARGET_GONE,
    "NotFound": ErrorClass.TARGET_GONE,
    "InvalidSwap": ErrorClass.TRANSIENT,
    "UpstreamFailure": ErrorClass.TRANSIENT,
    "UpstreamTimeout": ErrorClass.TRANSIENT,
}
_EXPIRED = frozenset({"ExpiredToken", "InvalidToken", "AuthMissing"})
_LOCK = threading.Lock()


@dataclass(frozen=True, slots=True)
class _Session:
    """``server``: where the account really lives, told at sign-in."""

    access: str
    refresh: str
    server: str


_sessions: dict[str, _Session] = {}


def query(
    account: AccountAccess,
    name: str,
    params: Mapping[str, str | Sequence[str]],
    *,
    timeouts: Timeouts = USUAL,
) -> dict[str, Any]:
    """Reads. Raises: PlatformFailure, never AMBIGUOUS."""
    pairs = [
        (key, one)
        for key, value in params.items()
        for one in ([value] if isinstance(value, str) else value)
    ]
    try:
        return _call(account, "GET", name, params=pairs, body=None, timeouts=timeouts)
    except PlatformFailure as failure:
        raise _read_only(failure) from failure


def procedure(
    account: AccountAccess, name: str, body: Mapping[str, Any], *, timeouts: Timeouts = USUAL
) -> dict[str, Any]:
    """Writes. Raises: PlatformFailure."""
    return _call(account, "POST", name, params=None, body=body, timeouts=timeouts)


def resolve_handle(base_url: str, handle: str, *, sandbox: bool, timeouts: Timeouts) -> str:
    """The DID behind a handle. Raises: PlatformFailure."""
    name = "com.atproto.identity.resolveHandle"
    try:
        answered = exchange(
            "GET",
            _url(base_url, name, sandbox=sandbox),
            sandbox=sandbox,
            headers={},
            params={"handle": handle},
            timeouts=timeouts,
        )
    except PlatformFailure as failure:
        raise _read_only(failure) from failure
    data = _data(answered.status, answered.data, answered.headers)
    return str(data.get("did") or "")


def _call(
    account: AccountAccess,
    method: str,
    name: str,
    *,
    params: Any,
    body: Mapping[str, Any] | None,
    timeouts: Timeouts,
) -> dict[str, Any]:
    session = _session(account, timeouts)
    answered = _with_session(account, session, method, name, params, body, timeouts)
    if _error_name(answered.data) in _EXPIRED:
        session = _renewed(account, session, timeouts)
        answered = _with_session(account, session, method, name, params, body, timeouts)
    return _data(answered.status, answered.data, answered.headers)


def _with_session(
    account: AccountAccess,
    session: _Session,
    method: str,
    name: str,
    params: Any,
    body: Mapping[str, Any] | None,
    timeouts: Timeouts,
) -> Answered:
    return exchange(
        method,
        _url(session.server, name, sandbox=account.sandbox),
        sandbox=account.sandbox,
        params=params,
        json_body=body,
        headers={"Authorization": f"Bearer {session.access}"},
        timeouts=timeouts,
    )


def _data(status: int, data: Any, headers: Mapping[str, str]) -> dict[str, Any]:
    if 200 <= status < 300:
        return data if isinstance(data, dict) else {}
    wait_s = retry_after_s(headers)
    name = _error_name(data)
    if not name:
        raise unreadable(status, wait_s)
    kind = _BY_NAME.get(name)
    if kind is None:
        if status == 429:
            kind = ErrorClass.RATE_LIMITED
        else:
            kind = ErrorClass.AMBIGUOUS if status >= 500 else ErrorClass.INVALID
    raise PlatformFailure(kind, name[:60], storable(str(data.get("message", "")))[:1000], wait_s)


def _error_name(data: Any) -> str:
    name = data.get("error") if isinstance(data, dict) else None
    return name if isinstance(name, str) else ""


def _url(base_url: str, name: str, *, sandbox: bool) -> httpx.URL:
    base = checked_base_url(base_url, sandbox=sandbox)
    return base.copy_with(raw_path=f"{base.path.rstrip('/')}/xrpc/{name}".encode())


def _key(account: AccountAccess) -> str:
    text = f"{account.base_url}|{account.account_id}|{account.token}"
    return hashlib.sha256(text.encode()).hexdigest()


def _session(account: AccountAccess, timeouts: Timeouts) -> _Session:
    """The process's own; signing in is rationed (30 in five minutes), so it is kept."""
    with _LOCK:
        kept = _sessions.get(_key(account))
        return kept or _sign_in(account, timeouts)


def _renewed(account: AccountAccess, used: _Session, timeouts: Timeouts) -> _Session:
    with _LOCK:
        kept = _sessions.get(_key(account))
        if kept is not None and kept.access != used.access:
            return kept  # another thread was faster
        try:
            return _open(account, "com.atproto.server.refreshSession", None, used.refresh, timeouts)
        except PlatformFailure as failure:
            if failure.error_class is not ErrorClass.AUTH_EXPIRED:
                raise
        return _sign_in(account, timeouts)


def _sign_in(account: AccountAccess, timeouts: Timeouts) -> _Session:
    body = {"identifier": account.account_id, "password": account.token}
    return _open(account, "com.atproto.server.createSession", body, "", timeouts)


def _open(
    account: AccountAccess,
    name: str,
    body: Mapping[str, Any] | None,
    bearer: str,
    timeouts: Timeouts,
) -> _Session:
    try:
        answered = exchange(
            "POST",
            _url(account.base_url, name, sandbox=account.sandbox),
            sandbox=account.sandbox,
            json_body=body,
            headers={"Authorization": f"Bearer {bearer}"} if bearer else {},
            timeouts=timeouts,
        )
        data = _data(answered.status, answered.data, answered.headers)
    except PlatformFailure as failure:  # the call that wanted the session was not made
        raise _read_only(failure) from failure
    access, refresh = data.get("accessJwt"), data.get("refreshJwt")
    if not isinstance(access, str) or not isinstance(refresh, str):
        raise PlatformFailure(ErrorClass.TRANSIENT, "no_session", "answer has no session")
    if data.get("did") != account.account_id:
        raise PlatformFailure(ErrorClass.PERMISSION, "other_account", "the password is another's")
    session = _Session(access, refresh, _server(account, data))
    _sessions[_key(account)] = session
    return session


def _server(account: AccountAccess, data: Mapping[str, Any]) -> str:
    """Where the account's own document says that it lives; checked like any typed address."""
    document = data.get("didDoc")
    services = document.get("service") if isinstance(document, dict) else None
    for one in services if isinstance(services, list) else []:
        if isinstance(one, dict) and str(one.get("id", "")).endswith("#atproto_pds"):
            found = one.get("serviceEndpoint")
            if isinstance(found, str):
                checked_base_url(found, sandbox=account.sandbox)
                return found
    return account.base_url


def _read_only(failure: PlatformFailure) -> PlatformFailure:
    if failure.error_class is not ErrorClass.AMBIGUOUS:
        return failure
    return PlatformFailure(
        ErrorClass.TRANSIENT, failure.code, failure.message, failure.retry_after_s
    )
