"""The trail as a spreadsheet: one line per event, every cell safe, nothing held in memory."""

import csv
import io
import json
from collections.abc import Iterable, Sequence
from typing import IO, Any

from django.utils.translation import gettext_lazy as _

from compliance.choices import ActorKind
from compliance.domain.canonical import instant
from compliance.domain.event_words import deed
from compliance.domain.export_rows import Row
from compliance.domain.people import names_of
from compliance.domain.spreadsheet import cell
from compliance.models import AuditDetail
from compliance.registries import MASKED
from tenants.scope import brand_scope

COLUMNS: dict[str, Any] = {
    "number": _("Number in the log"),
    "at": _("Time (UTC)"),
    "who": _("Name of who acted"),
    "actor_kind": _("Kind of actor"),
    "actor": _("Key of who acted"),
    "did": _("What was done"),
    "action": _("Action"),
    "object_type": _("Kind of object"),
    "object": _("Key of the object"),
    "reason": _("Reason"),
    "before": _("Before"),
    "after": _("After"),
    "values": _("Further values"),
    "correlation_id": _("Correlation id"),
    "recipient": _("Exported for"),
}
"""Columns that can be asked for, in the order in which they stand."""


class CsvForm:
    """Writes the chosen columns, in the active language. ``recipient`` stands in every line."""

    def __init__(
        self, brand_id: Any, columns: Sequence[str], *, recipient: str, is_masked: bool
    ) -> None:
        self._brand_id = brand_id
        self._columns = [name for name in COLUMNS if name in columns] or list(COLUMNS)
        self._recipient = recipient
        self._is_masked = is_masked

    def begin(self, target: IO[bytes]) -> None:
        """The names of the columns, for a spreadsheet that wants to know that this is UTF-8."""
        target.write(b"\xef\xbb\xbf")
        self._write(target, [[str(COLUMNS[name]) for name in self._columns]])

    def write(self, target: IO[bytes], rows: Sequence[Row]) -> None:
        names: dict[str, str] = {}
        if "who" in self._columns and not self._is_masked:
            with brand_scope(self._brand_id):
                names = names_of({r.actor_ref for r in rows if r.actor_kind == ActorKind.USER})
        self._write(target, (self._line(row, names) for row in rows))

    def _write(self, target: IO[bytes], lines: Iterable[Sequence[Any]]) -> None:
        text = io.StringIO(newline="")
        csv.writer(text).writerows([cell(value) for value in line] for line in lines)
        target.write(text.getvalue().encode())

    def _line(self, row: Row, names: dict[str, str]) -> list[Any]:
        reason, before, after, values = self._readable(row.details)
        found = {
            "number": row.index + 1,
            "at": instant(row.at),
            "who": MASKED if self._is_masked else names.get(row.actor_ref, row.actor_ref),
            "actor_kind": row.actor_kind,
            "actor": row.actor_ref,
            "did": deed(row.kind),
            "action": row.kind,
            "object_type": row.object_type,
            "object": row.object_ref,
            "reason": row.reason or reason,
            "before": before,
            "after": after,
            "values": values,
            "correlation_id": row.correlation_id,
            "recipient": self._recipient,
        }
        return [found[name] for name in self._columns]

    def _readable(self, details: Sequence[AuditDetail]) -> tuple[str, str, str, str]:
        """Reason in words, values before, after, and the rest: ``name: value``, a line each."""
        groups: dict[str, list[str]] = {"before.": [], "after.": [], "": []}
        reason = ""
        for detail in sorted(details, key=lambda one: one.name):
            value = self._value(detail)
            if detail.name == "reason":
                reason = value
                continue
            prefix = next(p for p in groups if detail.name.startswith(p))
            groups[prefix].append(f"{detail.name.removeprefix(prefix)}: {value}")
        return reason, *("\n".join(lines) for lines in groups.values())  # type: ignore[return-value]  # three groups

    def _value(self, detail: AuditDetail) -> str:
        if detail.erased_at is not None:
            return str(_("erased"))
        if self._is_masked:
            return MASKED
        value = json.loads(detail.value or "null")
        return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
