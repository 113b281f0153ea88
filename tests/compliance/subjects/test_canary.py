"""The proof by search, and that it would notice. The same as ``make canary``."""

from pathlib import Path
from typing import Any

import pytest

from compliance.domain.closing.tables import brand_tables, file_columns
from compliance.domain.subjects.other_sources import copying_tables
from compliance.domain.subjects.sources import covered_tables
from tenants.models import Brand
from tests.canary.run import FLOOR, Report, run
from tests.canary.searching import search
from tests.factories.inbox import make_account


@pytest.fixture
def report(
    committed: None, north: Brand, test_database: str, tmp_path: Path, settings: Any
) -> Report:
    settings.DATA_DIR, settings.MEDIA_ROOT = tmp_path / "data", tmp_path / "files"
    return run(north, database=test_database)


def test_nothing_is_found_but_what_is_declared(report: Report) -> None:
    assert report.problems == []
    assert report.planted >= FLOOR
    assert report.line == (
        f"canaries {report.planted}, found 0, retained {len(report.retained)} (declared)"
    )
    # It looked at something, opened what is encoded, and noticed what a sabotaged erasure left.
    assert report.lines > 5000
    assert report.opened > 50
    assert report.files >= 3
    assert set(report.bites) >= {"inbox.message.text", "inbox.message.author_label"}
    assert report.others >= report.planted - 5
    assert len(covered_tables()) >= 25


def test_every_file_that_may_hold_a_person_goes_with_a_source() -> None:
    copies = {model._meta.label_lower for model in copying_tables()}
    filed = {table.label for table in brand_tables() if file_columns(table.model)}

    assert {"compliance.auditexport", "compliance.brandexport"} <= copies
    assert filed - copies - covered_tables() <= {"compliance.vendorevidence"}  # about companies
    for model in copying_tables():
        assert {"state", "requested_at"} <= {field.name for field in model._meta.fields}


def test_a_report_with_too_few_canaries_or_a_find_is_a_failure() -> None:
    empty = Report()
    assert any("fewer than" in problem for problem in empty.problems)
    assert any("did not notice" in problem for problem in empty.problems)
    found = Report(planted=FLOOR, bites=["x"], found=["inbox.message.text in inbox_message"])
    assert found.problems == ["found: inbox.message.text in inbox_message"]
    assert found.line == f"canaries {FLOOR}, found 1, retained 0 (declared)"


def test_the_search_opens_binary_and_encrypted_columns_and_files(
    committed: None, north: Brand, test_database: str, tmp_path: Path
) -> None:
    from tenants.scope import brand_scope

    with brand_scope(north.pk):
        make_account(north, access_token="cnryencrypted")
    (tmp_path / "Cnryname.txt").write_text("nothing")
    (tmp_path / "x.bin").write_bytes(b"\xff\xfecnryfile\xff")

    hay = search(
        ["cnryencrypted", "cnryname", "cnryfile", "cnrynever"],
        database=test_database,
        folders=[tmp_path],
    )

    assert hay.places["cnryencrypted"] == {"inbox_channelaccount"}
    assert hay.places["cnryname"] == {"file:Cnryname.txt"}
    assert hay.places["cnryfile"] == {"file:x.bin"}
    assert "cnrynever" not in hay.places
