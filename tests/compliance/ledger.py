"""Making ledgers and exports for tests."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

from compliance.domain.audit import Entry, record_many
from compliance.domain.export_job import run_export
from compliance.domain.exports import open_export, request_export
from compliance.models import AuditExport
from compliance.models.export import ExportFilters
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope

RULE = SystemActor("rule", "spam.links", "3")
ENGINE = SystemActor("system", "exporter")


def fill(brand: Brand, count: int, *, kind: str = "inbox.message.received") -> None:
    with brand_scope(brand.pk):
        entries = [
            Entry(kind, brand, personal={"text": f"Nachricht {n} “ä”"}, facts={"n": n})
            for n in range(count)
        ]
        record_many(entries, actor=RULE)


def make_export(brand: Brand, **filters: str) -> AuditExport:
    wanted: ExportFilters = filters  # type: ignore[assignment]
    with brand_scope(brand.pk):
        export = request_export(brand, actor=ENGINE, filters=wanted, purpose="Prüfung")
    done = run_export(export.pk, brand_id=brand.pk)
    assert done is not None
    return done


def export_to(path: Path, brand: Brand, **filters: str) -> Path:
    export = make_export(brand, **filters)
    with (
        brand_scope(brand.pk),
        open_export(export, actor=ENGINE) as file,
        path.open("wb") as target,
    ):
        shutil.copyfileobj(file, target)
    return path


def lines_of(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text("utf-8").splitlines()]


def write_lines(path: Path, lines: Iterator[dict[str, Any]] | list[dict[str, Any]]) -> Path:
    path.write_bytes(
        b"".join(
            json.dumps(line, ensure_ascii=False, separators=(",", ":")).encode() + b"\n"
            for line in lines
        )
    )
    return path


type Tamper = Callable[[list[dict[str, Any]]], object]
