"""Tasks are entry points: named after their app, and told for whom they work."""

import inspect
import re
from typing import Any

import pytest

from engage.celery import SCHEDULE, app

# Platform jobs that belong to no brand, and why.
SWEEPS = {
    "engage.heartbeat": "says that a worker lives",
    "inbox.sweep": "finds the brands and agencies with work left behind",
    "inbox.poll_channels": "finds the brands with an account to be asked",
    "inbox.check_clocks": "goes through the brands one by one",
    "compliance.seal_ledgers": "finds the brands with unsealed events",
    "compliance.seal_platform": "one tree over the checkpoints of all brands",
    "compliance.anchor_checkpoints": "hands the platform's root to every agency",
    "compliance.watch_ledgers": "looks which brands' ledgers are late or due for a check",
    "compliance.watch_secrets": "finds secrets of all brands that are about to expire",
    "compliance.sweep_consent_jobs": "finds lists of consents whose worker is gone",
    "compliance.sweep_closing": "finds archives and erasures whose worker is gone",
    "compliance.sweep_requests": "finds data requests that wait for a worker or a warning",
    "compliance.sweep_retention": "finds brands whose hour has come and runs whose worker is gone",
    "compliance.watch_registers": "finds brands whose clocks run, agencies whose vendors come up",
    "compliance.fold_transfers": "adds up the day of all brands in one reading",
    "compliance.sweep_exports": "finds exports whose worker is gone",
    "moderation.watch_qualities": "finds the brands whose samples are due",
    "moderation.watch": "finds brands whose appeals or sanctions have days to keep",
    "tenants.forget_sessions": "sessions are of people, not of brands",
    "tenants.deliver_post": "sends the mail that is due, also to people of no agency",
}


def _tasks() -> dict[str, Any]:
    app.loader.import_default_modules()
    return {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}


def test_tasks_are_named_after_their_app() -> None:
    tasks = _tasks()

    assert len(tasks) >= 9
    for name, task in tasks.items():
        assert re.fullmatch(r"[a-z]+\.[a-z_]+", name), name
        assert task.run.__module__.partition(".")[0] == name.partition(".")[0], name


def test_tasks_say_for_whom_they_work() -> None:
    sweeps = set()
    for name, task in _tasks().items():
        parameters = list(inspect.signature(task.run).parameters)
        if not parameters:
            sweeps.add(name)
            continue
        assert parameters[0] in {"brand_id", "agency_id"}, name

    assert sweeps == set(SWEEPS)


def test_every_parameter_is_a_primitive() -> None:
    kinds = {
        f"{name}.{parameter.name}": parameter.annotation
        for name, task in _tasks().items()
        for parameter in inspect.signature(task.run).parameters.values()
    }

    assert kinds
    assert set(kinds.values()) <= {str, int, bool}, kinds


def test_everything_on_the_schedule_is_a_sweep() -> None:
    assert set(SCHEDULE) == set(SWEEPS)


@pytest.mark.parametrize("name", SWEEPS)
def test_a_listed_sweep_exists(name: str) -> None:
    assert name in _tasks()
