"""A readable document, once as PDF and once as a page: the same blocks, the same words."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from html import escape
from typing import Any

from compliance.domain.pdf import render

type Cell = str | Code
"""A cell's words, or a key or hash that may be broken anywhere."""


@dataclass(frozen=True, slots=True)
class Code:
    """Keys, hashes, kinds: set in a fixed width."""

    text: str


@dataclass(slots=True)
class Document:
    """``watermark`` (for whom it was made) stands across every page and in its foot."""

    title: str
    language: str
    made_at: datetime
    subtitle: str = ""
    author: str = "Engage"
    footer: str = ""
    watermark: str = ""
    blocks: list[dict[str, Any]] = field(default_factory=list)

    def heading(self, text: str, *, level: int = 1) -> None:
        self.blocks.append({"kind": "heading", "text": str(text), "level": level})

    def text(self, text: str) -> None:
        self.blocks.append({"kind": "text", "text": str(text)})

    def note(self, text: str) -> None:
        """A text that must not be overlooked."""
        self.blocks.append({"kind": "note", "text": str(text)})

    def code(self, text: str) -> None:
        """Lines to be copied: a signed note, a command."""
        self.blocks.append({"kind": "code", "text": str(text)})

    def facts(self, rows: Iterable[tuple[str, Cell]]) -> None:
        """Names and values, one pair a line."""
        self.blocks.append({"kind": "facts", "rows": [[str(a), _cell(b)] for a, b in rows]})

    def table(
        self,
        head: Sequence[str],
        rows: Iterable[Sequence[Cell]],
        *,
        widths: Sequence[int] = (),
    ) -> None:
        """``widths``: shares of the page's width, one per column."""
        self.blocks.append(
            {
                "kind": "table",
                "head": [str(words) for words in head],
                "rows": [[_cell(cell) for cell in row] for row in rows],
                "widths": list(widths),
            }
        )

    def to_pdf(self) -> bytes:
        """PDF/A-2a and PDF/UA-1."""
        data = {
            "title": self.title,
            "subtitle": self.subtitle,
            "author": self.author,
            "footer": self.footer,
            "watermark": self.watermark,
            "made_at": self.made_at.astimezone(UTC).isoformat(),
            "blocks": self.blocks,
        }
        return render("document", data, language=self.language)

    def to_html(self) -> str:
        """One page without script, style sheet or anything to load; every value is escaped."""
        parts = [
            f'<!DOCTYPE html>\n<html lang="{escape(self.language)}">\n<head><meta charset="utf-8">'
            '<meta name="viewport" content="width=device-width, initial-scale=1">'
            f"<title>{escape(self.title)}</title></head>\n<body>\n<h1>{escape(self.title)}</h1>"
        ]
        if self.subtitle:
            parts.append(f"<p>{escape(self.subtitle)}</p>")
        parts += [_html(block) for block in self.blocks]
        foot = " · ".join(escape(words) for words in (self.footer, self.watermark) if words)
        parts.append(f"<hr>\n<footer><p>{foot}</p></footer>\n</body>\n</html>\n")
        return "\n".join(parts)


def _cell(cell: Cell) -> Any:
    return {"code": cell.text} if isinstance(cell, Code) else str(cell)


def _html(block: dict[str, Any]) -> str:
    match block["kind"]:
        case "heading":
            level = block["level"] + 1
            return f"<h{level}>{escape(block['text'])}</h{level}>"
        case "note":
            return f"<p><strong>{escape(block['text'])}</strong></p>"
        case "code":
            return f"<pre>{escape(block['text'])}</pre>"
        case "facts":
            rows = "".join(
                f"<dt>{escape(a)}</dt><dd>{_html_cell(b)}</dd>" for a, b in block["rows"]
            )
            return f"<dl>{rows}</dl>"
        case "table":
            head = "".join(f'<th scope="col">{escape(words)}</th>' for words in block["head"])
            rows = "\n".join(
                "<tr>" + "".join(f"<td>{_html_cell(cell)}</td>" for cell in row) + "</tr>"
                for row in block["rows"]
            )
            return (
                f'<table border="1"><thead><tr>{head}</tr></thead>\n<tbody>{rows}</tbody></table>'
            )
    return f"<p>{escape(block['text'])}</p>"


def _html_cell(cell: Any) -> str:
    if isinstance(cell, dict):
        return f"<code>{escape(cell['code'])}</code>"
    return f'<bdi dir="auto">{escape(cell)}</bdi>'
