"""Real processes, killed with SIGKILL in the middle: nothing is lost, doubled or counted wrong."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from compliance.domain.closing import archive as archive_files
from compliance.domain.closing import export_job
from compliance.domain.closing.certificate import read_certificate
from compliance.domain.closing.erase_job import planned_counts, run_brand_erasure
from compliance.domain.closing.erasures import confirm_erasure, request_erasure
from compliance.domain.closing.exports import request_brand_export
from compliance.domain.closing.tables import erased_tables, exported_tables
from compliance.domain.ledger_check import ledger_problems
from compliance.domain.sequencer import seal_all
from compliance.models import BrandErasure, BrandExport
from inbox.models import ChannelAccount
from tenants.models import Brand, User
from tenants.scope import brand_scope, own_scope
from tests import databases
from tests.compliance.closing.stage import archive as make_archive
from tests.compliance.closing.stage import fill, freeze_whole, in_agency

ROOT = Path(__file__).parents[3]
ERASE = """
import time
import django; django.setup()
from uuid import UUID
from compliance.domain.closing import erase_job
erase_job.CHUNK = 1
real = erase_job._Job.run
def run(self, step):
    count = real(self, step)
    if count:
        print(count, flush=True)
        time.sleep(0.02)
    return count
erase_job._Job.run = run
erase_job.run_brand_erasure(UUID("{erasure}"), brand_id=UUID("{own}"))
"""
EXPORT = """
import django; django.setup()
from uuid import UUID
from compliance.domain.closing import export_job
real = export_job.write_table
def write(table, *args, **kwargs):
    part = real(table, *args, **kwargs)
    print(table.label, flush=True)
    return part
export_job.write_table = write
export_job.run_brand_export(UUID("{export}"), brand_id=UUID("{brand}"))
"""


def kill_after(code: str, lines: int, folder: Path) -> None:
    """Run the code in a process of its own and kill it once it has printed so many lines."""
    env = os.environ | {
        "DATABASE_URL": databases.url("APP", connection.settings_dict["NAME"]),
        "DJANGO_SETTINGS_MODULE": "engage.settings_test",
        "DATA_DIR": str(folder),
    }
    with subprocess.Popen(
        [sys.executable, "-c", code], env=env, cwd=ROOT, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        for _line in range(lines):
            assert process.stdout.readline(), "it ended before it could be killed"
        process.send_signal(signal.SIGKILL)
        assert process.wait() == -signal.SIGKILL


def test_an_erasure_killed_again_and_again(
    committed: None, north: Brand, account: ChannelAccount, olga: User, omar: User, tmp_path: Path
) -> None:
    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        fill(north, account, messages=60, number=2)
    freeze_whole(north, actor=olga)
    make_archive(north, actor=olga)
    seal_all(north.pk)
    with in_agency(north.agency):
        brand = Brand.objects.select_related("agency").get(pk=north.pk)
        erasure = request_erasure(brand, reason="End", slug="north", actor=olga)
        erasure = confirm_erasure(erasure, slug="north", actor=omar)
        planned = planned_counts(brand)
    own = erasure.brand_id
    code = ERASE.format(erasure=erasure.pk, own=own)

    for lines in (5, 40, 20):
        kill_after(code, lines, tmp_path)
        assert run_brand_erasure(erasure.pk, brand_id=own) is None  # the dead worker's lease
        with own_scope(own):
            held = BrandErasure.objects.get(pk=erasure.pk)
            assert held.rows_done == sum(held.counts.values()) >= lines
            BrandErasure.objects.update(lease_until=timezone.now())
        with in_agency(north.agency):
            left = sum(planned_counts(brand).values())
        assert held.rows_done + left == sum(planned.values())

    done = run_brand_erasure(erasure.pk, brand_id=own)

    assert done is not None
    assert (done.attempt, done.counts) == (4, planned)
    with in_agency(north.agency):
        assert [t.label for t in erased_tables() if t.rows(brand).exists()] == []
    assert list(ledger_problems(north.pk)) == []
    assert read_certificate(done.certificate)["brand"]["slug"] == "north"


def test_an_archive_goes_on_where_the_killed_worker_stopped(
    committed: None,
    north: Brand,
    account: ChannelAccount,
    olga: User,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with brand_scope(north.pk):
        export = request_brand_export(north, purpose="Handing over", actor=olga)
    kill_after(EXPORT.format(export=export.pk, brand=north.pk), 12, tmp_path)
    with brand_scope(north.pk):
        parts = BrandExport.objects.get(pk=export.pk).parts
        assert export_job.run_brand_export(export.pk, brand_id=north.pk) is None
        BrandExport.objects.update(lease_until=timezone.now())
    written: list[str] = []

    def write(table: Any, *args: Any, **kwargs: Any) -> Any:
        written.append(table.label)
        return archive_files.write_table(table, *args, **kwargs)

    monkeypatch.setattr(export_job, "write_table", write)
    done = export_job.run_brand_export(export.pk, brand_id=north.pk)

    assert done is not None
    assert (done.state, done.attempt) == ("done", 2)
    assert len(parts) in {11, 12}
    assert done.parts[: len(parts)] == parts
    assert written == [t.label for t in exported_tables()][len(parts) :]
