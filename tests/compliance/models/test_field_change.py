"""The field history, and each known trap of auditlog 3.4.1."""

import json
from collections.abc import Iterator

import pytest
from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.contrib.contenttypes.models import ContentType
from django.db import DatabaseError, IntegrityError, connection, transaction
from django.db.models import ProtectedError

from compliance.choices import ActorKind
from compliance.domain.erasure import erase_field_changes
from compliance.exceptions import AppendOnly, NotInTransaction
from compliance.models import AuditEvent, Consent, FieldChange
from compliance.registries import MASKED, track
from compliance.scope import acting
from tenants.actors import SystemActor
from tenants.models import Brand, User
from tenants.scope import NoBrandActive, brand_scope
from tests.compliance.ledger import RULE


@pytest.fixture(autouse=True)
def tracked() -> Iterator[None]:
    """Consent stands in for a configuration model."""
    was = auditlog.contains(Consent)
    if not was:
        track(Consent, fields=["state", "source"], masked=["evidence_ref"])
    yield
    if not was:
        auditlog.unregister(Consent)


def make_consent(brand: Brand, **fields: object) -> Consent:
    from django.utils import timezone

    return Consent.objects.create(
        brand=brand,
        channel="whatsapp",
        address_hash=f"{Consent.objects.count():064d}",
        purpose="marketing",
        **{"state": "granted", "source": "form", "since": timezone.now()} | fields,
    )


def test_save_is_seen_with_actor_brand_and_reason(in_north: Brand, ada: User):
    with acting(ada, reason="Kunde rief an", correlation_id="req-1"):
        consent = make_consent(in_north)
        consent.state = "withdrawn"
        consent.save()

    created, changed = FieldChange.objects.order_by("timestamp")
    assert created.action == FieldChange.Action.CREATE
    assert changed.changes == {"state": ["granted", "withdrawn"]}
    assert (changed.actor, changed.actor_kind, changed.actor_ref) == (ada, "user", str(ada.pk))
    assert (changed.brand_id, changed.reason, changed.cid) == (
        in_north.pk,
        "Kunde rief an",
        "req-1",
    )


def test_each_entry_is_committed_to_in_the_ledger(in_north: Brand, ada: User):
    with acting(ada):
        make_consent(in_north, source="form of Erika")

    change, event = FieldChange.objects.get(), AuditEvent.objects.get()
    body = json.loads(event.body)
    assert (event.kind, body["facts"]["entry"]) == ("compliance.field.changed", str(change.pk))
    details = {detail.name: detail.readable for detail in event.details.all()}
    assert details["after.source"] == "form of Erika"
    assert "Erika" not in event.body


def test_nested_actors_come_back(in_north: Brand, ada: User, olga: User):
    with acting(olga):
        with acting(ada):
            make_consent(in_north)
        make_consent(in_north)
        with acting(RULE):
            make_consent(in_north)
    make_consent(in_north)

    found = FieldChange.objects.order_by("timestamp").values_list(
        "actor", "actor_kind", "actor_ref"
    )
    assert list(found) == [
        (ada.pk, ActorKind.USER, str(ada.pk)),
        (olga.pk, ActorKind.USER, str(olga.pk)),
        (None, ActorKind.RULE, "spam.links@3"),
        (None, "", ""),
    ]


def test_no_receiver_is_left_behind(in_north: Brand, ada: User):
    from django.db.models.signals import pre_save

    before = len(pre_save.receivers)
    with acting(ada), acting(SystemActor("system", "x")):
        make_consent(in_north)

    assert len(pre_save.receivers) == before


def test_secret_fields_show_only_that_they_changed(in_north: Brand):
    consent = make_consent(in_north, evidence_ref="first-secret")
    consent.evidence_ref = "second-secret"
    consent.save()

    changes = FieldChange.objects.order_by("timestamp").last().changes
    assert changes == {"evidence_ref": [MASKED, MASKED]}


def test_entry_holds_no_name_of_the_object(in_north: Brand):
    make_consent(in_north)

    assert FieldChange.objects.get().object_repr == "compliance.consent"


def test_only_the_changed_field_is_logged_under_the_scoped_manager(in_north: Brand):
    """Without AUDITLOG_USE_BASE_MANAGER the old row is not found and all fields seem changed."""
    consent = make_consent(in_north)
    consent.source = "call"
    consent.save(update_fields=["source"])

    assert FieldChange.objects.latest().changes == {"source": ["form", "call"]}


def test_refused_change_leaves_no_phantom(in_north: Brand):
    first, second = make_consent(in_north), make_consent(in_north)
    second.address_hash, second.state = first.address_hash, "withdrawn"
    before = FieldChange.objects.count()

    with pytest.raises(IntegrityError), transaction.atomic():
        second.save()

    assert FieldChange.objects.count() == before


def test_change_outside_a_transaction_is_refused(in_north: Brand, monkeypatch: pytest.MonkeyPatch):
    consent = make_consent(in_north)
    consent.state = "withdrawn"
    outside = type("Outside", (), {"in_atomic_block": False})
    monkeypatch.setattr("compliance.models.field_change.connection", outside)

    with pytest.raises(NotInTransaction):
        consent.save()


@pytest.mark.parametrize("name", ["groups", "user_permissions", "memberships"])
def test_many_to_many_is_not_tracked(name: str):
    """auditlog logs every row of the related table, other brands' too, when one is cleared."""
    with pytest.raises(ValueError, match="own columns"):
        track(User, fields=[name])
    assert not auditlog.contains(User)


def test_history_is_scoped_like_everything_else(in_north: Brand, south: Brand):
    make_consent(in_north)
    assert FieldChange.objects.count() == 1


def test_history_of_another_brand_does_not_exist(north: Brand, south: Brand):
    for brand in (north, south):
        with brand_scope(brand.pk):
            make_consent(brand)
    with brand_scope(south.pk), connection.cursor() as cursor:
        assert list(FieldChange.objects.values_list("brand_id", flat=True)) == [south.pk]
        cursor.execute("SELECT brand_id FROM compliance_fieldchange")
        assert cursor.fetchall() == [(south.pk,)]
    with pytest.raises(NoBrandActive):
        FieldChange.objects.count()


def test_history_is_append_only(in_north: Brand):
    make_consent(in_north)
    change = FieldChange.objects.get()

    for attempt in (change.save, change.delete, FieldChange.objects.all().delete):
        with pytest.raises(AppendOnly):
            attempt()
    for attempt in (
        lambda: FieldChange.objects.update(changes={"state": ["a", "b"]}),
        lambda: FieldChange.objects.update(actor_ref="somebody"),
    ):
        with pytest.raises(DatabaseError), transaction.atomic():
            attempt()
    assert FieldChange.objects.get().changes == change.changes


def test_history_can_be_erased_and_says_so(in_north: Brand, olga: User):
    make_consent(in_north, source="Erika")

    erased = erase_field_changes(
        FieldChange.objects.all(), brand=in_north, reference="art17.7", actor=olga
    )

    change = FieldChange.objects.get()
    assert (erased, change.changes, change.erased_reference) == (1, None, "art17.7")
    assert AuditEvent.objects.latest("at").kind == "compliance.history.erased"


def test_content_type_cannot_take_its_history_away(in_north: Brand):
    make_consent(in_north)

    with pytest.raises(ProtectedError):
        ContentType.objects.get_for_model(Consent).delete()
    assert FieldChange.objects.count() == 1


def test_auditlogs_own_table_stays_unused(in_north: Brand):
    make_consent(in_north)

    assert LogEntry._meta.swapped == "compliance.FieldChange"


def test_change_of_the_platforms_own_is_kept_without_brand(db: None, olga: User):
    track(User, fields=["language"])
    try:
        olga.language = "de"
        with transaction.atomic(), acting(olga):
            olga.save(update_fields=["language"])
    finally:
        auditlog.unregister(User)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM compliance_fieldchange")
        assert cursor.fetchone() == (0,), "the app role may add these rows, not read them"
