"""What changes without an event is counted by the database itself, however it was written."""

from collections.abc import Callable

import pytest
from django.db import connection, transaction
from django.utils import timezone

from compliance.domain.audit import record
from compliance.domain.net import OPERATIONS, chunk_scope, owned_by_nobody, watched_tables
from compliance.domain.silence import watch_silence
from compliance.models import AuditEvent, LedgerAlarm, UnexplainedWrite
from compliance.registries import unaudited
from inbox.models import Contact
from tenants.actors import SystemActor
from tenants.domain.agencies import own_brand
from tenants.models import Brand, Membership, User
from tenants.scope import agency_scope, brand_scope, own_scope

RULE = SystemActor("rule", "tests", "1")
pytestmark = pytest.mark.usefixtures("committed")
# Tables whose rows name neither brand nor agency: no ledger could be told. Each with its ground.
OF_NOBODY = {
    "account.emailaddress": "a person's; changed by sign-in, which tells their agencies",
    "account.emailconfirmation": "unused: confirmations are signed links",
    "admin.logentry": "unused: the audit trail is the only log",
    "auth.group": "unused",
    "auth.group_permissions": "unused",
    "auth.permission": "made by migrations",
    "compliance.platformcheckpoint": "proof over all ledgers, signed",
    "compliance.platformleaf": "proof over all ledgers",
    "compliance.signingkey": "the platform's; changes are signed by the old key",
    "contenttypes.contenttype": "made by migrations",
    "guardian.groupobjectpermission": "unused",
    "guardian.userobjectpermission": "unused",
    "inbox.apiunits": "counts a platform app's calls by day, for all brands together",
    "mfa.authenticator": "a person's; signals of sign-in tell their agencies",
    "sessions.session": "a person's; StaffSession tells",
    "tenants.processheartbeat": "says that a worker lives",
    "tenants.secretrotation": "how far a rotation is",
    "tenants.ssoidentity": "a person at a provider; sign-in tells",
    "tenants.user": "a person of several agencies; verbs tell each",
    "tenants.user_groups": "unused",
    "tenants.user_user_permissions": "unused",
}


def found(brand: Brand) -> list[dict[str, int]]:
    with brand_scope(brand.pk):
        return [row.changes for row in UnexplainedWrite.objects.order_by("at", "pk")]


def contacts(brand: Brand, count: int) -> list[Contact]:
    now = timezone.now()
    return [
        Contact(brand=brand, name=f"n{n}", first_seen_at=now, last_seen_at=now)
        for n in range(count)
    ]


def made(brand: Brand) -> Contact:
    [contact] = Contact.objects.bulk_create(contacts(brand, 1))
    return contact


def raw(brand: Brand) -> None:
    with connection.cursor() as cursor:
        cursor.execute("UPDATE inbox_contact SET name = 'raw' WHERE brand_id = %s", [brand.pk])


def deleted(brand: Brand) -> None:
    Contact.objects.all().delete()


def one_by_one(brand: Brand) -> None:
    for contact in Contact.objects.all():
        contact.name = "x"
        contact.save()


WAYS: dict[str, tuple[Callable[[Brand], object], dict[str, int]]] = {
    "bulk_create": (
        lambda brand: Contact.objects.bulk_create(contacts(brand, 3)),
        {"inbox_contact:insert": 3},
    ),
    "update": (lambda _brand: Contact.objects.update(name="y"), {"inbox_contact:update": 2}),
    "save": (one_by_one, {"inbox_contact:update": 2}),
    "bulk_update": (
        lambda _brand: Contact.objects.bulk_update(
            [Contact(pk=row.pk, brand=row.brand, name="z") for row in Contact.objects.all()],
            ["name"],
        ),
        {"inbox_contact:update": 2},
    ),
    "raw": (raw, {"inbox_contact:update": 2}),
    "delete": (deleted, {"inbox_contact:delete": 2}),
}


@pytest.fixture
def start(north: Brand) -> int:
    """How many are there from making the cast; two contacts stand."""
    with brand_scope(north.pk):
        Contact.objects.bulk_create(contacts(north, 2))
        record("inbox.contact.imported", north, actor=RULE)
    return len(found(north))


@pytest.mark.parametrize("way", WAYS)
def test_no_way_of_writing_is_silent(way: str, north: Brand, start: int) -> None:
    write, expected = WAYS[way]

    with brand_scope(north.pk):
        write(north)

    assert found(north)[start:] == [expected]


@pytest.mark.parametrize("way", WAYS)
def test_with_an_event_before_or_after_nothing_is_noted(way: str, north: Brand, start: int) -> None:
    write, _expected = WAYS[way]

    with brand_scope(north.pk):
        write(north)
        record("inbox.contact.imported", north, actor=RULE)
    with brand_scope(north.pk):
        record("inbox.contact.imported", north, actor=RULE)
        made(north)

    assert found(north)[start:] == []


@pytest.mark.parametrize("kind", ["inbox.contact.read", "tenants.right.refused"])
def test_reading_and_refusing_explain_no_change(kind: str, north: Brand, start: int) -> None:
    with brand_scope(north.pk):
        record(kind, north, actor=RULE)
        made(north)

    assert found(north)[start:] == [{"inbox_contact:insert": 1}]


def test_a_savepoint_that_is_rolled_back_takes_its_event_along(north: Brand, start: int) -> None:
    with brand_scope(north.pk):
        made(north)
        with transaction.atomic():
            record("inbox.contact.imported", north, actor=RULE)
            made(north)
            transaction.set_rollback(True)

    assert found(north)[start:] == [{"inbox_contact:insert": 1}]


def test_a_cascade_of_the_database_is_seen(north: Brand, start: int) -> None:
    """The children go by the database's own hand; Django never hears of them."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT count(*) FROM pg_trigger WHERE tgname = 'told_by_commit'"
            " AND tgrelid = 'inbox_contacthandle'::regclass"
        )
        assert cursor.fetchone() == (1,)


def test_a_run_that_tells_at_its_end_is_not_asked_in_between(north: Brand, start: int) -> None:
    with chunk_scope(north.pk, receipt="compliance.retention_run.finished"):
        Contact.objects.all().delete()

    assert found(north)[start:] == []


def test_nothing_is_changed_by_writing_the_same(north: Brand, start: int) -> None:
    with brand_scope(north.pk):
        for contact in Contact.objects.all():
            contact.save()

    assert found(north)[start:] == []


def test_the_note_cannot_be_taken_away(north: Brand, start: int) -> None:
    with brand_scope(north.pk):
        made(north)
    with (
        pytest.raises(Exception, match="permission denied"),
        brand_scope(north.pk),
        connection.cursor() as cursor,
    ):
        cursor.execute("DELETE FROM compliance_unexplainedwrite")

    assert len(found(north)) == start + 1


def test_it_raises_an_alarm_once_and_tells_the_ledger(north: Brand, start: int) -> None:
    with brand_scope(north.pk):
        made(north)

    assert watch_silence() >= 1
    watch_silence()

    with brand_scope(north.pk):
        [alarm] = LedgerAlarm.objects.filter(kind="silent")
        told = AuditEvent.objects.filter(kind="compliance.ledger.silence_found").count()
    assert any("inbox_contact:insert 1" in problem["words"] for problem in alarm.problems)
    assert told == 1


def test_rows_of_an_agency_are_told_to_its_own_ledger(north: Brand, ada: User) -> None:
    own = own_brand(north.agency)
    with agency_scope(north.agency_id):
        Membership.objects.filter(user=ada).update(brand=None)
    with own_scope(own.pk):
        changes = [row.changes for row in UnexplainedWrite.objects.all()]

    assert {"tenants_membership:update": 1} in changes


def test_every_table_is_watched_or_says_why_not() -> None:
    watched = {one.label for one in watched_tables()}
    whole = {str(label) for label, one in unaudited.items() if one.is_whole}

    assert set(owned_by_nobody()) == set(OF_NOBODY)
    assert len(watched) >= 60
    assert not watched & whole
    for label, one in unaudited.items():
        assert one.ground, label
        assert set(one.operations) <= set(OPERATIONS), label


def test_an_exception_names_columns_that_exist() -> None:
    assert {one.label for one in watched_tables() if one.columns}
