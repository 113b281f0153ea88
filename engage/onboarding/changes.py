"""What a document changes: the lines of the diff that a person reads before it is done."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from django.utils.translation import gettext as _

type Kind = Literal["created", "changed", "kept"]


@dataclass(frozen=True, slots=True)
class Change:
    """One line. ``place`` as in the document, ``before`` and ``after`` as text, never secrets."""

    kind: Kind
    place: str
    before: str = ""
    after: str = ""

    def __str__(self) -> str:
        mark = {"created": "+", "changed": "~", "kept": "="}[self.kind]
        if self.kind == "changed":
            return f"{mark} {self.place}: {self.before} → {self.after}"
        return f"{mark} {self.place}: {self.after}" if self.after else f"{mark} {self.place}"

    def to_json(self) -> dict[str, str]:
        return {"kind": self.kind, "place": self.place, "before": self.before, "after": self.after}


@dataclass(slots=True)
class Diff:
    """Collects changes; what was wanted and is there already is kept."""

    lines: list[Change] = field(default_factory=list)

    def note(self, place: str, before: object, after: object) -> None:
        if before is None:
            self.lines.append(Change("created", place, after=shown(after)))
        elif before == after:
            self.lines.append(Change("kept", place, after=shown(after)))
        else:
            self.lines.append(Change("changed", place, shown(before), shown(after)))

    def section(
        self, place: str, changed: Mapping[str, tuple[object, object]], wanted: Mapping[str, Any]
    ) -> None:
        """What a verb did with the wanted names of a section."""
        for name, value in wanted.items():
            before, after = changed.get(name, (value, value))
            if name in changed:
                self.note(f"{place}.{name}", before, after)
            else:
                self.lines.append(Change("kept", f"{place}.{name}"))

    @property
    def counts(self) -> dict[str, int]:
        """``{"created": n, "changed": n, "kept": n}``."""
        found = {"created": 0, "changed": 0, "kept": 0}
        for line in self.lines:
            found[line.kind] += 1
        return found


def shown(value: object) -> str:
    """A value as a person reads it, on one line."""
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, Mapping):
        return "; ".join(f"{name} {shown(inner)}" for name, inner in value.items())
    if isinstance(value, list | tuple):
        if len(value) == 2 and all(isinstance(part, str) and ":" in part for part in value):
            return "-".join(value)
        return ", ".join(shown(inner) for inner in value)
    text = " ".join(str(value).split())
    return text if len(text) <= 120 else f"{text[:117]}…"
