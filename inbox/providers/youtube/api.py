"""One call to the YouTube Data API: signing in, units, and what its answer means.

Source: YouTube Data API v3, discovery revision 20261104; its error reference; Google OAuth 2.0 for
web server applications (refresh of an access token).
"""

import hashlib
import threading
import time
from collections.abc import Mapping
from typing import Any

from inbox.providers.base import AccountAccess
from inbox.providers.errors import ErrorClass, PlatformFailure
from inbox.providers.events import storable
from inbox.providers.exchange import USUAL, Timeouts, exchange, retry_after_s, unreadable
from inbox.providers.network import checked_base_url

TOKEN_URL = "https://oauth2.googleapis.com/token"  # noqa: S105 -- an address
RENEW_BEFORE_S = 120

_BY_REASON: dict[str, ErrorClass] = {
    "authError": ErrorClass.AUTH_EXPIRED,
    "required": ErrorClass.AUTH_EXPIRED,
    "invalidCredentials": ErrorClass.AUTH_EXPIRED,
    "quotaExceeded": ErrorClass.RATE_LIMITED,
    "dailyLimitExceeded": ErrorClass.RATE_LIMITED,
    "rateLimitExceeded": ErrorClass.RATE_LIMITED,
    "userRateLimitExceeded": ErrorClass.RATE_LIMITED,
    "userRequestsExceedRateLimit": ErrorClass.RATE_LIMITED,
    "forbidden": ErrorClass.PERMISSION,
    "insufficientPermissions": ErrorClass.PERMISSION,
    "accountDelegationForbidden": ErrorClass.PERMISSION,
    "authenticatedUserAccountClosed": ErrorClass.POLICY,
    "authenticatedUserAccountSuspended": ErrorClass.POLICY,
    "commentsDisabled": ErrorClass.INVALID,
    "processingFailure": ErrorClass.TRANSIENT,
    "backendError": ErrorClass.TRANSIENT,
    "commentNotFound": ErrorClass.TARGET_GONE,
    "videoNotFound": ErrorClass.TARGET_GONE,
    "parentCommentNotFound": ErrorClass.TARGET_GONE,
}
_lock = threading.Lock()
_tokens: dict[str, tuple[str, float]] = {}


def call(
    account: AccountAccess,
    method: str,
    resource: str,
    *,
    params: Mapping[str, str],
    json_body: Mapping[str, Any] | None = None,
    timeouts: Timeouts = USUAL,
) -> dict[str, Any]:
    """``resource``: "commentThreads", "comments/setModerationStatus", … An expired access token is
    renewed once. Raises: PlatformFailure; of reading never AMBIGUOUS."""
    base = checked_base_url(account.base_url, sandbox=account.sandbox)
    url = base.copy_with(raw_path=f"{base.path.rstrip('/')}/youtube/v3/{resource}".encode())
    try:
        for is_last in (False, True):
            token = _access_token(account, renew=is_last, timeouts=timeouts)
            answered = exchange(
                method,
                url,
                sandbox=account.sandbox,
                params=params,
                json_body=json_body,
                headers={"Authorization": f"Bearer {token}"},
                timeouts=timeouts,
            )
            if answered.status == 401 and not is_last:
                continue
            if 200 <= answered.status < 300:
                return answered.data if isinstance(answered.data, dict) else {}
            raise _failure(answered.status, answered.data, retry_after_s(answered.headers))
    except PlatformFailure as failure:
        if failure.error_class is ErrorClass.AMBIGUOUS and method == "GET":
            raise PlatformFailure(
                ErrorClass.TRANSIENT, failure.code, failure.message, failure.retry_after_s
            ) from failure
        raise
    raise AssertionError("unreachable")


def _failure(status: int, data: Any, wait_s: int | None) -> PlatformFailure:
    error = data.get("error") if isinstance(data, dict) else None
    if not isinstance(error, dict):
        return unreadable(status, wait_s)
    listed = error.get("errors")
    first = listed[0] if isinstance(listed, list) and listed else {}
    reason = str(first.get("reason", "")) if isinstance(first, dict) else ""
    kind = _BY_REASON.get(reason)
    if kind is None:
        if status >= 500:
            kind = ErrorClass.AMBIGUOUS
        else:
            by_status = {401: ErrorClass.AUTH_EXPIRED, 404: ErrorClass.TARGET_GONE}
            kind = by_status.get(status, ErrorClass.INVALID)
    message = storable(str(error.get("message", "")))[:1000]
    return PlatformFailure(kind, reason or f"http_{status}", message, wait_s)


def _access_token(account: AccountAccess, *, renew: bool, timeouts: Timeouts) -> str:
    """A token of an hour for the account's refresh token; kept in the process, never stored."""
    key = hashlib.sha256(f"{account.client_id}|{account.token}".encode()).hexdigest()
    with _lock:
        kept = _tokens.get(key)
        if kept is not None and kept[1] > time.monotonic() and not renew:
            return kept[0]
        token, lives_s = _renew(account, timeouts)
        _tokens[key] = (token, time.monotonic() + max(0, lives_s - RENEW_BEFORE_S))
        return token


def _renew(account: AccountAccess, timeouts: Timeouts) -> tuple[str, int]:
    url = TOKEN_URL
    if account.sandbox:
        url = str(checked_base_url(account.base_url, sandbox=True)).rstrip("/") + "/token"
    form = {
        "grant_type": "refresh_token",
        "client_id": account.client_id,
        "client_secret": account.app_secret,
        "refresh_token": account.token,
    }
    try:
        answered = exchange(
            "POST", url, sandbox=account.sandbox, headers={}, form=form, timeouts=timeouts
        )
    except PlatformFailure as failure:  # no answer costs nothing: the call itself was not made
        raise PlatformFailure(ErrorClass.TRANSIENT, failure.code, failure.message) from failure
    data = answered.data if isinstance(answered.data, dict) else {}
    token = data.get("access_token")
    if answered.status == 200 and isinstance(token, str) and token:
        lives = data.get("expires_in")
        return token, lives if isinstance(lives, int) else 3600
    code = str(data.get("error", f"http_{answered.status}"))[:60]
    refused = code in {"invalid_grant", "invalid_client", "unauthorized_client"}
    raise PlatformFailure(
        ErrorClass.AUTH_EXPIRED if refused else ErrorClass.TRANSIENT,
        code,
        "the refresh token is not accepted any more" if refused else "no access token",
    )
