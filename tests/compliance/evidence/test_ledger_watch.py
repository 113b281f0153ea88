"""The monitor: sound ledgers are called sound; each kind of damage names brand and event."""

import random
from collections.abc import Callable
from datetime import timedelta
from typing import Any
from uuid import UUID

import psycopg
import pytest
import time_machine
from django.utils import timezone

from compliance.choices import AlarmKind
from compliance.domain import ledger_watch
from compliance.domain.anchors import anchor_all
from compliance.domain.ledger_watch import brands_to_check, check_brand, watch_delays
from compliance.domain.platform_tree import seal_whole_platform
from compliance.domain.sequencer import seal, seal_all
from compliance.models import AuditEvent, AuditLeaf, LedgerAlarm, LedgerCheck
from tenants.models import Brand, OutgoingMail, User
from tenants.scope import brand_scope
from tests import databases
from tests.compliance.ledger import fill
from tests.factories.tenants import speaks_english

CHANCE = random.Random(7)  # noqa: S311 -- the same rows in every run


def _sealed(brand: Brand, *counts: int) -> None:
    for count in counts:
        fill(brand, count)
        seal_all(brand.pk)
    seal_whole_platform()


def _event_at(brand: Brand, index: int) -> UUID:
    with brand_scope(brand.pk):
        return AuditLeaf.objects.get(index=index).event_id


def _alarms(brand: Brand) -> list[LedgerAlarm]:
    with brand_scope(brand.pk):
        return list(LedgerAlarm.objects.order_by("opened_at"))


def test_sound_ledger(north: Brand, aud: User):
    _sealed(north, 5, 1, 7)

    check = check_brand(north.pk, chance=CHANCE)

    assert check is not None
    assert (check.checked, check.sound, check.size, check.checkpoints) == (13, 13, 13, 3)
    assert check.problems == []
    assert _alarms(north) == []
    assert OutgoingMail.objects.count() == 0


def test_brand_without_ledger(north: Brand):
    assert check_brand(north.pk) is None


def _superuser(test_database: str, *statements: str) -> None:
    """Past every trigger: what only somebody with the whole server can do."""
    with psycopg.connect(databases.url("SUPERUSER", test_database), autocommit=True) as admin:
        admin.execute("SET session_replication_role = replica")
        for statement in statements:
            assert admin.execute(statement.encode()).rowcount > 0


_BODY = (
    "UPDATE compliance_auditevent SET body = replace(body, '\"n\":3', '\"n\":4')"
    " WHERE id = '{event}'"
)
_REASON = "UPDATE compliance_auditevent SET reason = 'x' WHERE id = '{event}'"
_LEAF_HASH = (
    "UPDATE compliance_auditevent SET leaf_hash = sha256('\\x00'::bytea ||"
    " convert_to(body, 'UTF8')) WHERE id = '{event}'"
)
# Name -> (statements with {event} and {brand}, words of the alarm, whether it names the event)
TAMPERINGS: dict[str, tuple[list[str], str, bool]] = {
    "body": (
        [_BODY],
        "The entry was altered.",
        True,
    ),
    "column": (
        ["UPDATE compliance_auditevent SET actor_ref = 'nobody' WHERE id = '{event}'"],
        "The columns say something else than the entry: actor_ref.",
        True,
    ),
    "value": (
        ["UPDATE compliance_auditdetail SET value = '\"x\"' WHERE event_id = '{event}'"],
        "The value of text was altered.",
        True,
    ),
    "value removed": (
        ["DELETE FROM compliance_auditdetail WHERE event_id = '{event}'"],
        "Values were taken out: text.",
        True,
    ),
    "event removed": (
        ["DELETE FROM compliance_auditevent WHERE id = '{event}'"],
        "Its event was removed.",
        True,
    ),
    "body and every hash of it": (
        [
            _BODY,
            _LEAF_HASH,
            "UPDATE compliance_auditleaf SET hash = e.leaf_hash FROM compliance_auditevent e"
            " WHERE e.id = event_id AND e.id = '{event}'",
        ],
        "damage begins in rows 0 to 4",
        True,
    ),
    "leaf removed": (
        ["DELETE FROM compliance_auditleaf WHERE event_id = '{event}'"],
        "Rows are missing: 3.",
        True,
    ),
    "checkpoint": (
        ["UPDATE compliance_checkpoint SET note = replace(note, '13', '12') WHERE size = 13"],
        "the signature of",
        False,
    ),
    "platform tree": (
        ["UPDATE compliance_platformleaf SET hash = sha256('x') WHERE index = 1"],
        "its entries have another root",
        False,
    ),
}  # fmt: skip


@pytest.mark.parametrize("name", TAMPERINGS)
def test_damage_is_found_and_named(
    committed: None, north: Brand, aud: User, test_database: str, name: str
):
    statements, words, names_event = TAMPERINGS[name]
    speaks_english(north)
    _sealed(north, 5, 1, 7)
    event = _event_at(north, 3)
    # Every check of an hour shares what it has read of the platform tree.
    ledger_watch.look_at_platform.__globals__["_prover"].cache_clear()
    _superuser(test_database, *(one.format(event=event) for one in statements))

    check = check_brand(north.pk, chance=CHANCE)

    assert check is not None
    told = [problem["words"] for problem in check.problems]
    assert any(words in one for one in told), told
    (alarm,) = _alarms(north)
    assert (alarm.kind, alarm.closed_at) == (AlarmKind.DAMAGED, None)
    if names_event:
        assert str(event) in alarm.events
    with brand_scope(north.pk):
        recorded = AuditEvent.objects.get(kind="compliance.ledger.damage_found")
    assert (str(event) in recorded.body) == names_event
    mail = OutgoingMail.objects.get()
    assert mail.to == aud.email
    assert north.name in mail.subject
    assert (f"{event}: " in mail.text) == names_event


def test_alarm_stays_until_a_sound_look(
    committed: None, north: Brand, aud: User, test_database: str
):
    _sealed(north, 5)
    event = _event_at(north, 3)
    column = "UPDATE compliance_auditevent SET actor_ref = %s WHERE id = '{event}'"
    with brand_scope(north.pk):
        was = AuditEvent.objects.get(pk=event).actor_ref
    _superuser(test_database, column.replace("%s", "'nobody'").format(event=event))

    check_brand(north.pk)
    check_brand(north.pk)

    assert OutgoingMail.objects.count() == 1  # the second look tells nothing new
    _superuser(test_database, column.replace("%s", f"'{was}'").format(event=event))
    seal_all(north.pk)
    seal_whole_platform()
    check_brand(north.pk)
    (alarm,) = _alarms(north)
    assert alarm.closed_at is not None
    with brand_scope(north.pk):
        assert AuditEvent.objects.filter(kind="compliance.ledger.damage_ended").count() == 1


def test_damaged_event_is_looked_at_again_beyond_the_sample(
    committed: None, north: Brand, test_database: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(ledger_watch, "IN_ORDER", 2)
    monkeypatch.setattr(ledger_watch, "BY_CHANCE", 0)
    _sealed(north, 9)
    event = _event_at(north, 1)
    _superuser(test_database, _REASON.format(event=event))

    first, second = check_brand(north.pk), check_brand(north.pk)

    assert first is not None
    assert second is not None
    assert [problem["index"] for problem in first.problems] == [1]
    assert [problem["index"] for problem in second.problems] == [1]
    assert (second.checked, second.sound) == (3, 2)  # rows 2 and 3, and the one that did not fit


def test_runs_in_order_see_every_row(north: Brand, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(ledger_watch, "IN_ORDER", 4)
    monkeypatch.setattr(ledger_watch, "BY_CHANCE", 0)
    _sealed(north, 10)

    starts = []
    for _turn in range(4):
        check = check_brand(north.pk)
        assert check is not None
        starts.append(check.next_index)

    assert starts == [4, 8, 0, 4]


def test_anchor_file_remembers_what_the_database_forgets(north: Brand, settings: Any):
    speaks_english(north)
    _sealed(north, 3)
    anchor_all()
    (path,) = settings.ANCHOR_DIR.glob("*.txt")
    path.write_text(path.read_text().replace("time", "TIME"))

    check = check_brand(north.pk)

    assert check is not None
    assert [problem["words"][:7] for problem in check.problems] == ["Anchor "]


def test_events_that_wait_too_long(north: Brand, south: Brand, aud: User):
    fill(north, 2)
    fill(south, 1)
    now = timezone.now()

    assert watch_delays(now=now + timedelta(seconds=59)) == 0
    assert watch_delays(now=now + timedelta(seconds=62)) == 2

    (alarm,) = _alarms(north)
    assert alarm.kind == AlarmKind.LATE
    assert alarm.problems[0]["words"].startswith("2 events wait for their seal")
    assert [mail.to for mail in OutgoingMail.objects.all()] == [aud.email]
    for brand in (north, south):
        seal(brand.pk)
    assert watch_delays(now=now + timedelta(seconds=64)) == 0
    assert _alarms(north)[0].closed_at is not None


def test_each_brand_has_its_own_clock(north: Brand, south: Brand, settings: Any):
    settings.LEDGER_CHECK_MINUTES = 60
    _sealed(north, 2)
    _sealed(south, 2)
    everybody: Callable[[], set[UUID]] = lambda: set(brands_to_check()) & {north.pk, south.pk}  # noqa: E731
    assert everybody() == {north.pk, south.pk}

    check_brand(north.pk)

    assert everybody() == {south.pk}
    with time_machine.travel(timezone.now() + timedelta(minutes=61), tick=False):
        assert everybody() == {north.pk, south.pk}
        with brand_scope(north.pk):
            LedgerCheck.objects.update(duration_ms=60_000)
        assert everybody() == {south.pk}  # a check of a minute is made every 100 minutes
