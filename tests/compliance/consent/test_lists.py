"""Suppression lists in and out: all or nothing, told by line; the same again changes nothing."""

import csv
import io
from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from compliance.choices import ConsentJobKind, Purpose
from compliance.domain import consent_runs
from compliance.domain.consent import address_hash, grant, standing, withdraw
from compliance.domain.consent_address import key_mark
from compliance.domain.consent_jobs import (
    cancel_job,
    drop_expired_lists,
    open_job_file,
    request_job,
)
from compliance.domain.consent_work import run_job
from compliance.exceptions import ExportNotReady
from compliance.models import AuditEvent, Consent, ConsentEntry, ConsentJob
from tenants.actors import PIPELINE
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope

ANNA, BEN = "491701", "491702"


def _ask(brand: Brand, actor: User, text: str | bytes, **fields: Any) -> ConsentJob:
    raw = text if isinstance(text, bytes) else text.encode()
    with brand_scope(brand.pk):
        return request_job(
            brand,
            kind=ConsentJobKind.IMPORT,
            purpose="old newsletter tool",
            upload=io.BytesIO(raw),
            filename="list.csv",
            wake=False,
            actor=actor,
            **fields,
        )


def _bring(brand: Brand, actor: User, text: str | bytes, **fields: Any) -> ConsentJob:
    job = _ask(brand, actor, text, **fields)
    run_job(job.pk, brand_id=brand.pk)
    with brand_scope(brand.pk):
        return ConsentJob.objects.get(pk=job.pk)


def _states(brand: Brand, address: str, channel: str = "whatsapp") -> dict[str, str]:
    with brand_scope(brand.pk):
        known = standing(brand.pk, channel=channel, address=address)
        return {purpose: word.state for purpose, word in known.items()}


def _export(brand: Brand, actor: User, kind: str = ConsentJobKind.EXPORT) -> list[dict[str, str]]:
    with brand_scope(brand.pk):
        job = request_job(brand, kind=kind, purpose="to the shop", wake=False, actor=actor)
    run_job(job.pk, brand_id=brand.pk)
    with brand_scope(brand.pk):
        job.refresh_from_db()
        with open_job_file(job, actor=actor) as file:
            text = file.read().decode("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert (job.state, job.rows_done) == ("done", len(rows))
    return rows


def _say(word: Any, brand: Brand, address: str, **changes: Any) -> bool:
    with brand_scope(brand.pk):
        return bool(
            word(
                brand.pk,
                **{
                    "channel": "whatsapp",
                    "address": address,
                    "purposes": [Purpose.MARKETING],
                    "source": "message",
                    "evidence": "m1",
                    "actor": PIPELINE,
                    "at": timezone.now() - timedelta(days=1),
                }
                | changes,
            )
        )


def test_a_list_suppresses_each_address_and_each_change_is_an_entry(
    north: Brand, aud: User
) -> None:
    job = _bring(
        north,
        aud,
        "Telefon;Kanal;Zweck;Seit;Name\n"
        "+49 1701;whatsapp;marketing;2024-05-01;=cmd\n"
        "49 170-2;WhatsApp;;;\n"
        ";;;;\n",
    )

    assert (job.state, job.counts, job.failure) == (
        "done",
        {"added": 4, "unchanged": 0, "wrong": 0},
        "",
    )
    assert _states(north, ANNA) == {"marketing": "suppressed"}
    assert _states(north, BEN) == dict.fromkeys(("automation", "marketing", "survey"), "suppressed")
    assert not job.upload  # the addresses are gone
    with brand_scope(north.pk):
        entries = list(ConsentEntry.objects.filter(evidence_ref=str(job.pk)))
        assert len(entries) == 4
        assert {(e.before, e.state, e.source) for e in entries} == {("", "suppressed", "import")}
        word = Consent.objects.get(address_hash=address_hash(north.pk, "whatsapp", ANNA))
        assert word.since.date().isoformat() == "2024-05-01"
        assert AuditEvent.objects.filter(kind="compliance.suppression_import.finished").count() == 1


def test_the_same_list_twice_changes_nothing(north: Brand, aud: User) -> None:
    text = f"address,channel\n{ANNA},whatsapp\n{ANNA},whatsapp\n"
    _bring(north, aud, text)
    with brand_scope(north.pk):
        before = list(Consent.objects.order_by("id").values())

    again = _bring(north, aud, text)

    assert again.counts == {"added": 0, "unchanged": 3, "wrong": 0}
    with brand_scope(north.pk):
        assert list(Consent.objects.order_by("id").values()) == before
        assert ConsentEntry.objects.count() == 3


def test_a_list_stands_above_yes_and_above_start(north: Brand, aud: User) -> None:
    _say(grant, north, ANNA)
    _say(withdraw, north, BEN)
    lines = "".join(f"{who},whatsapp,marketing\n" for who in (ANNA, BEN))

    job = _bring(north, aud, f"address,channel,purpose\n{lines}")

    assert job.counts["added"] == 2
    assert not _say(grant, north, ANNA, at=timezone.now(), evidence="m9")
    assert not _say(withdraw, north, ANNA, at=timezone.now())
    assert _states(north, ANNA) == _states(north, BEN) == {"marketing": "suppressed"}
    with brand_scope(north.pk):
        befores = ConsentEntry.objects.filter(source="import").values_list("before", flat=True)
        assert sorted(befores) == ["granted", "withdrawn"]


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("name\nAnna\n", (1, "address", "no_address_column")),
        ("address\n1234567\n", (1, "channel", "no_channel_column")),
        ("address,address,channel\na,b,whatsapp\n", (1, "address", "column_twice")),
        ("address,channel\n", (1, "file", "no_rows")),
        ("address,channel\n,whatsapp\n", (2, "address", "empty")),
        ("address,channel\n" + "x" * 201 + ",whatsapp\n", (2, "address", "too_long")),
        ("address,channel\na\x00b,whatsapp\n", (2, "address", "bad_character")),
        ("address,channel\nabc,\n", (2, "channel", "no_channel")),
        ("address,channel\nabc,Brief post!\n", (2, "channel", "no_channel")),
        ("address,channel,purpose\nabc,whatsapp,spam\n", (2, "purpose", "no_purpose")),
        ("address,channel,since\nabc,whatsapp,gestern\n", (2, "since", "no_date")),
        ("address,channel,since\nabc,whatsapp,2026-02-30\n", (2, "since", "no_date")),
        ("address,channel,since\nabc,whatsapp,2999-01-01\n", (2, "since", "in_future")),
        ("address,channel,since\nabc,whatsapp,1066-10-14\n", (2, "since", "too_old")),
        ("address,channel,state\nabc,whatsapp,granted\n", (2, "state", "no_state")),
        ("address_hash,channel\nabc,whatsapp\n", (2, "address_hash", "no_hash")),
        ("hash,channel,key\n" + "a" * 64 + ",whatsapp,x\n", (2, "key", "other_key")),
        ('address,channel\n"abc,whatsapp\n', (3, "file", "broken_line")),
        (b"address,channel\nM\xfcller,whatsapp\n", (2, "file", "not_utf8")),
    ],
)
def test_a_wrong_line_is_told_and_nothing_is_stored(
    north: Brand, aud: User, text: str | bytes, problem: tuple[int, str, str]
) -> None:
    job = _bring(north, aud, text)

    first = job.problems[0]
    assert (first["field"], first["code"]) == problem[1:]
    assert abs(first["line"] - problem[0]) <= 1
    assert job.state == "failed"
    assert "Nothing was imported." in job.failure
    with brand_scope(north.pk):
        assert Consent.objects.count() == 0
        with open_job_file(job, actor=aud) as file:
            report = file.read().decode("utf-8-sig").splitlines()
    assert report[0] == "line,field,reason"
    assert len(report) == job.counts["wrong"] + 1


def test_one_wrong_line_among_good_ones_stores_none(north: Brand, aud: User) -> None:
    lines = [f"49170{n:06d},whatsapp" for n in range(50)]
    lines[20] = ",whatsapp"
    lines[40] = "491,!"

    job = _bring(north, aud, "address,channel\n" + "\n".join(lines))

    assert [(p["line"], p["field"]) for p in job.problems] == [(22, "address"), (42, "channel")]
    assert _states(north, "49170000000") == {}


def test_a_killed_worker_leaves_nothing_and_the_next_stores_all(
    north: Brand, aud: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    job = _ask(north, aud, f"address,channel\n{ANNA},whatsapp\n")

    def killed(*_args: Any, **_kwargs: Any) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(consent_runs.Run, "finish", killed)
        with pytest.raises(KeyboardInterrupt):
            run_job(job.pk, brand_id=north.pk)
    assert _states(north, ANNA) == {}
    assert run_job(job.pk, brand_id=north.pk) is None  # the lease still stands
    with brand_scope(north.pk):
        ConsentJob.objects.update(lease_until=timezone.now() - timedelta(seconds=1))

    done = run_job(job.pk, brand_id=north.pk)

    assert done is not None
    assert (done.state, done.attempt, done.counts["added"]) == ("done", 2, 3)


def test_a_cancelled_import_changes_nothing(north: Brand, aud: User) -> None:
    job = _ask(north, aud, f"address,channel\n{ANNA},whatsapp\n")
    with brand_scope(north.pk):
        cancel_job(job, actor=aud)

    assert run_job(job.pk, brand_id=north.pk) is None
    assert _states(north, ANNA) == {}


def test_an_export_holds_hashes_and_comes_back_in(north: Brand, aud: User) -> None:
    _say(withdraw, north, ANNA)
    _bring(north, aud, f"address,channel,purpose\n{BEN},whatsapp,survey\n")

    rows = _export(north, aud)

    assert sorted((r["purpose"], r["state"]) for r in rows) == [
        ("marketing", "withdrawn"),
        ("survey", "suppressed"),
    ]
    assert {r["key"] for r in rows} == {key_mark(north.pk)}
    assert not any(ANNA in str(row) or BEN in str(row) for row in rows)
    with brand_scope(north.pk):
        Consent.objects.all().delete()
    text = io.StringIO()
    writer = csv.DictWriter(text, fieldnames=list(rows[0]))
    writer.writeheader()
    writer.writerows(rows)
    again = _bring(north, aud, text.getvalue())
    assert (again.state, again.counts["added"]) == ("done", 2)
    assert _states(north, ANNA) == {"marketing": "withdrawn"}
    assert _states(north, BEN) == {"survey": "suppressed"}


def test_a_file_expires_and_each_download_is_an_event(north: Brand, aud: User) -> None:
    _say(withdraw, north, ANNA)
    _export(north, aud)
    with brand_scope(north.pk):
        job = ConsentJob.objects.get()
        assert job.expires_at is not None
        assert job.expires_at - timezone.now() > timedelta(days=6)
        ConsentJob.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert drop_expired_lists() == 1

    with brand_scope(north.pk):
        job.refresh_from_db()
        with pytest.raises(ExportNotReady):
            open_job_file(job, actor=aud)
        kinds = set(AuditEvent.objects.values_list("kind", flat=True))
    assert {
        "compliance.suppression_export.requested",
        "compliance.suppression_export.finished",
        "compliance.suppression_export.downloaded",
        "compliance.suppression_export.expired",
    } <= kinds


@pytest.mark.parametrize(
    ("fields", "field"), [({"purpose": " "}, "purpose"), ({"kind": "x"}, "kind"), ({}, "file")]
)
def test_what_is_missing_is_named(
    north: Brand, aud: User, fields: dict[str, str], field: str
) -> None:
    wanted: dict[str, Any] = {"kind": ConsentJobKind.IMPORT, "purpose": "p"} | fields
    with brand_scope(north.pk), pytest.raises(InvalidInput) as refused:
        request_job(north, actor=aud, wake=False, **wanted)
    assert refused.value.field == field


def test_who_may_not_change_consents_gets_no_list(north: Brand, ada: User) -> None:
    with pytest.raises(NotAllowed):
        _ask(north, ada, f"address,channel\n{ANNA},whatsapp\n")
    assert _states(north, ANNA) == {}
