"""When a person last proved who they are, in this session."""

import time
from typing import Any

FRESH_S = 600
CONFIRMED_AT = "confirmed_at"


def mark_confirmed(*, request: Any, **_kwargs: Any) -> None:
    """Receiver of sign-in and re-authentication: the proof counts for ``FRESH_S`` seconds."""
    if request is not None and hasattr(request, "session"):
        request.session[CONFIRMED_AT] = int(time.time())


def is_confirmed(session: Any) -> bool:
    """Whether the session's last proof is at most ``FRESH_S`` seconds old."""
    confirmed_at = session.get(CONFIRMED_AT)
    return isinstance(confirmed_at, int) and 0 <= time.time() - confirmed_at <= FRESH_S
