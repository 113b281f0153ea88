"""What Engage does by itself is told like what people do."""

from datetime import UTC, datetime, timedelta

import pytest
from django.utils import timezone

from compliance.choices import ConsentJobKind, ExportState, RunState
from compliance.domain.closing.exports import request_brand_export
from compliance.domain.consent_jobs import request_job
from compliance.domain.exports import request_export
from compliance.domain.packs.job import PERIOD
from compliance.domain.packs.packs import request_pack
from compliance.domain.retention.in_effect import Line, put_in_effect
from compliance.domain.retention.sweeps import keep_brand
from compliance.models import AuditEvent, RetentionRun, UnexplainedWrite
from engage.celery import SCHEDULE, app
from inbox.models import Conversation
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message

SINCE, UNTIL = datetime(2020, 1, 1, tzinfo=UTC), datetime(2100, 1, 1, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("committed")


@pytest.fixture
def eager(monkeypatch: pytest.MonkeyPatch) -> None:
    """What a sweep wakes is done before it returns."""
    monkeypatch.setitem(app.conf, "task_always_eager", True)
    monkeypatch.setitem(app.conf, "task_eager_propagates", True)


def _unexplained(brand: Brand) -> list[dict[str, int]]:
    with brand_scope(brand.pk):
        return [row.changes for row in UnexplainedWrite.objects.order_by("at", "pk")]


@pytest.fixture
def old(north: Brand, olga: User) -> Conversation:
    """Of a thread whose time is over."""
    at = timezone.now() - timedelta(days=300)
    with brand_scope(north.pk):
        put_in_effect(north, {"general_conversation": Line(6, "erase")}, actor=olga)
        thread = make_conversation(make_account(north), last_message_at=at)
        make_message(thread, occurred_at=at)
    return thread


def test_no_scheduled_work_writes_silently(
    north: Brand, old: Conversation, aud: User, olga: User, eager: None
) -> None:
    app.loader.import_default_modules()
    before = len(_unexplained(north))
    with brand_scope(north.pk):
        export = request_export(north, actor=aud, filters={}, purpose="Audit")
        pack = request_pack(
            north, case_key=PERIOD, since=SINCE, until=UNTIL, purpose="Audit", actor=aud
        )
        archive = request_brand_export(north, purpose="Archive", actor=olga)
        lists = request_job(
            north, kind=ConsentJobKind.EXPORT, purpose="List", actor=olga, wake=False
        )
    for name in SCHEDULE:
        app.tasks[name].apply(throw=True)
    noon = timezone.now().replace(hour=12, minute=0)
    keep_brand(north.pk, now=noon + timedelta(days=1))
    app.tasks["compliance.sweep_retention"].apply(throw=True)

    with brand_scope(north.pk):
        for job in (export, pack, archive, lists):
            job.refresh_from_db()
            assert job.state == ExportState.DONE, job
        assert RetentionRun.objects.get().state == RunState.DONE
        assert not Conversation.objects.exists()
        assert AuditEvent.objects.filter(kind="compliance.retention_run.finished").count() == 1
    assert _unexplained(north)[before:] == []
