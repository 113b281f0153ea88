"""What must not stand in a log: addresses that are keys."""

import logging
import re
from datetime import timedelta
from typing import Any

from gunicorn.glogging import Logger

# The rest of such an address is all it takes to act as the person it was sent to.
_KEYS = re.compile(r"(/(?:appeals|archive|notices/status)/)[^/\s\"'?]+")


def without_keys(text: str) -> str:
    """The text with the secret part of signed addresses taken out."""
    return _KEYS.sub(r"\1…", text)


class HideKeys(logging.Filter):
    """For handlers: no line leaves with the secret part of a signed address."""

    def filter(self, record: logging.LogRecord) -> bool:
        message = record.getMessage()
        hidden = without_keys(message)
        if hidden != message:
            record.msg, record.args = hidden, ()
        return True


class WebLog(Logger):  # type: ignore[misc]  # untyped library
    """Gunicorn's log, with the same rule for its access lines."""

    def atoms(
        self, resp: Any, req: Any, environ: dict[str, Any], request_time: timedelta
    ) -> dict[str, Any]:
        found: dict[str, Any] = super().atoms(resp, req, environ, request_time)
        return {
            name: without_keys(value) if isinstance(value, str) else value
            for name, value in found.items()
        }
