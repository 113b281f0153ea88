"""The compliance officer: who did what, and a file that proves it without us."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

from engage.startup.environment import ROOT
from tests.walk.stage import Stage
from tests.walk.work import WHY

PURPOSE = "Jahresprüfung durch die Revision"
EXPORT_TIMEOUT_S = 60.0


def finds_both_acts(stage: Stage) -> None:
    """By person and action: two hidings and one answer of the community manager."""
    page = stage.sign_in("aud")
    page.locator(".side-nav a", has_text="Audit trail").click()
    page.wait_for_url("**/compliance/auditevent/")
    hidings = _filter(page, kind="moderation.decision.made")
    assert len(hidings) == 2, hidings
    page.locator(".events > li summary").first.click()
    assert WHY in page.locator(".events > li").first.inner_text()
    stage.shot("audit-hidings")
    answers = _filter(page, kind="inbox.reply.queued")
    assert len(answers) == 1, answers
    page.locator(".events > li summary").first.click()
    stage.shot("audit-answer")
    stage.found["acts"] = " ".join([*hidings, *answers])


def _filter(page: Page, *, kind: str) -> list[str]:
    """Ids of the events of the community manager of this kind, newest first."""
    page.select_option("select[name=actor]", label="Ada Adler")
    page.fill("input[name=kind]", kind)
    page.locator("form.filters button[type=submit]").click()
    page.wait_for_url(f"**kind={kind}**")
    rows = page.locator(".events > li")
    for row in rows.all():
        assert kind in (row.text_content() or ""), kind
        line = row.locator("summary").first.inner_text()
        assert "Ada Adler" in line, line
    return [(row.get_attribute("id") or "").removeprefix("e-") for row in rows.all()]


def exports_and_verifies(stage: Stage) -> None:
    """Purpose, job, download; the file proves itself with the public key alone."""
    page = stage.people["aud"]
    stage.open(page, "compliance/auditevent/")
    page.get_by_role("link", name="Export…").click()
    page.wait_for_url("**/auditexport/request/**")
    page.fill("#purpose", PURPOSE)
    page.locator("main form button[type=submit]").click()
    page.wait_for_url("**/auditexport/**/change/")
    download = page.locator("form[action$='/download/'] button")
    download.wait_for(timeout=EXPORT_TIMEOUT_S * 1000)
    stage.shot("export-ready")
    with page.expect_download() as waiting:
        download.click()
    file = stage.product.folder / "export.jsonl"
    waiting.value.save_as(file)
    key = stage.product.folder / "audit.pem"
    key.write_text(stage.product.manage("audit_key"))

    lines = file.read_bytes().splitlines(keepends=True)
    rows = {_event(line)["id"]: number for number, line in enumerate(lines) if b'"leaf"' in line}
    acts = stage.found["acts"].split()
    assert set(acts) <= set(rows), "an act is missing in the export"
    code, words = _verify(file, key)
    count = len(rows)
    assert code == 0, words
    assert words.startswith(f"verified: {count} of {count} events"), words
    stage.told.append(words.splitlines()[0])
    _finds_the_flipped_byte(stage, lines, rows[acts[0]], key)


def _event(line: bytes) -> dict[str, Any]:
    event: dict[str, Any] = json.loads(json.loads(line)["leaf"])
    return event


def _finds_the_flipped_byte(stage: Stage, lines: list[bytes], number: int, key: Path) -> None:
    """One byte in the row of the hiding: the verifier names the row."""
    event_id = _event(lines[number])["id"]
    at = lines[number].index(b"moderation.decision.made")
    changed = bytearray(lines[number])
    changed[at] ^= 1
    file = stage.product.folder / "forged.jsonl"
    file.write_bytes(b"".join([*lines[:number], bytes(changed), *lines[number + 1 :]]))

    code, words = _verify(file, key)
    assert code == 1, words
    assert words.startswith("TAMPERED"), words
    first = words.splitlines()[1]
    assert first.startswith("- row ")
    assert f"event {event_id}, line {number + 1}" in first, words
    stage.told.append(f"forged: {first.removeprefix('- ')}")


def _verify(file: Path, key: Path) -> tuple[int, str]:
    """Exit code and words. ``-I -S``: with Python alone, no package of ours in reach."""
    done = subprocess.run(
        [sys.executable, "-I", "-S", ROOT / "compliance/verify_audit.py", file, "--key", key],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        cwd=file.parent,
    )
    return done.returncode, (done.stdout + done.stderr).strip()
