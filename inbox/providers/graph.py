"""One call to the Graph API: proof, limits, and what its answer means."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

import httpx

from inbox.providers.base import AccountAccess
from inbox.providers.errors import ErrorClass, PlatformFailure
from inbox.providers.exchange import Answered, Timeouts, exchange, retry_after_s, unreadable
from inbox.providers.meta import appsecret_proof, failure_from
from inbox.providers.network import checked_base_url

_ID = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.:=-]{0,255}")
_VERSION = re.compile(r"v\d{1,3}\.\d{1,2}")


@dataclass(frozen=True, slots=True)
class Answer:
    """A successful answer. ``usage_pct``: highest rate-limit use told in its headers."""

    data: dict[str, Any]
    usage_pct: int | None


@dataclass(frozen=True, slots=True)
class GraphClient:
    """Speaks to one account's API. Timeouts are in seconds; ``total`` bounds the whole answer."""

    connect_timeout_s: float = 5.0
    read_timeout_s: float = 20.0
    total_timeout_s: float = 30.0

    def get(
        self,
        account: AccountAccess,
        *path: str,
        params: Mapping[str, str] | None = None,
        codes: Mapping[int, ErrorClass] | None = None,
    ) -> Answer:
        """Raises: PlatformFailure, never AMBIGUOUS: reading changes nothing."""
        try:
            return self._call(
                account, "GET", path, params=params or {}, json_body=None, codes=codes
            )
        except PlatformFailure as failure:
            if failure.error_class is ErrorClass.AMBIGUOUS:
                raise PlatformFailure(
                    ErrorClass.TRANSIENT, failure.code, failure.message, failure.retry_after_s
                ) from failure
            raise

    def post(
        self,
        account: AccountAccess,
        *path: str,
        json_body: Mapping[str, Any],
        codes: Mapping[int, ErrorClass] | None = None,
    ) -> Answer:
        """Raises: PlatformFailure."""
        return self._call(account, "POST", path, params={}, json_body=json_body, codes=codes)

    def delete(self, account: AccountAccess, *path: str) -> Answer:
        """Raises: PlatformFailure."""
        return self._call(account, "DELETE", path, params={}, json_body=None, codes=None)

    def _call(
        self,
        account: AccountAccess,
        method: str,
        path: tuple[str, ...],
        *,
        params: Mapping[str, str],
        json_body: Mapping[str, Any] | None,
        codes: Mapping[int, ErrorClass] | None,
    ) -> Answer:
        proof = {"appsecret_proof": appsecret_proof(account.app_secret, account.token)}
        answered = exchange(
            method,
            _url(account, path),
            sandbox=account.sandbox,
            params={**params, **proof},
            json_body=json_body,
            # In a header, because addresses end up in logs.
            headers={"Authorization": f"Bearer {account.token}"},
            timeouts=Timeouts(self.connect_timeout_s, self.read_timeout_s, self.total_timeout_s),
        )
        return _read(answered, codes)


# A person waits for the answer.
_LOOK = GraphClient(connect_timeout_s=3.0, read_timeout_s=5.0, total_timeout_s=6.0)


def look_at(account: AccountAccess, fields: str = "") -> str:
    """What the network calls the account; at most six seconds. Raises: PlatformFailure."""
    params = {"fields": fields} if fields else None
    data = _LOOK.get(account, account.account_id, params=params).data
    told = data.get("verified_name") or data.get("name") or data.get("username")
    return str(told or "")


def _url(account: AccountAccess, path: tuple[str, ...]) -> httpx.URL:
    """Ids come from webhooks, so none may change the way. Raises: PlatformFailure(INVALID)."""
    base = checked_base_url(account.base_url, sandbox=account.sandbox)
    if not _VERSION.fullmatch(account.version):
        raise PlatformFailure(ErrorClass.INVALID, "bad_version", f"{account.version!r}")
    for part in path:
        if not _ID.fullmatch(part):
            raise PlatformFailure(ErrorClass.INVALID, "bad_id", f"{part[:80]!r} is no id")
    parts = "/".join(quote(part, safe="") for part in (account.version, *path))
    return base.copy_with(raw_path=f"{base.path.rstrip('/')}/{parts}".encode())


def _read(answered: Answered, codes: Mapping[int, ErrorClass] | None) -> Answer:
    data, wait_s = answered.data, retry_after(answered.headers)
    if isinstance(data, dict) and isinstance(data.get("error"), dict):
        raise failure_from(data["error"], retry_after_s=wait_s, by_code=codes)
    if 200 <= answered.status < 300 and isinstance(data, dict):
        return Answer(data, usage_pct(answered.headers))
    raise unreadable(answered.status, wait_s)


def retry_after(headers: Mapping[str, str]) -> int | None:
    """Seconds until another try makes sense, from Retry-After or Meta's usage header."""
    plain_s = retry_after_s(headers)
    if plain_s is not None:
        return plain_s
    minutes = [
        value
        for key, value in _usage_numbers(headers.get("x-business-use-case-usage", ""))
        if key == "estimated_time_to_regain_access" and value > 0
    ]
    return min(int(max(minutes) * 60), 86_400) if minutes else None


def usage_pct(headers: Mapping[str, str]) -> int | None:
    """Highest percentage in the usage headers, None without them."""
    found = [
        value
        for name in ("x-app-usage", "x-business-use-case-usage")
        for key, value in _usage_numbers(headers.get(name, ""))
        if key in ("call_count", "total_cputime", "total_time")
    ]
    return int(max(found)) if found else None


def _usage_numbers(text: str) -> list[tuple[str, float]]:
    """All numbers with their key, from {k: n} or {account: [{k: n}, …]}."""
    try:
        data = json.loads(text) if text else {}
    except (ValueError, RecursionError):
        return []
    if not isinstance(data, dict):
        return []
    rows = [data]
    for value in data.values():
        if isinstance(value, list):
            rows += [row for row in value if isinstance(row, dict)]
    return [
        (key, float(value))
        for row in rows
        for key, value in row.items()
        if isinstance(value, int | float) and not isinstance(value, bool)
    ]
