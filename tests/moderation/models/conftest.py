"""A tiny model written by hand, so that these tests need no scikit-learn."""

import hashlib
import io
import json
import struct
import zipfile
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from moderation.domain.models import features
from moderation.domain.models.features import bucket

BUCKETS = 1 << 10


def npz(rows: int, columns: int, numbers: "array[float]", *, descr: str = "<f4") -> bytes:
    """An npz file as numpy writes it."""
    header = f"{{'descr': '{descr}', 'fortran_order': False, 'shape': ({rows}, {columns}), }}\n"
    encoded = header.encode("latin-1")
    npy = b"\x93NUMPY\x01\x00" + struct.pack("<H", len(encoded)) + encoded + numbers.tobytes()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("coef.npy", npy)
    return out.getvalue()


@pytest.fixture
def write_model() -> Callable[..., Path]:
    """Writes a model that knows one word; ``card`` fields can be changed, weights given."""

    def write(folder: Path, weights: bytes | None = None, **card: Any) -> Path:
        numbers = array("f", [0.0]) * BUCKETS
        numbers[bucket("=trottel", BUCKETS)] = 40.0
        raw = weights if weights is not None else npz(1, BUCKETS, numbers)
        head = {
            "intercept": -2.0,
            "slope": 1.0,
            "offset": 0.0,
            "look_from": 0.8,
            "positives": 1,
            "negatives": 1,
        }
        whole = {
            "format": 1,
            "features": features.VERSION,
            "language": "de",
            "version": "de-hand",
            "buckets": BUCKETS,
            "heads": {"insult": head},
            "trained_on": [],
            "weights_sha256": hashlib.sha256(raw).hexdigest(),
        } | card
        folder.mkdir(parents=True, exist_ok=True)
        path = folder / f"{whole['language']}.json"
        path.write_text(json.dumps(whole), "utf-8")
        path.with_suffix(".npz").write_bytes(raw)
        return path

    return write
