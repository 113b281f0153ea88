"""The trail as JSON Lines with proofs, for ``verify_audit.py``."""

from collections.abc import Callable, Mapping, Sequence
from typing import IO, Any
from uuid import UUID

from django.utils import timezone

from compliance.choices import ExportState
from compliance.domain.anchors import anchored_sizes
from compliance.domain.export_file import ExportFile
from compliance.domain.export_rows import Row
from compliance.domain.key_chain import chain_notes
from compliance.domain.keys import note_key
from compliance.domain.platform_tree import platform_part
from compliance.domain.proofs import Prover
from compliance.models import AuditExport, Checkpoint, SigningKey
from tenants.scope import brand_scope

MAX_EARLIER_PROOFS = 50


class LedgerBroken(RuntimeError):
    """The stored leaves do not have the root that was signed: rows were changed in the database."""


class WatchedProver(Prover):
    """The leaves under a checkpoint; calls ``watch`` between two reads, for a long log takes
    seconds to read. Raises: LedgerBroken."""

    def __init__(
        self, brand_id: UUID, checkpoint: Checkpoint, *, watch: Callable[[], None]
    ) -> None:
        self._watch = watch
        super().__init__(brand_id, checkpoint.size)
        if self.root() != bytes(checkpoint.root):
            raise LedgerBroken("the stored leaves do not have the root that was signed")

    def _read(self, start: int, end: int) -> list[bytes]:
        self._watch()
        return super()._read(start, end)


class JsonForm:
    """Each row with its readable values and its way to the root."""

    def __init__(
        self,
        checkpoint: Checkpoint,
        prover: Prover,
        *,
        origin: str,
        filters: Mapping[str, Any],
        recipient: str = "",
        is_masked: bool = False,
        rows_before: int = 0,
        known_size: int | None = None,
    ) -> None:
        self._checkpoint, self._prover, self._origin = checkpoint, prover, origin
        self._filters, self._recipient, self._is_masked = filters, recipient, is_masked
        self._known_size = known_size
        self.rows = rows_before

    def begin(self, target: IO[bytes]) -> None:
        checkpoint, prover = self._checkpoint, self._prover
        with brand_scope(prover.brand_id):
            earlier = _earlier_sizes(checkpoint, self._known_size)
            key = SigningKey.objects.get(pk=checkpoint.key_id)
        ExportFile(target, is_masked=self._is_masked).write_header(
            origin=self._origin,
            size=checkpoint.size,
            checkpoint=checkpoint.note,
            key=note_key(key),
            filters=self._filters,
            consistency=[(size, prover.consistency(size)) for size in earlier],
            exported_at=timezone.now(),
            keys=chain_notes(),
            platform=platform_part(checkpoint.pk, held_sizes=anchored_sizes(prover.brand_id)),
            recipient=self._recipient,
        )

    def write(self, target: IO[bytes], rows: Sequence[Row]) -> None:
        lines = ExportFile(target, rows=self.rows, is_masked=self._is_masked)
        for row in rows:
            lines.write_row(row.index, row.body, row.details, self._prover.inclusion(row.index))
        self.rows = lines.rows


def _earlier_sizes(checkpoint: Checkpoint, known_size: int | None) -> list[int]:
    """Trees that somebody may hold: the one named in the request, and those of earlier exports,
    newest first."""
    sizes = (
        AuditExport.objects.filter(state=ExportState.DONE, checkpoint__size__lt=checkpoint.size)
        .order_by("-checkpoint__size")
        .values_list("checkpoint__size", flat=True)
        .distinct()
    )
    known = [known_size] if known_size and known_size < checkpoint.size else []
    return list(dict.fromkeys([*known, *sizes[:MAX_EARLIER_PROOFS]]))
