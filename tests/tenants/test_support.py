"""Support access: nothing without it, little with it, never long, always told. Requirement T8."""

from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone

from compliance.models import AuditEvent
from tenants.choices import SupportState
from tenants.domain import support
from tenants.domain.agencies import own_brand
from tenants.domain.directory import find_workspace
from tenants.domain.signin import start_session
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed, NotFound
from tenants.models import Agency, Brand, OutgoingMail, SupportAccess, User
from tenants.permissions import can, capabilities, forget_rights, support_capabilities
from tenants.scope import brand_scope, own_scope
from tests.factories.api import make_program
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.tenants import make_member, make_user

WHY = "Ticket 4711: replies are held"
LIST = "/w/acme/admin/tenants/supportaccess/"
PLATFORM = "/admin/tenants/supportaccess/"
INBOX = "/w/acme/north/admin/inbox/conversation/"


@pytest.fixture
def sam(db: None) -> User:
    """Of the platform's staff, a member nowhere."""
    return make_user("sam", is_platform_staff=True)


def opened(agency: Agency, sam: User, olga: User, **fields: Any) -> SupportAccess:
    access = support.ask(agency, reason=WHY, hours=2, actor=sam, **fields)
    support.consent(access, actor=olga)
    forget_rights(sam)
    access.refresh_from_db()
    return access


def signed_in(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def told(brand: Brand) -> list[str]:
    with brand_scope(brand.pk):
        events = AuditEvent.objects.filter(kind__startswith="tenants.support.").order_by("id")
        return list(events.values_list("kind", flat=True))


# Without an access


def test_the_platforms_staff_see_nothing_of_an_agency(sam: User, north: Brand, olga: User) -> None:
    client = signed_in(sam)

    seen = {
        address: client.get(address).status_code
        for address in ("/w/acme/admin/", "/w/acme/north/admin/", INBOX, LIST,
                        "/w/acme/north/api/v1/conversations/")
    }  # fmt: skip

    assert set(seen.values()) == {404}, seen
    assert not any(can(sam, str(name), north) for name, _one in capabilities.items())


def test_the_platforms_own_pages_name_agencies_and_nothing_of_theirs(
    sam: User, north: Brand, south: Brand, globex: Agency, olga: User
) -> None:
    other = make_user("otto", is_platform_staff=True)
    support.ask(globex, reason="Somebody else's own matter", hours=1, actor=other)

    client = signed_in(sam)
    assert client.get("/admin/").headers["Location"] == PLATFORM
    page = client.get(PLATFORM).content.decode()

    assert "Acme" in page
    assert "Globex" in page
    for word in ("North", "South", "north", "Olga", "Somebody else"):
        assert word not in page, word


def test_asking_opens_nothing(sam: User, olga: User, acme: Agency, north: Brand) -> None:
    access = support.ask(acme, reason=WHY, hours=4, actor=sam)
    forget_rights(sam)

    assert access.state_at(timezone.now()) == SupportState.ASKED
    assert find_workspace(sam, "acme", "north") is None


# Opening


@pytest.mark.parametrize(
    ("reason", "hours", "field"),
    [("", 1, "reason"), ("too short", 1, "reason"), ("         x ", 1, "reason"),
     (WHY, 0, "hours"), (WHY, 5, "hours"), (WHY, -1, "hours")],
)  # fmt: skip
def test_bad_requests_say_which_field(
    sam: User, acme: Agency, reason: str, hours: int, field: str
) -> None:
    for verb in (support.ask, support.open_emergency):
        more: dict[str, Any] = {"is_emergency": True} if verb is support.open_emergency else {}
        with pytest.raises(InvalidInput) as caught:
            verb(acme, reason=reason, hours=hours, actor=sam, **more)
        assert caught.value.field == field
    assert not SupportAccess.objects.exists()


def test_only_the_platforms_staff_ask(olga: User, eve: User, acme: Agency) -> None:
    for person in (olga, eve):
        with pytest.raises(NotAllowed):
            support.ask(acme, reason=WHY, hours=1, actor=person)
        with pytest.raises(NotAllowed):
            support.open_emergency(acme, reason=WHY, hours=1, is_emergency=True, actor=person)


def test_a_brand_of_another_agency_is_no_place_to_ask_for(
    sam: User, acme: Agency, main: Brand
) -> None:
    for brand in (main, own_brand(acme)):
        with pytest.raises(NotFound):
            support.ask(acme, brand=brand, reason=WHY, hours=1, actor=sam)


def test_an_emergency_must_be_called_one(sam: User, acme: Agency) -> None:
    with pytest.raises(InvalidInput) as caught:
        support.open_emergency(acme, reason=WHY, hours=1, is_emergency=False, actor=sam)

    assert caught.value.field == "is_emergency"
    assert not SupportAccess.objects.exists()


def test_asking_twice_is_refused_and_an_emergency_goes_before_the_answer(
    sam: User, acme: Agency
) -> None:
    support.ask(acme, reason=WHY, hours=1, actor=sam)
    with pytest.raises(InvalidState):
        support.ask(acme, reason=WHY, hours=1, actor=sam)

    support.open_emergency(acme, reason=WHY, hours=1, is_emergency=True, actor=sam)
    with pytest.raises(InvalidState):
        support.open_emergency(acme, reason=WHY, hours=1, is_emergency=True, actor=sam)


def test_who_lets_support_in(
    sam: User, olga: User, ada: User, gus: User, acme: Agency, north: Brand
) -> None:
    access = support.ask(acme, reason=WHY, hours=1, actor=sam)

    for person in (ada, gus, sam):
        for verb in (support.consent, support.refuse):
            with pytest.raises(NotAllowed):
                verb(access, actor=person)

    granted = support.consent(access, actor=olga)
    assert granted.granted_by == olga
    with pytest.raises(InvalidState):
        support.consent(access, actor=olga)
    with pytest.raises(InvalidState):
        support.refuse(access, actor=olga)


def test_nobody_lets_themselves_in(sam: User, acme: Agency) -> None:
    access = support.ask(acme, reason=WHY, hours=1, actor=sam)
    make_member(sam, acme, "owner")

    with pytest.raises(NotAllowed):
        support.consent(access, actor=sam)


def test_refused_stays_refused(sam: User, olga: User, acme: Agency, north: Brand) -> None:
    access = support.ask(acme, reason=WHY, hours=1, actor=sam)
    support.refuse(access, actor=olga)
    forget_rights(sam)

    assert find_workspace(sam, "acme", "north") is None
    with pytest.raises(InvalidState):
        support.consent(access, actor=olga)


# Reach and time


def test_an_open_access_reaches_its_agency_and_no_other(
    sam: User, olga: User, acme: Agency, north: Brand, south: Brand, main: Brand
) -> None:
    opened(acme, sam, olga)

    assert {b.slug for b in find_workspace(sam, "acme", None).brands} == {"north", "south"}  # type: ignore[union-attr]
    assert find_workspace(sam, "globex", None) is None
    assert find_workspace(sam, "globex", "main") is None


def test_an_access_to_one_brand_reaches_that_brand(
    sam: User, olga: User, acme: Agency, north: Brand, south: Brand
) -> None:
    opened(acme, sam, olga, brand=north)

    assert find_workspace(sam, "acme", "south") is None
    whole = find_workspace(sam, "acme", None)
    assert whole is not None
    assert (whole.brands, whole.agency_wide, whole.own_brand_id) == ((north,), False, None)


def test_it_ends_by_the_clock_with_the_next_request(
    sam: User, olga: User, acme: Agency, north: Brand
) -> None:
    access = opened(acme, sam, olga)
    assert access.opened_at is not None
    client = signed_in(sam)

    assert client.get(INBOX).status_code == 200
    with time_machine.travel(access.opened_at + timedelta(minutes=119), tick=False):
        client.force_login(sam)
        assert client.get(INBOX).status_code == 200
    with time_machine.travel(access.opened_at + timedelta(hours=2), tick=False):
        client.force_login(sam)
        assert client.get(INBOX).status_code == 404
        assert access.state_at(timezone.now()) == SupportState.EXPIRED


def test_four_hours_are_the_databases_law(sam: User, olga: User, acme: Agency) -> None:
    access = support.ask(acme, reason=WHY, hours=4, actor=sam)
    access = support.consent(access, actor=olga)
    assert access.expires_at - access.opened_at == timedelta(hours=4)  # type: ignore[operator]

    with pytest.raises(IntegrityError, match="support_four_hours_at_most"), transaction.atomic():
        SupportAccess.objects.update(expires_at=timezone.now() + timedelta(hours=5))


@pytest.mark.parametrize("who", ["sam", "olga"])
def test_either_side_ends_it_at_once(
    sam: User, olga: User, acme: Agency, north: Brand, who: str
) -> None:
    access = opened(acme, sam, olga)
    client = signed_in(sam)
    assert client.get(INBOX).status_code == 200

    person = {"sam": sam, "olga": olga}[who]
    address = PLATFORM if who == "sam" else LIST
    signed_in(person).post(f"{address}{access.pk}/end/")

    assert client.get(INBOX).status_code == 404
    access.refresh_from_db()
    assert access.ended_by == person


def test_others_do_not_end_it(sam: User, olga: User, gus: User, ada: User, acme: Agency) -> None:
    access = opened(acme, sam, olga)
    other = make_user("otto", is_platform_staff=True)

    for person in (gus, ada, other):
        with pytest.raises(NotAllowed):
            support.end(access, actor=person)
    assert signed_in(other).post(f"{PLATFORM}{access.pk}/end/").status_code == 404
    assert signed_in(gus).post(f"{LIST}{access.pk}/end/").status_code == 404


# Reading only


def test_the_set_is_every_view_and_nothing_else() -> None:
    held = support_capabilities()

    assert {"inbox.conversation.view", "compliance.audit.view", "tenants.member.view"} <= held
    assert {name.rpartition(".")[2] for name in held} == {"view"}
    assert held == {str(n) for n, _one in capabilities.items() if str(n).endswith(".view")}


def test_support_looks_and_does_not_act(sam: User, olga: User, acme: Agency, north: Brand) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))
        make_message(conversation)
    opened(acme, sam, olga)
    client = signed_in(sam)

    page = client.get(f"{INBOX}{conversation.pk}/change/")
    assert page.status_code == 200
    assert "Lena Beispiel" in page.content.decode()

    refused = {
        path: client.post(path).status_code
        for path in (
            f"{INBOX}{conversation.pk}/change/",
            f"{INBOX}{conversation.pk}/reply/",
            "/w/acme/north/admin/inbox/channelaccount/sending/stop/",
            "/w/acme/north/admin/compliance/auditexport/request/",
            "/w/acme/north/admin/tenants/brandquota/set/",
            f"{LIST}ask/",
        )
    }
    assert set(refused.values()) == {403}, refused
    assert client.get("/w/acme/north/admin/compliance/auditevent/").status_code == 200
    assert client.get("/w/acme/north/admin/compliance/auditexport/").status_code == 403
    assert client.get(LIST).status_code == 403


def test_the_api_by_session_reads_and_writes_nothing(
    sam: User, olga: User, acme: Agency, north: Brand
) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))
    opened(acme, sam, olga)
    client = signed_in(sam)
    api = "/w/acme/north/api/v1/"

    assert client.get(f"{api}conversations/").json()["results"][0]["id"] == str(conversation.pk)
    refused = client.post(
        f"{api}conversations/{conversation.pk}/close/", headers={"Idempotency-Key": "k"}
    )

    assert (refused.status_code, refused.json()["code"]) == (403, "not_allowed")
    assert told(north) == ["tenants.support.page_viewed"] * 2


# Told


def test_every_page_is_counted_and_told_with_its_object(
    sam: User, olga: User, acme: Agency, north: Brand
) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))
    access = opened(acme, sam, olga)
    client = signed_in(sam)

    client.get(INBOX, {"q": "Lena secret"})
    client.get(f"{INBOX}{conversation.pk}/change/")
    client.post(f"{INBOX}{conversation.pk}/change/")
    client.get("/w/acme/admin/")

    access.refresh_from_db()
    assert access.pages_viewed == 4
    with brand_scope(north.pk):
        seen = AuditEvent.objects.filter(kind__endswith="page_viewed").order_by("at")
        bodies = [event.body for event in seen]
    assert len(bodies) == 3
    assert '"route":"admin:inbox_conversation_changelist"' in bodies[0]
    assert f'"object":"{conversation.pk}"' in bodies[1]
    assert '"status":403' in bodies[2]
    assert "secret" not in "".join(bodies)
    assert told(own_brand(acme)) == [
        "tenants.support.asked",
        "tenants.support.consented",
        "tenants.support.page_viewed",
    ]


def test_a_member_is_not_watched_and_sees_no_banner(
    sam: User, olga: User, acme: Agency, north: Brand
) -> None:
    opened(acme, sam, olga)

    page = signed_in(olga).get(INBOX).content.decode()
    watched = signed_in(sam).get(INBOX).content.decode()

    assert "Support access: Sam in Acme" not in page
    assert "Support access: Sam in Acme" in watched
    assert WHY in watched
    assert "End access" in watched
    assert told(north) == ["tenants.support.page_viewed"]


def test_a_failed_page_leaves_neither_writes_nor_a_broken_answer(
    sam: User, olga: User, acme: Agency, north: Brand
) -> None:
    """A note is taken back with the page that showed nothing."""
    opened(acme, sam, olga)
    client = Client(raise_request_exception=False)
    client.force_login(sam)

    assert client.get(f"{INBOX}not-a-key/change/").status_code == 404
    assert told(north) == ["tenants.support.page_viewed"]


def test_the_agency_is_told_by_mail(
    sam: User, olga: User, ada: User, acme: Agency, globex: Agency, gus: User, north: Brand
) -> None:
    access = support.ask(acme, reason=WHY, hours=1, actor=sam)
    support.consent(access, actor=olga)
    support.end(access, actor=sam)
    support.open_emergency(acme, reason="The queue stands still", hours=1, is_emergency=True,
                           actor=sam)  # fmt: skip

    mails = list(OutgoingMail.objects.order_by("created_at", "id"))
    assert {mail.to for mail in mails} == {olga.email}
    assert [mail.subject for mail in mails] == [
        "Engage support asks for access to Acme",
        "Support access to Acme has ended",
        "Emergency: Engage support has opened Acme",
    ]
    assert WHY in mails[0].text
    assert f"{LIST}" in mails[2].text


# Screens


def test_the_agency_sees_who_why_how_long_and_how_much(
    sam: User, olga: User, acme: Agency, north: Brand
) -> None:
    access = opened(acme, sam, olga)
    signed_in(sam).get(INBOX)
    support.end(access, actor=olga)
    support.ask(acme, brand=north, reason="Another matter altogether", hours=3, actor=sam)

    page = signed_in(olga).get(LIST).content.decode()

    assert "Let Sam in for 3 h" in page
    assert "Another matter altogether" in page
    assert WHY in page
    assert "Ended · By consent" in page


def test_the_list_is_the_agencys_own(
    sam: User, olga: User, gus: User, ada: User, acme: Agency, globex: Agency, main: Brand,
    north: Brand,
) -> None:  # fmt: skip
    theirs = support.ask(globex, reason="Only globex knows this", hours=1, actor=sam)
    client = signed_in(olga)

    assert "Only globex knows" not in client.get(LIST).content.decode()
    for act in ("consent", "refuse", "end"):
        assert client.post(f"{LIST}{theirs.pk}/{act}/").status_code == 404
    assert client.get(f"{LIST}{theirs.pk}/change/").status_code == 404
    assert signed_in(ada).get(LIST).status_code == 403
    assert signed_in(gus).get(LIST).status_code == 404
    theirs.refresh_from_db()
    assert theirs.state_at(timezone.now()) == SupportState.ASKED


def test_asking_and_agreeing_on_the_screens(
    sam: User, olga: User, acme: Agency, north: Brand
) -> None:
    staff = signed_in(sam)
    bad = staff.post(
        f"{PLATFORM}ask/", {"agency": "acme", "reason": "short", "hours": "2", "kind": "consent"}
    )
    assert bad.status_code == 400
    assert "at least 10 characters" in bad.content.decode()

    staff.post(
        f"{PLATFORM}ask/",
        {"agency": "acme", "brand": "north", "reason": WHY, "hours": "2", "kind": "consent"},
    )
    access = SupportAccess.objects.get()
    assert (access.brand, access.hours, access.opened_at) == (north, 2, None)

    answer = signed_in(olga).post(f"{LIST}{access.pk}/consent/")
    assert answer.headers["Location"] == LIST
    assert staff.get(INBOX).status_code == 200


@pytest.mark.parametrize(
    ("more", "words"),
    [({"agency": "nowhere"}, "There is no agency"), ({"brand": "main"}, "There is no brand"),
     ({"hours": "many"}, "Between 1 and 4 hours"), ({"hours": "9999999"}, "Between 1 and 4 hours"),
     ({"kind": "emergency"}, "Confirm that this is an emergency"),
     ({"reason": "\x00"}, "at least 10 characters")],
)  # fmt: skip
def test_bad_forms_are_answered_in_words(
    sam: User, acme: Agency, main: Brand, more: dict[str, str], words: str
) -> None:
    sent = {"agency": "acme", "reason": WHY, "hours": "1", "kind": "consent"} | more

    answer = signed_in(sam).post(f"{PLATFORM}ask/", sent)

    assert answer.status_code == 400
    assert words in answer.content.decode()
    assert not SupportAccess.objects.exists()


def test_an_emergency_and_a_consent_need_a_fresh_sign_in(
    sam: User, olga: User, acme: Agency
) -> None:
    asked = support.ask(acme, reason=WHY, hours=1, actor=sam)
    staff, owner = signed_in(sam), signed_in(olga)
    for client in (staff, owner):
        session = client.session
        session["confirmed_at"] = 0
        session.save()

    form = {"agency": "acme", "reason": WHY, "hours": "1", "kind": "emergency",
            "is_emergency": "on"}  # fmt: skip
    answers = [
        staff.post(f"{PLATFORM}ask/", form),
        owner.post(f"{LIST}{asked.pk}/consent/"),
    ]

    assert [answer.status_code for answer in answers] == [302, 302]
    assert all("next=" in answer.headers["Location"] for answer in answers)
    assert SupportAccess.objects.get().opened_at is None


@pytest.mark.parametrize("rows", [1, 4])
def test_the_list_costs_the_same_for_one_and_for_four(
    sam: User, olga: User, acme: Agency, north: Brand, rows: int, django_assert_num_queries: Any
) -> None:
    for number in range(rows):
        access = support.ask(acme, reason=f"{WHY} no. {number}", hours=1, actor=sam)
        support.consent(access, actor=olga)
        support.end(access, actor=olga)
    client = signed_in(olga)
    client.get(LIST)

    with django_assert_num_queries(LIST_QUERIES):
        assert client.get(LIST).status_code == 200


LIST_QUERIES = 13


def test_asking_what_support_may_costs_one_query_more_and_only_for_staff(
    sam: User, olga: User, acme: Agency, north: Brand, django_assert_num_queries: Any
) -> None:
    opened(acme, sam, olga)
    forget_rights(olga)

    with django_assert_num_queries(2):
        assert can(sam, "inbox.conversation.view", north)
    with django_assert_num_queries(0):
        assert not can(sam, "inbox.reply.send", north)
    with django_assert_num_queries(1):
        assert can(olga, "inbox.reply.send", north)


def test_programs_know_no_support(sam: User, olga: User, acme: Agency, north: Brand) -> None:
    opened(acme, sam, olga)
    program = make_program(north)

    assert program.get("conversations/").status_code == 200
    assert told(north) == []


def test_sign_ins_of_staff_are_told_where_an_access_is_open(
    sam: User, acme: Agency, globex: Agency, olga: User
) -> None:
    opened(acme, sam, olga)
    start_session(sam, session_key="k1", method="password+totp", device="", address="")

    kinds = {}
    for agency in (acme, globex):
        own = own_brand(agency)
        with own_scope(own.pk):
            rows = AuditEvent.objects.filter(actor_ref=str(sam.pk))
            kinds[agency.slug] = set(rows.values_list("kind", flat=True))
    assert "tenants.session.started" in kinds["acme"]
    assert kinds["globex"] == set()
