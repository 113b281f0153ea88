"""Posts signed webhooks in the background, and again until they are taken."""

import heapq
import logging
import threading
import time
from itertools import count

import httpx

from inbox.providers.meta import SIGNATURE_HEADER, signature
from inbox.providers.sandbox.world import Webhook, World

log = logging.getLogger(__name__)

RETRY_DELAYS_S = (0.3, 1, 2, 4, 8, 15, 30, 60)
"""Waits between attempts; the last one repeats until MAX_ATTEMPTS."""

MAX_ATTEMPTS = 60
"""About 50 minutes. The networks try for 36 hours to 7 days."""


class Deliverer:
    """One thread, in order of arrival; a delivery that fails waits without holding the others."""

    def __init__(self, world: World, *, timeout_s: float = 10.0) -> None:
        self._world = world
        self._timeout_s = timeout_s
        self._due: list[tuple[float, int, str]] = []
        self._numbers = count()
        self._wake = threading.Condition()
        self._stopping = False
        self._thread = threading.Thread(target=self._run, name="sandbox-webhooks", daemon=True)

    def start(self) -> None:
        """Also takes up what an earlier run left waiting."""
        with self._world.lock:
            left = [one.webhook_id for one in self._world.webhooks.values()]
            waiting = [one for one in left if self._world.webhooks[one].state == "waiting"]
        for webhook_id in waiting:
            self._push(webhook_id, 0)
        self._thread.start()

    def stop(self) -> None:
        """Returns when the delivery under way has ended."""
        with self._wake:
            self._stopping = True
            self._wake.notify()
        self._thread.join()

    def post(self, app_id: str, body: str, *, sign: str = "right", delay_s: float = 0.0) -> str:
        """Queue a delivery and write it down; returns its id."""
        webhook_id = f"wh-{self._world.next_number()}"
        self._world.do("webhook", webhook_id=webhook_id, app_id=app_id, body=body, signature=sign)
        self._push(webhook_id, delay_s)
        return webhook_id

    def _push(self, webhook_id: str, delay_s: float) -> None:
        with self._wake:
            due = (time.monotonic() + delay_s, next(self._numbers), webhook_id)
            heapq.heappush(self._due, due)
            self._wake.notify()

    def _next(self) -> str | None:
        """Blocks until a delivery is due; None when stopping."""
        with self._wake:
            while not self._stopping:
                now = time.monotonic()
                if self._due and self._due[0][0] <= now:
                    return heapq.heappop(self._due)[2]
                self._wake.wait(self._due[0][0] - now if self._due else None)
        return None

    def _run(self) -> None:
        with httpx.Client(timeout=self._timeout_s, trust_env=False) as client:
            while (webhook_id := self._next()) is not None:
                try:
                    self._attempt(client, webhook_id)
                except Exception:  # one broken delivery must not end the thread
                    log.exception("delivery %s failed", webhook_id)

    def _attempt(self, client: httpx.Client, webhook_id: str) -> None:
        with self._world.lock:
            webhook = self._world.webhooks[webhook_id]
            app = self._world.apps[webhook.app_id]
        if self._world.take_fault("drop_webhooks", "") is not None:
            self._world.do("webhook_changed", webhook_id=webhook_id, state="dropped")
            return
        raw = webhook.body.encode()
        headers = {"Content-Type": "application/json", "User-Agent": "engage-sandbox"}
        if webhook.signature != "none":
            secret = app.app_secret if webhook.signature == "right" else "not the secret"
            headers[SIGNATURE_HEADER] = signature(raw, secret)
        try:
            code = client.post(app.webhook_url, content=raw, headers=headers).status_code
        except (httpx.HTTPError, httpx.InvalidURL):
            code = 0
        self._note(webhook, code)

    def _note(self, webhook: Webhook, code: int) -> None:
        attempts = webhook.attempts + 1
        if 200 <= code < 300:
            state = "done"
        elif webhook.signature == "right" and attempts < MAX_ATTEMPTS:
            state = "waiting"
        else:
            state = "failed"  # wrong on purpose, or tried long enough
        self._world.do(
            "webhook_changed",
            webhook_id=webhook.webhook_id,
            state=state,
            attempts=attempts,
            status_code=code,
            body=webhook.body if state == "waiting" else "",
        )
        if state == "waiting":
            delay = RETRY_DELAYS_S[min(attempts, len(RETRY_DELAYS_S)) - 1]
            self._push(webhook.webhook_id, delay)
