"""Sessions in the database that know when they end, so that the page can warn in time."""

from datetime import datetime
from typing import Any

from django.contrib.sessions.backends.db import SessionStore as DatabaseSession
from django.http import HttpRequest


class SessionStore(DatabaseSession):
    """``ends_at``: of the row that was read; a request that writes the session moves it on."""

    ends_at: datetime | None = None

    def _get_session_from_db(self) -> Any:
        row = super()._get_session_from_db()  # type: ignore[misc]  # the stubs leave it out
        self.ends_at = row.expire_date if row is not None else None
        return row

    async def _aget_session_from_db(self) -> Any:
        row = await super()._aget_session_from_db()  # type: ignore[misc]  # as above
        self.ends_at = row.expire_date if row is not None else None
        return row


def session_ends_at(request: HttpRequest) -> int | None:
    """Milliseconds since 1970; None when the session does not know (a test's, a new one)."""
    ends_at: Any = getattr(getattr(request, "session", None), "ends_at", None)
    return int(ends_at.timestamp() * 1000) if ends_at is not None else None
