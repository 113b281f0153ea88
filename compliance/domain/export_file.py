"""The lines of an audit export. The format is described in ``docs/audit-export.md``.

Every row carries its own inclusion proof against the signed root, so a reader can tell exactly
which row was touched; the last line signs the hash of all lines before it.
"""

import base64
import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from typing import IO, Any

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from compliance.domain.notes import NoteKey, sign_note
from compliance.domain.platform_tree import PlatformPart
from compliance.models import AuditDetail

FORMAT = "engage-audit-export"
FORMAT_VERSION = 1
ALGORITHM = "rfc9162-sha256-ed25519"
SEAL_SUFFIX = "/export"
WITHHELD = {"withheld": "masked"}
"""In the place of a readable value in a masked export: the event still proves that there is one."""
BUFFER = 64 * 1024


class ExportFile:
    """Writes lines to a binary file and hashes them on the way. ``rows``: those written before, by
    somebody else."""

    def __init__(self, target: IO[bytes], *, rows: int = 0, is_masked: bool = False) -> None:
        self._target = target
        self._whole = hashlib.sha256()
        self._is_masked = is_masked
        self.rows = rows
        self.size_bytes = 0

    @property
    def sha256(self) -> str:
        """Of the whole file so far."""
        return self._whole.hexdigest()

    def write_header(
        self,
        *,
        origin: str,
        size: int,
        checkpoint: str,
        key: NoteKey,
        filters: Mapping[str, Any],
        consistency: Sequence[tuple[int, Sequence[bytes]]],
        exported_at: datetime,
        keys: Sequence[str] = (),
        platform: PlatformPart | None = None,
        recipient: str = "",
    ) -> None:
        """``consistency`` holds pairs (earlier size, proof that this tree begins with it), ``keys``
        the notes of all changes of keys."""
        self._write(
            {
                "format": FORMAT,
                "version": FORMAT_VERSION,
                "algorithm": ALGORITHM,
                "origin": origin,
                "scope": "filtered" if filters else "full",
                "filters": dict(filters),
                "size": size,
                "checkpoint": checkpoint,
                "key": key.verifier_line(),
                "keys": list(keys),
                "consistency": _proofs(consistency),
                "platform": _platform(platform),
                "exported_at": exported_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ"),
                "recipient": recipient,
                "masked": self._is_masked,
            }
        )

    def write_row(
        self, index: int, body: str, details: Iterable[AuditDetail], proof: Sequence[bytes]
    ) -> None:
        self.rows += 1
        self._write(
            {
                "row": self.rows,
                "index": index,
                "leaf": body,
                "details": {
                    detail.name: dict(WITHHELD) if self._is_masked else _detail(detail)
                    for detail in details
                },
                "proof": _joined(proof),
            }
        )

    def copy(self, part: IO[bytes], *, rows: int) -> None:
        """Append lines that were written before, to a part that holds so many ``rows``."""
        while piece := part.read(BUFFER):
            self._add(piece)
        self.rows += rows

    def write_footer(self, *, origin: str, key: NoteKey, private_key: Ed25519PrivateKey) -> None:
        digest = base64.b64encode(self._whole.digest()).decode()
        text = f"{origin}{SEAL_SUFFIX}\n{self.rows}\n{digest}\n"
        self._write({"rows": self.rows, "seal": sign_note(text, key=key, private_key=private_key)})

    def _write(self, line: Mapping[str, Any]) -> None:
        encoded = json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
        self._add(encoded)

    def _add(self, encoded: bytes) -> None:
        self._target.write(encoded)
        self._whole.update(encoded)
        self.size_bytes += len(encoded)


def _proofs(pairs: Sequence[tuple[int, Sequence[bytes]]]) -> list[dict[str, Any]]:
    return [{"size": earlier, "proof": _joined(proof)} for earlier, proof in pairs]


def _platform(part: PlatformPart | None) -> dict[str, Any] | None:
    if part is None:
        return None
    return {
        "checkpoint": part.checkpoint,
        "index": part.index,
        "proof": _joined(part.proof),
        "consistency": _proofs(part.consistency),
    }


def _joined(hashes: Sequence[bytes]) -> str:
    return base64.b64encode(b"".join(hashes)).decode()


def _detail(detail: AuditDetail) -> dict[str, str]:
    if detail.erased_at is not None:
        erased_at = detail.erased_at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        return {"erased": erased_at, "reference": detail.erased_reference}
    return {"value": detail.value or "", "salt": bytes(detail.salt or b"").hex()}
