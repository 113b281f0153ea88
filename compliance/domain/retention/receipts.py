"""The receipt of a retention run: what went by which criteria, what stayed, signed.

The text that is handed out is JSON: ``{"receipt": <canonical JSON text>, "seal": <note>}``. The
note signs the exact bytes of the inner text.
"""

import hashlib
import json
from typing import Any

from django.conf import settings

from compliance.domain.canonical import canonical, instant, plain
from compliance.domain.checkpoints import origin_of
from compliance.domain.closing.manifest import seal
from compliance.models import RetentionRun

FORMAT, VERSION = "engage-retention-receipt", 1
SEAL_SUFFIX = "/retention"


def receipt_of(run: RetentionRun) -> tuple[str, str]:
    """The signed text, and the SHA-256 of its inner text, which stands in the ledger."""
    brand = run.brand
    origin = origin_of(settings.AUDIT_HOST, brand.pk)
    told: dict[str, Any] = {
        "format": FORMAT,
        "version": VERSION,
        "origin": origin,
        "agency": {"slug": brand.agency.slug, "name": brand.agency.name},
        "brand": {"id": brand.pk, "slug": brand.slug, "name": brand.name},
        "run": {
            "id": run.pk,
            "by_hand": run.by_hand,
            "requested_by": str(run.requested_by) if run.requested_by else run.requested_ref,
            "requested_at": instant(run.requested_at),
            "finished_at": instant(run.finished_at) if run.finished_at else "",
            "state": run.state,
            "stop_reason": run.stop_reason,
        },
        "policy_version": run.policy_number,
        "criteria": run.criteria,
        "planned": run.planned,
        "tables": run.counts,
        "rows": run.rows_done,
        "kept": run.keeping,
        "chunks": {
            "count": run.chunks,
            "longest_ms": run.longest_ms,
            "sha256": run.digest,
        },
    }
    text = canonical(plain(told))
    sealed = {"receipt": text, "seal": seal(text, origin=origin, suffix=SEAL_SUFFIX)}
    return json.dumps(sealed, ensure_ascii=False, indent=1) + "\n", hash_of(text)


def hash_of(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def read_receipt(text: str) -> dict[str, Any]:
    """The inner object of a receipt that we stored."""
    inner: dict[str, Any] = json.loads(json.loads(text)["receipt"])
    return inner
