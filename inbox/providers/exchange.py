"""One JSON call over the guarded way out, and what its failure means."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx

from inbox.providers.errors import ErrorClass, PlatformFailure
from inbox.providers.network import GuardedTransport, read_bounded

ANSWER_LIMIT_BYTES = 4 * 1024 * 1024

# Nothing has left this machine yet when one of these is raised.
_NOT_SENT = (
    httpx.ConnectError,
    httpx.ConnectTimeout,
    httpx.PoolTimeout,
    httpx.UnsupportedProtocol,
    httpx.LocalProtocolError,
)


@dataclass(frozen=True, slots=True)
class Timeouts:
    """In seconds; ``total_s`` bounds the whole answer."""

    connect_s: float = 5.0
    read_s: float = 20.0
    total_s: float = 30.0


USUAL = Timeouts()


@dataclass(frozen=True, slots=True)
class Answered:
    """``data``: the JSON of the body, None if it is none."""

    status: int
    headers: Mapping[str, str]
    data: Any


def exchange(
    method: str,
    url: httpx.URL | str,
    *,
    sandbox: bool,
    headers: Mapping[str, str],
    params: Any = None,
    json_body: Any = None,
    form: Mapping[str, str] | None = None,
    timeouts: Timeouts = USUAL,
) -> Answered:
    """Whatever the server answered. ``params``: a mapping, or pairs where a name stands twice.

    Raises: PlatformFailure: TRANSIENT if nothing has left, AMBIGUOUS if it may have been done.
    """
    deadline = time.monotonic() + timeouts.total_s
    timeout = httpx.Timeout(timeouts.read_s, connect=timeouts.connect_s, pool=timeouts.connect_s)
    try:
        with (
            httpx.Client(
                transport=GuardedTransport(sandbox=sandbox),
                timeout=timeout,
                follow_redirects=False,
                trust_env=False,
            ) as client,
            client.stream(
                method,
                url,
                params=params,
                json=json_body,
                data=form,
                headers={
                    "Accept": "application/json",
                    "Accept-Encoding": "identity",
                    **headers,
                },
            ) as response,
        ):
            body = read_bounded(response, limit_bytes=ANSWER_LIMIT_BYTES, deadline=deadline)
    except _NOT_SENT as error:
        raise PlatformFailure(
            ErrorClass.TRANSIENT, "not_sent", f"{type(error).__name__}: {error}"
        ) from error
    except httpx.HTTPError as error:
        raise PlatformFailure(
            ErrorClass.AMBIGUOUS, "no_answer", f"{type(error).__name__}: {error}"
        ) from error
    try:
        data = json.loads(body)
    except (ValueError, RecursionError):
        data = None
    return Answered(response.status_code, response.headers, data)


def retry_after_s(headers: Mapping[str, str]) -> int | None:
    """Seconds told by Retry-After, at most a day; None without it."""
    plain = headers.get("retry-after", "")
    return min(int(plain[:9]), 86_400) if plain.isascii() and plain.isdigit() else None


def unreadable(status: int, retry_after: int | None = None) -> PlatformFailure:
    """The failure of an answer that says nothing in the network's own words."""
    code = f"http_{status}"
    if status == 429:
        return PlatformFailure(ErrorClass.RATE_LIMITED, code, "too many calls", retry_after)
    if 300 <= status < 500:
        return PlatformFailure(ErrorClass.INVALID, code, "answer without an error object")
    # A gateway's error page, or a success that we cannot read: it may have been done.
    return PlatformFailure(ErrorClass.AMBIGUOUS, code, "answer cannot be read", retry_after)
