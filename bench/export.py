"""Audit export: rows per second and memory, against COPY; as CSV, against plain Django.

Measured: ``request_export`` and ``run_export`` of a brand's whole log, in a process of its own per
size, from the claim to the file in its place: every row with its readable values and its inclusion
proof, the whole signed. The file of the smallest size is checked with ``verify_audit``. Memory is
the highest resident size of that process, over what it had before the export.

Baseline: COPY of the same events and details to a file, by psycopg.

The CSV form is measured in the same way, against the writer that a Django project has without a
library: ``csv.writer`` over ``.iterator()`` with the details prefetched, the same columns, no job,
no pieces, nothing masked, nothing kept. django-import-export is not installed and not compared.

The events are made by SQL, with the bytes ``record`` would have written, and sealed by the real
sequencer. Sizes: 10,000 and 200,000 rows; ``--quick`` 10,000 and 50,000; ``--full`` 10,000, 100,000
and 1,000,000.
"""

import csv
import json
import resource
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg
from psycopg import sql

from bench.installation import superuser_url
from bench.report import Options, Result
from compliance import verify_audit
from compliance.domain.export_csv import COLUMNS
from compliance.domain.export_job import run_export
from compliance.domain.exports import ExportForm, open_export, request_export
from compliance.domain.keys import public_key_text, signing_key
from compliance.domain.sequencer import seal_all
from compliance.models import AuditExport, AuditLeaf
from tenants.actors import SystemActor
from tenants.models import Agency, Brand
from tenants.scope import brand_scope

OPERATOR = SystemActor("system", "bench")
FLAT_MB = 32.0

# The leaf as compliance.domain.audit builds it: RFC 8785 orders the names and leaves no spaces.
_FILL = """
WITH made AS (
    SELECT uuidv7() AS id, uuidv7() AS detail_id, n, decode(md5(random()::text), 'hex') AS salt,
        to_json('Wo bleibt meine Bestellung Nummer ' || n || '? Ich warte seit Montag.')::text
            AS value,
        now() AS at
    FROM generate_series(%(first)s::int, %(last)s::int) AS n
), written AS (
    SELECT *, format(
        '{"actor":{"kind":"system","ref":"pipeline"},"at":"%%s","brand":"%%s","cid":"",'
        '"details":{"text":"%%s"},"facts":{"n":%%s},"id":"%%s",'
        '"kind":"inbox.message.received","object":{"ref":"%%s","type":"inbox.message"},'
        '"reason":"","v":1}',
        to_char(at AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), %(brand)s::text,
        encode(sha256('\\x02'::bytea || salt || convert_to(value, 'UTF8')), 'hex'), n, id, detail_id
    ) AS body FROM made
), event AS (
    INSERT INTO compliance_auditevent
        (id, brand_id, at, kind, actor_kind, actor_ref, object_type, object_ref, reason,
         correlation_id, body, leaf_hash)
    SELECT id, %(brand)s::uuid, at, 'inbox.message.received', 'system', 'pipeline',
        'inbox.message', detail_id, '', '', body,
        sha256('\\x00'::bytea || convert_to(body, 'UTF8'))
    FROM written
), detail AS (
    INSERT INTO compliance_auditdetail
        (id, brand_id, event_id, name, value, salt, erased_reference)
    SELECT detail_id, %(brand)s::uuid, id, 'text', value, salt, '' FROM written
)
INSERT INTO compliance_auditpending (event_id, brand_id) SELECT id, %(brand)s::uuid FROM written
"""
_COPY = """
COPY (
    SELECT l.index, e.body, l.hash, d.name, d.value, d.salt
    FROM compliance_auditleaf l
    JOIN compliance_auditevent e ON e.id = l.event_id
    LEFT JOIN compliance_auditdetail d ON d.event_id = e.id
    WHERE l.brand_id = {} ORDER BY l.index
) TO STDOUT
"""


def measure(options: Options) -> list[Result]:
    agency = Agency.objects.create(slug="acme", name="Acme")
    found = [_one_size(agency, size, options) for size in _sizes(options)]
    smallest = found[0]["grown_mb"]
    results = []
    for one in found:
        size = f"{one['rows']:,} rows"
        results.append(
            Result(
                f"audit export, {size}",
                one["rows_per_s"],
                "rows/s",
                one["copied_per_s"],
                one["rows_per_s"] / one["copied_per_s"],
                notes=[
                    f"sealed at {one['sealed_per_s']:,.0f} events/s, file {one['file_mb']:.0f} MB"
                ],
            )
        )
        results.append(
            Result(
                f"audit export as CSV, {size}",
                one["csv_per_s"],
                "rows/s",
                one["plain_per_s"],
                one["csv_per_s"] / one["plain_per_s"],
                notes=[
                    f"against csv.writer over .iterator(); {one['csv_grown_mb']:.1f} MB over the"
                    f" process before, the plain writer {one['plain_grown_mb']:.1f} MB"
                ],
            )
        )
    last = found[-1]
    grown = last["grown_mb"] - smallest
    results.append(
        Result(
            f"audit export, memory at {last['rows']:,} rows",
            last["peak_mb"],
            "MB",
            found[0]["peak_mb"],
            last["peak_mb"] / found[0]["peak_mb"],
            target=f"at most {FLAT_MB:.0f} MB more than at {found[0]['rows']:,} rows",
            is_met=grown <= FLAT_MB,
            notes=[
                f"{one['rows']:,} rows: peak {one['peak_mb']:.1f} MB,"
                f" {one['grown_mb']:.1f} MB over the process before"
                for one in found
            ],
        )
    )
    return results


def _sizes(options: Options) -> tuple[int, ...]:
    if options.full:
        return 10_000, 100_000, 1_000_000
    return (10_000, 50_000) if options.quick else (10_000, 200_000)


def _one_size(agency: Agency, size: int, options: Options) -> dict[str, Any]:
    brand = Brand.objects.create(agency=agency, slug=f"rows-{size}", name=str(size), state="live")
    _fill(brand.pk, size)
    began = time.perf_counter()
    seal_all(brand.pk)
    sealed_s = time.perf_counter() - began
    repeats = 1 if size > 100_000 or options.quick else 3
    exports, copies, sheets, plain = [], [], [], []
    for _repeat in range(repeats):
        copies.append(_copy(brand.pk))
        exports.append(_export_elsewhere(brand.pk, "verify" if size == 10_000 else "jsonl"))
        sheets.append(_export_elsewhere(brand.pk, "csv"))
        plain.append(_export_elsewhere(brand.pk, "plain"))
    rows = exports[-1]["rows"]
    return {
        "rows": size,
        "rows_per_s": statistics.median(one["rows"] / one["seconds"] for one in exports),
        "copied_per_s": size / statistics.median(copies),
        "sealed_per_s": size / sealed_s,
        "peak_mb": statistics.median(one["peak_mb"] for one in exports),
        "grown_mb": statistics.median(one["grown_mb"] for one in exports),
        "file_mb": exports[-1]["file_mb"] * size / rows,
        "csv_per_s": statistics.median(one["rows"] / one["seconds"] for one in sheets),
        "csv_grown_mb": statistics.median(one["grown_mb"] for one in sheets),
        "plain_per_s": statistics.median(one["rows"] / one["seconds"] for one in plain),
        "plain_grown_mb": statistics.median(one["grown_mb"] for one in plain),
    }


def _fill(brand_id: UUID, size: int) -> None:
    """In parts, so that keys rise as they do when events are written one after the other."""
    with psycopg.connect(superuser_url(), autocommit=True) as admin:
        for first in range(1, size + 1, 50_000):
            last = min(first + 49_999, size)
            admin.execute(_FILL, {"brand": str(brand_id), "first": first, "last": last})
        admin.execute("ANALYZE compliance_auditevent, compliance_auditdetail")


def _copy(brand_id: UUID) -> float:
    with (
        psycopg.connect(superuser_url()) as connection,
        tempfile.TemporaryFile() as file,
        connection.cursor() as cursor,
    ):
        began = time.perf_counter()
        with cursor.copy(sql.SQL(_COPY).format(sql.Literal(brand_id))) as copy:
            for block in copy:
                file.write(block)
        file.flush()
        return time.perf_counter() - began


def _export_elsewhere(brand_id: UUID, what: str) -> dict[str, Any]:
    """Export in a new process, so that its peak memory is its own."""
    program = "import engage.celery, django; django.setup(); from bench.export import main; main()"
    command = [sys.executable, "-c", program, str(brand_id), what]
    answer = subprocess.run(command, check=True, stdout=subprocess.PIPE)
    found: dict[str, Any] = json.loads(answer.stdout)
    return found


def main() -> None:
    """The export of the brand named on the command line; prints its figures as JSON."""
    brand_id, what = UUID(sys.argv[1]), sys.argv[2]
    found = _plain(brand_id) if what == "plain" else _export(brand_id, what)
    sys.stdout.write(json.dumps(found))


def _plain(brand_id: UUID) -> dict[str, Any]:
    """The same columns by the means of plain Django."""
    before = _peak_mb()
    rows = 0
    with brand_scope(brand_id), tempfile.TemporaryFile("w", newline="") as file:
        began = time.perf_counter()
        writer = csv.writer(file)
        writer.writerow(COLUMNS)
        leaves = AuditLeaf.objects.select_related("event").order_by("index")
        for leaf in leaves.prefetch_related("event__details").iterator(chunk_size=2000):
            event = leaf.event
            values = "\n".join(f"{d.name}: {d.readable}" for d in event.details.all())
            writer.writerow(
                [
                    leaf.index + 1,
                    event.at,
                    event.actor_ref,
                    event.actor_kind,
                    event.actor_ref,
                    event.kind,
                    event.kind,
                    event.object_type,
                    event.object_ref,
                    event.reason,
                    "",
                    "",
                    values,
                    event.correlation_id,
                    "",
                ]
            )
            rows += 1
        file.flush()
        seconds = time.perf_counter() - began
    peak = _peak_mb()
    return {"rows": rows, "seconds": seconds, "peak_mb": peak, "grown_mb": peak - before}


def _export(brand_id: UUID, what: str) -> dict[str, Any]:
    brand = Brand.objects.select_related("agency").get(pk=brand_id)
    before = _peak_mb()
    with brand_scope(brand_id):
        form = ExportForm(format="csv" if what == "csv" else "jsonl")
        export = request_export(brand, actor=OPERATOR, filters={}, purpose="bench", form=form)
    began = time.perf_counter()
    done = run_export(export.pk, brand_id=brand_id)
    seconds = time.perf_counter() - began
    if done is None or done.state != "done":
        raise RuntimeError(f"the export failed: {done.failure if done else 'taken'}")
    peak = _peak_mb()
    if what == "verify":
        _verify(done)
    found = {
        "rows": done.rows_done,
        "seconds": seconds,
        "peak_mb": peak,
        "grown_mb": peak - before,
        "file_mb": done.size_bytes / 1e6,
    }
    done.file.delete(save=False)
    return found


def _verify(export: AuditExport) -> None:
    with tempfile.TemporaryDirectory() as folder:
        key, copy = Path(folder, "key.pem"), Path(folder, "audit.jsonl")
        key.write_text(public_key_text(signing_key(), "pem"))
        with brand_scope(export.brand_id), open_export(export, actor=OPERATOR) as file:
            copy.write_bytes(file.read())
        program = [sys.executable, verify_audit.__file__, str(copy), "--key", str(key)]
        subprocess.run(program, check=True, stdout=subprocess.DEVNULL)


def _peak_mb() -> float:
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1e6 if sys.platform == "darwin" else 1024)
