"""The Celery app's promises: nothing is acknowledged early, every swept task exists."""

import threading

import pytest
from celery import current_app

from engage.celery import SCHEDULE, app, heartbeat
from engage.startup import broker
from tenants.models import ProcessHeartbeat


def test_every_task_of_the_schedule_exists() -> None:
    app.loader.import_default_modules()

    assert [name for name in SCHEDULE if name not in app.tasks] == []


def test_tasks_of_every_thread_belong_to_the_app() -> None:
    seen: list[str] = []
    thread = threading.Thread(target=lambda: seen.append(current_app.main))

    thread.start()
    thread.join()

    assert seen == ["engage"]


def test_wake_ups_that_were_not_read_expire_after_three_intervals() -> None:
    entries = app.conf.beat_schedule
    expires = {name: entry["options"]["expires"] for name, entry in entries.items()}

    assert expires == {name: 3 * every_s for name, every_s in SCHEDULE.items()}


def test_the_schedule_has_a_queue_of_its_own() -> None:
    assert app.conf.task_routes == {name: {"queue": "schedule"} for name in SCHEDULE}


def test_tasks_are_acknowledged_after_the_work_and_carry_json_only() -> None:
    conf = app.conf

    assert (conf.task_acks_late, conf.task_reject_on_worker_lost) == (True, True)
    assert (conf.worker_prefetch_multiplier, conf.accept_content) == (1, ["json"])
    assert conf.result_backend is None


def test_broker_address_is_never_taken_from_the_products_database(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://engage_app:pw@127.0.0.1:5432/engage")

    options = broker.transport_options("pgmq://engage_broker:pw@127.0.0.1:5432/engage_broker")

    assert options["conn_string"] == ("postgresql://engage_broker:pw@127.0.0.1:5432/engage_broker")


@pytest.mark.parametrize("url", ["redis://127.0.0.1/0", "amqp://guest@127.0.0.1//", "memory://"])
def test_other_brokers_get_no_options_and_no_tables(url: str) -> None:
    assert broker.transport_options(url) == {}
    assert broker.prepare(url) is False


@pytest.mark.django_db
def test_heartbeat_keeps_one_row() -> None:
    heartbeat()
    first = ProcessHeartbeat.objects.get(name="worker").seen_at
    heartbeat()

    assert ProcessHeartbeat.objects.filter(name="worker").count() == 1
    assert ProcessHeartbeat.objects.get(name="worker").seen_at > first
