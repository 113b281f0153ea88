"""The offline verifier: events per second, and memory that does not grow with the file.

Measured: ``compliance/verify_audit.py`` as an auditor runs it, a process of its own without any of
our packages, over a full export made by the product: each row hashed, its inclusion proof walked to
the signed root, its readable values against their commitments, the whole against its seal. Start of
the interpreter included.

Baseline: the same file read and parsed (``json.loads`` of each line) by the same interpreter.

Sizes: 2,000 and 20,000 events; ``--quick`` 1,000 and 5,000; ``--full`` 10,000 and 200,000.
"""

import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.export import OPERATOR, _fill
from bench.report import Options, Result
from compliance import verify_audit
from compliance.domain.export_job import run_export
from compliance.domain.exports import open_export, request_export
from compliance.domain.keys import public_key_text, signing_key
from compliance.domain.sequencer import seal_all
from tenants.models import Agency, Brand
from tenants.scope import brand_scope

FLAT_MB = 16.0
PARSE = "import json, sys\nfor line in open(sys.argv[1], 'rb'): json.loads(line)"


def measure(options: Options) -> list[Result]:
    agency = Agency.objects.create(slug="acme", name="Acme")
    sizes = (1_000, 5_000) if options.quick else (2_000, 20_000)
    if options.full:
        sizes = (10_000, 200_000)
    results, peaks = [], []
    with tempfile.TemporaryDirectory() as folder:
        key = Path(folder, "key.pem")
        key.write_text(public_key_text(signing_key(), "pem"))
        for size in sizes:
            path = Path(folder, f"{size}.jsonl")
            rows = _export(agency, size, path)
            parsed_s, _memory = _run(["-c", PARSE, str(path)])
            program = [verify_audit.__file__, str(path), "--key", str(key)]
            took_s, peak_mb = _run(["-I", "-S", *program])
            peaks.append(peak_mb)
            megabytes = path.stat().st_size / 1e6
            results.append(
                Result(
                    f"offline verification, {size:,} events",
                    rows / took_s,
                    "events/s",
                    rows / parsed_s,
                    parsed_s / took_s,
                    notes=[f"file {megabytes:.1f} MB in {took_s:.2f} s; baseline parses it only"],
                )
            )
    results.append(
        Result(
            f"offline verification, memory at {sizes[-1]:,} events",
            peaks[-1],
            "MB",
            peaks[0],
            peaks[-1] / peaks[0],
            target=f"at most {FLAT_MB:.0f} MB more than at {sizes[0]:,} events",
            is_met=peaks[-1] - peaks[0] <= FLAT_MB,
        )
    )
    return results


def _export(agency: Agency, size: int, path: Path) -> int:
    brand = Brand.objects.create(agency=agency, slug=f"v-{size}", name=str(size), state="live")
    _fill(brand.pk, size)
    seal_all(brand.pk)
    with brand_scope(brand.pk):
        export = request_export(brand, actor=OPERATOR, filters={}, purpose="measurement")
    done = run_export(export.pk, brand_id=brand.pk)
    if done is None or done.state != "done":
        raise RuntimeError(f"the export failed: {done.failure if done else 'taken'}")
    with brand_scope(brand.pk), open_export(done, actor=OPERATOR) as file:
        path.write_bytes(file.read())
    done.file.delete(save=False)
    return done.rows_done


def _run(arguments: list[str]) -> tuple[float, float]:
    """Seconds, and the highest resident size of children so far in MB."""
    began = time.perf_counter()
    subprocess.run([sys.executable, *arguments], check=True, stdout=subprocess.DEVNULL)
    took_s = time.perf_counter() - began
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
    return took_s, peak / (1e6 if sys.platform == "darwin" else 1024)
