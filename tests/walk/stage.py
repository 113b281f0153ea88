"""The stage of the walk: who is signed in where, what the browser complains about, pictures."""

import contextlib
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    WebError,
)

from inbox.providers.sandbox.client import SandboxClient
from tests.walk.product import Product

WAIT_S = 30.0
DESKTOP = {"width": 1280, "height": 800}
PHONE = {"width": 390, "height": 844}
# Violations of the policy are errors, also those that a policy only reports.
WATCH_POLICY = """document.addEventListener("securitypolicyviolation", (e) =>
  console.error(`policy: ${e.violatedDirective} ${e.blockedURI} in ${e.sourceFile}`));"""


class Missed(AssertionError):
    """Something that should have happened did not."""


@dataclass
class Stage:
    """``found`` is what steps leave for later ones; ``told`` is printed after a step."""

    product: Product
    browser: Browser
    sandbox: SandboxClient
    facts: dict[str, Any]
    folder: Path
    pictures: Path | None = None
    people: dict[str, Page] = field(default_factory=dict)
    found: dict[str, str] = field(default_factory=dict)
    complaints: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    shots: list[str] = field(default_factory=list)
    page: Page | None = None
    _tolerated: str = ""

    # Browser contexts

    def context(self, **options: Any) -> BrowserContext:
        """A browser of its own, whose complaints are collected."""
        context = self.browser.new_context(
            **{"viewport": DESKTOP, "locale": "en-US", "accept_downloads": True} | options
        )
        context.set_default_timeout(WAIT_S * 1000)
        context.add_init_script(WATCH_POLICY)
        context.on("console", self._on_console)
        context.on("weberror", self._on_web_error)
        context.on("request", self._on_request)
        context.on("response", self._on_response)
        return context

    def sign_in(self, key: str) -> Page:
        """The demo's person at their first workspace, in a browser of their own."""
        person = next(u for u in self.facts["users"] if u["email"].startswith(f"{key}@"))
        page = self.context().new_page()
        page.goto(f"{self.product.base}/admin/login/")
        page.fill("#id_username", person["email"])
        page.fill("#id_password", person["password"])
        page.press("#id_password", "Enter")
        page.wait_for_url(re.compile(r"/w/"))
        self.people[key] = self.page = page
        return page

    def again(self, key: str, **options: Any) -> BrowserContext:
        """The same person, signed in already, in another browser: a phone, a dark screen."""
        state = self.people[key].context.storage_state()
        return self.context(storage_state=state, **options)

    def address(self, path: str = "", workspace: str = "acme/north") -> str:
        return f"{self.product.base}/w/{workspace}/admin/{path}"

    def open(self, page: Page, path: str = "") -> Page:
        """A screen of the brand's workspace, with its scripts at work."""
        page.goto(self.address(path))
        page.wait_for_load_state("load")
        self.page = page
        return page

    def account_id(self, channel: str, workspace: str = "acme/north") -> str:
        wanted = (channel, workspace)
        return next(
            str(c["account_id"])
            for c in self.facts["channels"]
            if (c["channel"], c["workspace"]) == wanted
        )

    # Waiting

    def until[T](self, look: Callable[[], T], what: str, timeout_s: float = WAIT_S) -> T:
        """The first true value of ``look``. Raises: Missed."""
        deadline = time.monotonic() + timeout_s
        while True:
            value = look()
            if value:
                return value
            if time.monotonic() > deadline:
                raise Missed(f"not within {timeout_s:.0f} s: {what}")
            if self.page is not None:
                self.page.wait_for_timeout(100)

    def sent_to(self, person_id: str) -> list[dict[str, Any]]:
        """Direct messages of ours that the network has for a person, oldest first."""
        return [
            message
            for message in self.sandbox.state()["messages"]
            if message["direction"] == "out" and message["person_id"] == person_id
        ]

    # Pictures and complaints

    def shot(self, name: str, page: Page | None = None, *, is_full: bool = False) -> None:
        """Keep what the page shows."""
        target = page or self.page
        assert target is not None
        file = f"{len(self.shots) + 1:02d}-{name}.png"
        target.screenshot(path=self.folder / file, full_page=is_full, animations="disabled")
        self.shots.append(file)

    def picture(self, name: str) -> None:
        """A picture for the README, if it was asked for."""
        if self.pictures is not None and self.page is not None:
            self.pictures.mkdir(parents=True, exist_ok=True)
            self.page.screenshot(path=self.pictures / f"{name}.png", animations="disabled")

    @contextlib.contextmanager
    def expecting(self, status: int) -> Iterator[None]:
        """This status is what should come; the browser may say so on its console."""
        self._tolerated = f"status of {status}"
        try:
            yield
        finally:
            self._tolerated = ""

    def check(self) -> None:
        """Raises: Missed (the browser complained since the last check)."""
        complaints, self.complaints = self.complaints, []
        if complaints:
            raise Missed("; ".join(complaints[:10]))

    def _on_console(self, message: ConsoleMessage) -> None:
        is_expected = bool(self._tolerated) and self._tolerated in message.text
        if message.type not in {"error", "warning"} or is_expected:
            return
        words = f"console {message.type}: {message.text} {message.location.get('url', '')}"
        self.complaints.append(words)

    def _on_web_error(self, error: WebError) -> None:
        self.complaints.append(f"script error: {error.error}")

    def _on_request(self, request: Request) -> None:
        if not request.url.startswith((f"{self.product.base}/", "data:", "blob:", "about:")):
            self.complaints.append(f"request to another host: {request.url}")

    def _on_response(self, response: Response) -> None:
        if response.status >= 500:
            self.complaints.append(f"{response.status} from {response.url}")
