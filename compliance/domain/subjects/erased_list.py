"""Who was erased: asked by whatever takes data in, so that nothing old comes back.

Only keyed hashes are kept. The same lines stand in a file outside the database, so that a database
restored from an older backup can be told again (``manage.py reapply_erasures``).
"""

import fcntl
import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import Max

from compliance.domain.canonical import instant
from compliance.domain.consent import address_hash
from compliance.models import ErasedAddress

LINE_VERSION = 1

type Address = tuple[str, str]
"""Channel and address."""


def remember(
    brand_id: UUID,
    addresses: Iterable[Address],
    *,
    contact_ids: Iterable[UUID],
    at: datetime,
    reference: str,
) -> int:
    """Put the addresses on the list, and the whole into the file. Says how many are listed.

    The file is written first: if the transaction is lost, applying the line again does no harm.
    """
    hashes = sorted({(c, address_hash(brand_id, c, a)) for c, a in addresses if a})
    _append(
        brand_id,
        {
            "v": LINE_VERSION,
            "reference": reference,
            "erased_at": instant(at),
            "contacts": sorted(map(str, contact_ids)),
            "addresses": [list(pair) for pair in hashes],
        },
    )
    return list_hashes(brand_id, hashes, at=at, reference=reference)


def list_hashes(brand_id: UUID, hashes: Iterable[Address], *, at: datetime, reference: str) -> int:
    """Put channels and keyed hashes on the list; what stands there already stays once."""
    rows = [
        ErasedAddress(
            brand_id=brand_id,
            channel=channel,
            address_hash=hashed,
            erased_at=at,
            reference=reference,
        )
        for channel, hashed in hashes
    ]
    ErasedAddress.objects.bulk_create(rows, ignore_conflicts=True)
    return len(rows)


def was_erased(brand_id: UUID, channel: str, address: str, at: datetime) -> bool:
    """Whether what happened at ``at`` under this address belongs to an erased person."""
    erased_at = erased_times(brand_id, [(channel, address)]).get((channel, address))
    return erased_at is not None and at <= erased_at


def erased_times(brand_id: UUID, addresses: Iterable[Address]) -> dict[Address, datetime]:
    """Address -> its newest erasure; the others are left out. One query, indexed."""
    wanted = {
        (channel, address_hash(brand_id, channel, address)): (channel, address)
        for channel, address in set(addresses)
        if address
    }
    if not wanted:
        return {}
    rows = (
        ErasedAddress.objects.filter(
            brand_id=brand_id,
            channel__in={channel for channel, _hash in wanted},
            address_hash__in={hashed for _channel, hashed in wanted},
        )
        .values_list("channel", "address_hash")
        .annotate(newest=Max("erased_at"))
    )
    return {wanted[c, h]: newest for c, h, newest in rows if (c, h) in wanted}


def erasures_file(brand_id: UUID) -> Path:
    """Where the brand's list stands outside the database."""
    return Path(settings.DATA_DIR) / "erasures" / f"{brand_id}.jsonl"


def _append(brand_id: UUID, line: dict[str, Any]) -> None:
    """Add one line that survives a power cut; a line that stands there already is not repeated."""
    path = erasures_file(brand_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = json.dumps(line, sort_keys=True) + "\n"
    with path.open("a+", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        file.seek(0)
        if any(one == text for one in file):
            return
        file.write(text)
        file.flush()
        os.fsync(file.fileno())


def lines_in_file(brand_id: UUID) -> Iterator[dict[str, Any]]:
    """What was erased, oldest first. A last line that was cut off by a crash is left out."""
    path = erasures_file(brand_id)
    if not path.exists():
        return
    with path.open(encoding="utf-8") as file:
        for text in file:
            if text.endswith("\n") and text.strip():
                yield json.loads(text)
