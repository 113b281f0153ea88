"""The certificate of a brand's erasure: what went, what stays and why, signed.

The text that is handed out is JSON: ``{"certificate": <canonical JSON text>, "seal": <note>}``. The
note signs the exact bytes of the inner text.
"""

import base64
import json
from typing import Any

from django.conf import settings
from django.utils.translation import override

from compliance.domain.audit import Values
from compliance.domain.canonical import canonical, instant, plain
from compliance.domain.checkpoints import origin_of
from compliance.domain.closing.manifest import seal
from compliance.domain.closing.tables import EMPTIED, KEPT, brand_tables
from compliance.domain.proofs import Prover
from compliance.models import BrandErasure
from tenants.models import Brand, User

FORMAT, VERSION = "engage-brand-erasure", 1
SEAL_SUFFIX = "/erasure"
_BEYOND = "raw bytes of webhook calls that carried the brand's messages"
_GONE = "deleted"


def certificate_of(erasure: BrandErasure) -> str:
    """Runs in the scope of the brand and of the agency's own rows, after the last row has gone."""
    brand = erasure.target
    origin = origin_of(settings.AUDIT_HOST, brand.pk)
    with override("en"):
        tables = _tables(brand, erasure.counts)
    told: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "origin": origin,
        "agency": {"slug": brand.agency.slug, "name": brand.agency.name},
        "brand": {"id": brand.pk, "slug": brand.slug, "name": brand.name},
        "requested": _who(erasure.requested_by, erasure.requested_at),
        "confirmed": _who(erasure.confirmed_by, erasure.confirmed_at),
        "finished_at": erasure.finished_at,
        "archive": {
            "id": erasure.export_ref,
            "sha256": erasure.export_sha256,
            "as_of": erasure.export_as_of,
        },
        "tables": tables,
        "ledger": {
            "before": erasure.checkpoint_before,
            "after": erasure.checkpoint_after,
            "proof": _proof(erasure),
        },
    }
    text = canonical(plain(told))
    sealed = {"certificate": text, "seal": seal(text, origin=origin, suffix=SEAL_SUFFIX)}
    return json.dumps(sealed, ensure_ascii=False, indent=1) + "\n"


def read_certificate(text: str) -> dict[str, Any]:
    """The inner object of a certificate that we stored."""
    inner: dict[str, Any] = json.loads(json.loads(text)["certificate"])
    return inner


def _who(person: User | None, at: Any) -> Values:
    return {
        "name": str(person) if person else "",
        "id": str(person.pk) if person else "",
        "at": instant(at) if at else "",
    }


def _tables(brand: Brand, counts: dict[str, int]) -> list[dict[str, Any]]:
    """One line per table: what was done to how many rows, what stays, and on what ground."""
    lines = []
    known = {table.label for table in brand_tables()}
    for table in sorted(brand_tables(), key=lambda table: table.label):
        label = table.label
        if label in KEPT:
            rows = table.rows(brand).count()
            lines.append({"table": label, "kept": rows, "why": str(KEPT[label])})
        elif label in EMPTIED:
            why = str(EMPTIED[label])
            lines.append({"table": label, "emptied": counts.get(label, 0), "why": why})
        else:
            lines.append({"table": label, "erased": counts.get(label, 0), "why": _GONE})
    lines += [
        {"table": label, "emptied": count, "why": _BEYOND}
        for label, count in sorted(counts.items())
        if label not in known
    ]
    return lines


def _proof(erasure: BrandErasure) -> str:
    """That the ledger after the erasure begins with the one before it. Base64 of joined hashes."""
    before, after = (
        int(note.splitlines()[1]) for note in (erasure.checkpoint_before, erasure.checkpoint_after)
    )
    hashes = Prover(erasure.target_id, after).consistency(before)
    return base64.b64encode(b"".join(hashes)).decode()
