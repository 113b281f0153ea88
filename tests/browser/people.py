"""Several people at their own browsers."""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import axe_playwright_python

WAIT_MS = 30_000
AXE = Path(axe_playwright_python.__file__).with_name("axe.min.js").read_text(encoding="utf-8")
TAGS = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"]


@dataclass
class Person:
    """Signed in. ``complaints``: what the browser does not like of the pages."""

    base: str
    page: Any
    complaints: list[str] = field(default_factory=list)

    def open(self, path: str) -> int:
        """Go to an address of the application; the status of the answer."""
        response = self.page.goto(f"{self.base}{path}")
        self.page.wait_for_load_state("load")
        return int(response.status)

    def fill(self, selector: str, text: str) -> None:
        self.page.fill(selector, text)

    def press(self, words: str) -> None:
        """A button or link by its words; waits for the page that follows."""
        with self.page.expect_navigation():
            buttons = self.page.get_by_role("button", name=words)
            found = buttons if buttons.count() else self.page.get_by_role("link", name=words)
            found.first.click()
        self.page.wait_for_load_state("load")

    def reads(self, words: str) -> None:
        """Raises if the page does not show these words soon."""
        self.page.get_by_text(words).first.wait_for()

    def posts(self, path: str, **fields: str) -> tuple[int, str]:
        """A POST that no page offers; status and text of the page it leads to."""
        cookies = {c["name"]: c["value"] for c in self.page.context.cookies()}
        answer = self.page.context.request.post(
            f"{self.base}{path}",
            form=fields | {"csrfmiddlewaretoken": cookies["csrftoken"]},
            headers={"Referer": self.page.url},
        )
        return answer.status, answer.text()

    def takes(self, words: str, target: Path) -> Path:
        """Press a button or link that gives a file."""
        with self.page.expect_download() as download:
            self.page.get_by_text(words).first.click()
        download.value.save_as(target)
        return target

    def checked(self) -> None:
        """Raises if the page at hand sticks out of the screen or is wrong for axe."""
        over = self.page.evaluate("document.documentElement.scrollWidth - innerWidth")
        assert over <= 0, f"{self.page.url} sticks out by {over}"
        self.page.evaluate(AXE)
        found = self.page.evaluate(
            "(tags) => axe.run(document, {runOnly: {type: 'tag', values: tags}})", TAGS
        )
        wrong = [
            f"{one['id']} {node['html'][:120]}"
            for one in found["violations"]
            for node in one["nodes"]
        ]
        assert not wrong, f"{self.page.url}: {wrong}"
