"""Health answers: what they say, and what they keep to themselves."""

import json
import re
from collections.abc import Callable
from datetime import timedelta

import psycopg
import pytest
import time_machine
from django.test import RequestFactory
from django.utils import timezone

from compliance.domain.sequencer import seal_all
from engage import health
from tenants.models import Brand, ProcessHeartbeat
from tests.compliance.ledger import fill

PASSWORD = "s3cret-of-the-broker"


def fine() -> None:
    """A part without trouble."""


def late() -> None:
    message = "the last sign of life of a worker is 90 s old"
    raise health.NotReady(message)


def leaking() -> None:
    message = f'connection to "10.0.0.7", user "engage", password "{PASSWORD}" failed'
    raise psycopg.OperationalError(message)


def ask(
    monkeypatch: pytest.MonkeyPatch, **checks: Callable[[], None]
) -> tuple[int, dict[str, dict[str, object]]]:
    monkeypatch.setattr(health, "CHECKS", checks)
    answer = health.readyz(RequestFactory().get("/readyz"))
    return answer.status_code, json.loads(answer.content)


def test_alive_without_asking_the_database() -> None:
    answer = health.healthz(RequestFactory().get("/healthz"))

    assert (answer.status_code, answer.content) == (200, b"ok\n")
    assert "no-store" in answer["Cache-Control"]


def test_ready_when_every_part_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert ask(monkeypatch, database=fine, worker=fine) == (
        200,
        {"database": {"ok": True, "why": ""}, "worker": {"ok": True, "why": ""}},
    )


def test_one_part_that_is_not_ready_makes_503_with_the_reason(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert ask(monkeypatch, database=fine, worker=late) == (
        503,
        {
            "database": {"ok": True, "why": ""},
            "worker": {"ok": False, "why": "the last sign of life of a worker is 90 s old"},
        },
    )


def test_error_of_a_driver_stays_in_the_log(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    status, parts = ask(monkeypatch, broker=leaking)

    assert (status, parts) == (503, {"broker": {"ok": False, "why": "does not answer"}})
    assert "readyz: broker is not ready" in caplog.text


def test_only_reading_methods_are_answered() -> None:
    for view in (health.healthz, health.readyz):
        assert view(RequestFactory().post("/")).status_code == 405


@pytest.mark.django_db
def test_database_and_migrations_are_ready_in_a_migrated_database() -> None:
    assert health.check_database() is None
    assert health.check_migrations() is None


@pytest.mark.django_db
def test_worker_is_not_ready_before_its_first_report() -> None:
    ProcessHeartbeat.objects.all().delete()

    with pytest.raises(health.NotReady, match=r"^no worker has reported yet$"):
        health.check_worker()


def report_seconds_ago(age_s: int) -> None:
    ProcessHeartbeat.objects.update_or_create(
        name="worker", defaults={"seen_at": timezone.now() - timedelta(seconds=age_s)}
    )


@pytest.mark.django_db
@pytest.mark.parametrize("age_s", [0, 40])
def test_worker_is_ready_while_its_sign_of_life_is_fresh(age_s: int) -> None:
    report_seconds_ago(age_s)

    assert health.check_worker() is None


@pytest.mark.django_db
@pytest.mark.parametrize("age_s", [50, 900])
def test_worker_that_fell_silent_is_not_ready(age_s: int) -> None:
    report_seconds_ago(age_s)

    with pytest.raises(health.NotReady) as refusal:
        health.check_worker()

    assert str(refusal.value) == f"the last sign of life of a worker is {age_s} s old"


def test_late_seals_are_told_and_take_no_traffic_away(
    north: Brand, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(north, 1)
    health.check_ledger()

    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        code, parts = ask(monkeypatch, database=fine, ledger=health.check_ledger)

    assert (code, parts["ledger"]["ok"]) == (200, False)
    assert re.fullmatch(
        r"an audit event has waited \d+ s for its seal", str(parts["ledger"]["why"])
    )
    seal_all(north.pk)
    with time_machine.travel(timezone.now() + timedelta(seconds=61), tick=False):
        health.check_ledger()
