"""Steers the sandbox network: used by the demo, the tests and "test my flow"."""

import time
from collections.abc import Mapping, Sequence
from types import TracebackType
from typing import Any, Self

import httpx

from inbox.providers.sandbox import KEY_HEADER


class SandboxRefused(Exception):
    """The control side said no; the message says why."""


class SandboxClient:
    """Control side of the network at ``base_url``. Close it, or use it in a ``with``."""

    def __init__(self, base_url: str, key: str, *, timeout_s: float = 10.0) -> None:
        self._http = httpx.Client(
            base_url=f"{base_url.rstrip('/')}/_control/",
            headers={KEY_HEADER: key},
            timeout=timeout_s,
            trust_env=False,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Free the connection."""
        self._http.close()

    def add_app(self, app_id: str, *, app_secret: str, verify_token: str, webhook_url: str) -> None:
        """Register a developer app, or change it."""
        self._post(
            "apps",
            app_id=app_id,
            app_secret=app_secret,
            verify_token=verify_token,
            webhook_url=webhook_url,
        )

    def add_account(
        self,
        channel: str,
        account_id: str,
        *,
        token: str,
        app_id: str,
        name: str = "",
        calls_per_minute: int = 0,
    ) -> None:
        """Register a number or page, or change it. ``calls_per_minute`` 0: no limit."""
        self._post(
            "accounts",
            channel=channel,
            account_id=account_id,
            token=token,
            app_id=app_id,
            name=name,
            calls_per_minute=calls_per_minute,
        )

    def block(self, account_id: str, person_id: str, *, is_blocking: bool = True) -> None:
        """Let a person who has written refuse our messages."""
        self._post("people", account_id=account_id, person_id=person_id, is_blocking=is_blocking)

    def say(self, account_id: str, kind: str = "text", **wish: Any) -> str:
        """A person does something; returns the id of the message or comment.

        For kinds and arguments see ``people.say``; ``times`` delivers it more than once.
        """
        answer = self._post("say", account_id=account_id, kind=kind, **wish)
        return str(answer["items"][0]["id"])

    def say_many(self, wishes: Sequence[Mapping[str, Any]]) -> list[str]:
        """Several things in one delivery per app; returns their ids in order."""
        answer = self._post("say", batch=[dict(wish) for wish in wishes])
        return [str(one["id"]) for one in answer["items"]]

    def deliver(self, app_id: str, body: str, *, sign: str = "right") -> None:
        """Post any body to the app's webhook; ``sign`` right, wrong or none."""
        self._post("deliver", app_id=app_id, body=body, sign=sign)

    def tell_status(self, message_id: str, status: str) -> None:
        """Send a WhatsApp status webhook again or anew."""
        self._post("status", message_id=message_id, status=status)

    def add_fault(
        self, kind: str, *, count: int = 1, account_id: str = "", hold_s: float = 0.0
    ) -> None:
        """Let the next ``count`` calls go wrong; kinds in ``control.FAULTS``; 0 takes it back."""
        self._post("faults", kind=kind, count=count, account_id=account_id, hold_s=hold_s)

    def move_clock(self, offset_s: float) -> None:
        """Set the network's clock ``offset_s`` seconds ahead of the real one."""
        self._post("clock", offset_s=offset_s)

    def state(self) -> dict[str, Any]:
        """Accounts, people, messages, comments, refusals, faults and webhooks as JSON values."""
        return self._read(self._http.get("state"))

    def message(self, message_id: str) -> dict[str, Any]:
        """One message of the state. Raises: KeyError."""
        return self._one("messages", "message_id", message_id)

    def comment(self, comment_id: str) -> dict[str, Any]:
        """One comment of the state. Raises: KeyError."""
        return self._one("comments", "comment_id", comment_id)

    def wait_until_delivered(self, *, timeout_s: float = 30.0) -> None:
        """Until no webhook waits. Raises: TimeoutError."""
        deadline = time.monotonic() + timeout_s
        while self.state()["webhooks"]["waiting"]:
            if time.monotonic() > deadline:
                raise TimeoutError("webhooks are still waiting")
            time.sleep(0.05)

    def _one(self, table: str, key: str, value: str) -> dict[str, Any]:
        for row in self.state()[table]:
            if row[key] == value:
                found: dict[str, Any] = row
                return found
        raise KeyError(value)

    def _post(self, name: str, /, **values: Any) -> dict[str, Any]:
        return self._read(self._http.post(name, json=values))

    def _read(self, response: httpx.Response) -> dict[str, Any]:
        data: dict[str, Any] = response.json()
        if response.status_code != 200:
            raise SandboxRefused(str(data.get("error", response.status_code)))
        return data
