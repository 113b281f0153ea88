"""What a browser would send: every page's links and forms, filled in, as requests to replay."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from html.parser import HTMLParser
from typing import Any
from urllib.parse import urljoin, urlsplit

_FILLING = {
    "email": "someone@example.test",
    "number": "1",
    "date": "2026-01-01",
    "url": "https://a.test",
}


@dataclass(frozen=True, slots=True)
class Recorded:
    """``data`` are pairs as a form sends them; ``path`` holds the query."""

    method: str
    path: str
    data: tuple[tuple[str, str], ...] = ()

    @property
    def text(self) -> str:
        return self.path + "".join(f"\n{name}={value}" for name, value in self.data)

    def swapped(self, old: str, new: str) -> "Recorded":
        return Recorded(
            self.method,
            self.path.replace(old, new),
            tuple((name, value.replace(old, new)) for name, value in self.data),
        )

    def send(self, client: Any) -> Any:
        body: dict[str, list[str]] = {}
        for name, value in self.data:
            body.setdefault(name, []).append(value)
        return (
            getattr(client, self.method)(self.path, body)
            if body
            else getattr(client, self.method)(self.path)
        )


class _Page(HTMLParser):
    def __init__(self, address: str) -> None:
        super().__init__()
        self.address = address
        self.found: list[Recorded] = []
        self._form: dict[str, Any] | None = None
        self._select = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        at = {name: value or "" for name, value in attrs}
        for name in ("href", "hx-get", "data-url"):
            if at.get(name, "").startswith(("/", "?")):
                self.found.append(Recorded("get", self._here(at[name])))
        if tag == "form":
            method = at.get("method", "get").lower()
            action = self._here(at.get("action") or self.address)
            self._form = {"method": method, "action": action, "data": []}
        elif self._form is not None:
            self._field(tag, at)

    def _field(self, tag: str, at: dict[str, str]) -> None:
        assert self._form is not None
        name = at.get("name", "")
        if tag == "input" and name and name != "csrfmiddlewaretoken":
            kind = at.get("type", "text")
            if kind in {"checkbox", "radio"} and "checked" not in at and name != "_selected_action":
                return
            filling = _FILLING.get(kind, "because")
            self._form["data"].append((name, at.get("value") or filling))
        elif tag == "textarea" and name:
            self._form["data"].append((name, "because"))
        elif tag == "select" and name:
            self._select = name
        elif tag == "option" and self._select and at.get("value"):
            self._form["data"].append((self._select, at["value"]))
            self._select = ""
        elif tag == "button" and name:
            self._form["data"].append((name, at.get("value", "")))

    def handle_endtag(self, tag: str) -> None:
        if tag == "select":
            self._select = ""
        if tag == "form" and self._form is not None:
            if self._form["method"] not in {"get", "post"}:
                self._form = None  # method="dialog" closes a dialog and sends nothing
                return
            self.found.append(
                Recorded(self._form["method"], self._form["action"], tuple(self._form["data"]))
            )
            self._form = None

    def _here(self, target: str) -> str:
        parts = urlsplit(urljoin("http://here" + self.address, target))
        return parts.path + (f"?{parts.query}" if parts.query else "")


def requests_of(address: str, html: str) -> list[Recorded]:
    """The links and forms of one page, in their order."""
    page = _Page(address)
    page.feed(html)
    return page.found


def ids_in(request: Recorded, ids: Iterable[str]) -> list[str]:
    return [one for one in ids if re.search(re.escape(one), request.text)]
