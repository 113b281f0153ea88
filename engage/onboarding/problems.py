"""What is wrong with a document: where, in words, all of it at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from django.utils.translation import gettext as _

from tenants.exceptions import DomainError

type Path = tuple[str | int, ...]
type Lines = Mapping[Path, int]
"""Line (from 1) of each value of a file, by its path. Empty for what came as JSON."""


@dataclass(frozen=True, slots=True)
class Problem:
    """One refused value. ``line`` is None where there are no lines."""

    path: Path
    message: str
    line: int | None = None

    @property
    def pointer(self) -> str:
        """Source: RFC 6901 (JSON pointer). Empty for the document as a whole."""
        parts = (str(part).replace("~", "~0").replace("/", "~1") for part in self.path)
        return "".join(f"/{part}" for part in parts)

    @property
    def field(self) -> str:
        """As a person reads it: ``team[2].role``."""
        text = ""
        for part in self.path:
            text += f"[{part + 1}]" if isinstance(part, int) else f".{part}" if text else part
        return text

    def __str__(self) -> str:
        place = self.field or _("document")
        if self.line is None:
            return f"{place}: {self.message}"
        return _("line %(line)d, %(place)s: %(message)s") % {
            "line": self.line,
            "place": place,
            "message": self.message,
        }


class BadDocument(DomainError):
    """The document was refused; nothing was done. ``problems`` in the order of the document."""

    code: ClassVar[str] = "bad_document"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(problems, key=lambda one: one.line or 0))
        super().__init__(" ".join(str(problem) for problem in self.problems))


def line_of(path: Path, lines: Lines) -> int | None:
    """The line of the value, or of the nearest value around it."""
    for length in range(len(path), -1, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return None
