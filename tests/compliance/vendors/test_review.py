"""From an entry to an approval by two, and back."""

import hashlib
from datetime import timedelta
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone

from compliance.choices import VendorState
from compliance.domain.vendors import register, review
from compliance.domain.vendors.evidence import MAX_BYTES, add_evidence
from compliance.domain.vendors.routes import routes_of
from compliance.domain.vendors.watch import registers_to_watch, watch_register
from compliance.models import AuditEvent, Vendor, VendorEvidence
from tenants.domain.agencies import own_brand
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Agency, Brand, OutgoingMail, User
from tenants.scope import own_scope
from tests.compliance.vendors.stage import answered, approved, enter, in_days


def told(agency: Agency, kind: str) -> list[AuditEvent]:
    with own_scope(own_brand(agency).pk):
        return list(AuditEvent.objects.filter(kind=kind))


def fresh(vendor: Vendor) -> Vendor:
    with own_scope(vendor.brand_id):
        return Vendor.objects.get(pk=vendor.pk)


def test_two_people_approve_and_the_channels_learn_of_it(acme: Agency, olga: User, otto: User):
    vendor = approved(acme, first=olga, second=otto)

    row = fresh(vendor)
    assert (row.state, row.assessed_by_id, row.approved_by_id) == ("approved", olga.pk, otto.pk)
    assert row.review_on == in_days(70)
    route = routes_of(acme.pk)["facebook"]
    assert (route.vendor_ref, route.vendor_name) == (vendor.pk, "Meta Platforms")
    assert (route.approved_until, route.places) == (in_days(100), ["eu", "us"])
    assert [one["mechanism"] for one in route.safeguards] == ["dpf"]
    assert not route.is_enforced
    event = told(acme, "compliance.vendor.approved")[0]
    assert str(olga.pk) in event.body
    assert str(otto.pk) in event.body


def test_who_assessed_cannot_approve(acme: Agency, olga: User, otto: User):
    vendor = review.assess(
        answered(enter(acme, actor=olga), actor=olga), reason="complete", actor=olga
    )

    with pytest.raises(NotAllowed, match="Somebody else"):
        review.approve(vendor, until=in_days(10), reason="fits", actor=olga)
    assert fresh(vendor).state == VendorState.ASSESSED
    assert told(acme, "compliance.vendor.approved") == []


def test_an_assessment_names_what_is_missing(acme: Agency, olga: User):
    vendor = review.request_evidence(enter(acme, actor=olga, places=[]), actor=olga)
    register.answer_check(vendor, item="transit", answer="yes", note="", actor=olga)

    with pytest.raises(InvalidInput) as caught:
        review.assess(vendor, reason="complete", actor=olga)
    words = str(caught.value)
    assert "Encryption in transit: no evidence." in words
    assert "Backup and restore: not answered." in words
    assert "Say where the vendor processes the data." in words


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"until": ""}, "until"),
        ({"until": "soon"}, "until"),
        ({"until": timezone.now().date()}, "until"),
        ({"until": timezone.now().date() + timedelta(days=800)}, "until"),
        ({"reason": " "}, "reason"),
        ({"review_on": timezone.now().date() + timedelta(days=60)}, "review_on"),
    ],
)
def test_an_approval_has_its_bounds(
    acme: Agency, olga: User, otto: User, given: dict[str, Any], field: str
):
    vendor = review.assess(answered(enter(acme, actor=olga), actor=olga), reason="x", actor=olga)

    with pytest.raises(InvalidInput) as caught:
        review.approve(vendor, actor=otto, **({"until": in_days(50), "reason": "fits"} | given))
    assert caught.value.field == field


def test_no_approval_without_a_signed_agreement(acme: Agency, olga: User, otto: User):
    vendor = answered(enter(acme, actor=olga, contract_status="negotiated"), actor=olga)
    vendor = review.assess(vendor, reason="x", actor=olga)

    with pytest.raises(InvalidInput, match="no signed data processing agreement"):
        review.approve(vendor, until=in_days(5), reason="fits", actor=otto)


def test_what_was_assessed_stays_as_it_was(acme: Agency, olga: User, otto: User):
    vendor = approved(acme, first=olga, second=otto)

    for act in (
        lambda: register.change_vendor(vendor, {"places": ["eu"]}, actor=olga),
        lambda: register.change_vendor(vendor, {"services": ["mail"]}, actor=olga),
        lambda: register.answer_check(vendor, item="rest", answer="yes", note="", actor=olga),
        lambda: add_evidence(vendor, item="rest", title="x", link="https://a.test", actor=olga),
    ):
        with pytest.raises(InvalidState, match="Start a new review first"):
            act()
    register.change_vendor(vendor, {"contact_name": "Kim"}, actor=olga)
    assert fresh(vendor).contact_name == "Kim"


def test_a_new_review_leaves_the_approval_until_its_day(acme: Agency, olga: User, otto: User):
    vendor = approved(acme, first=olga, second=otto)

    review.request_evidence(vendor, actor=olga)
    register.change_vendor(vendor, {"places": ["eu", "us", "other"]}, actor=olga)

    route = routes_of(acme.pk)["facebook"]
    assert route.approved_until == in_days(100)
    assert route.places == ["eu", "us"], "what was approved, not what is being written"


def test_an_ended_agreement_ends_the_approval(acme: Agency, olga: User, otto: User):
    vendor = approved(acme, first=olga, second=otto)

    register.change_vendor(vendor, {"contract_status": "ended"}, actor=olga)

    assert (fresh(vendor).state, fresh(vendor).approved_until) == ("rejected", None)
    assert routes_of(acme.pk)["facebook"].approved_until is None


def test_the_days_bring_the_review_then_the_end_and_a_mail_each(
    acme: Agency, olga: User, otto: User
):
    vendor = approved(acme, first=olga, second=otto, days=40)
    own = own_brand(acme).pk
    mails = OutgoingMail.objects.count()

    assert registers_to_watch(on=in_days(9)) == []
    assert registers_to_watch(on=in_days(10)) == [own]
    assert watch_register(own, on=in_days(10)) == 1
    assert watch_register(own, on=in_days(10)) == 0, "told once"
    assert registers_to_watch(on=in_days(11)) == []
    assert fresh(vendor).state == "review_due"
    assert watch_register(own, on=in_days(41)) == 1
    assert (fresh(vendor).state, fresh(vendor).approved_until) == ("expired", in_days(40))
    found = OutgoingMail.objects.order_by("pk")[mails:]
    assert [mail.subject.partition(":")[0] for mail in found] == ["Review due"] * 2 + [
        "Expired"
    ] * 2
    assert {mail.to for mail in found} == {olga.email, otto.email}


@pytest.mark.parametrize(
    ("person", "may"), [("olga", True), ("aud", False), ("ada", False), ("gus", False)]
)
def test_who_may_keep_the_register(
    request: pytest.FixtureRequest, acme: Agency, north: Brand, person: str, may: bool
):
    actor = request.getfixturevalue(person)

    if may:
        assert enter(acme, actor=actor).name == "Meta Platforms"
        return
    with pytest.raises(NotAllowed):
        enter(acme, actor=actor)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"name": " "}, "name"),
        ({"name": "x" * 151}, "name"),
        ({"website": "javascript:alert(1)"}, "website"),
        ({"contact_email": "nobody"}, "contact_email"),
        ({"services": ["pigeon"]}, "services"),
        ({"places": ["moon"]}, "places"),
        ({"contract_status": "maybe"}, "contract_status"),
        ({"contract_on": "2026-13-01"}, "contract_on"),
        ({"sub_processors": "Acme Hosting"}, "sub_processors"),
    ],
)
def test_bad_input_names_its_field(acme: Agency, olga: User, fields: dict[str, Any], field: str):
    with pytest.raises(InvalidInput) as caught:
        enter(acme, actor=olga, **fields)
    assert caught.value.field == field


def test_a_name_stands_once(acme: Agency, olga: User):
    enter(acme, actor=olga)

    with pytest.raises(InvalidInput, match="already"):
        enter(acme, actor=olga, name="META platforms")


def test_a_file_is_kept_with_its_hash(acme: Agency, olga: User):
    vendor = review.request_evidence(enter(acme, actor=olga), actor=olga)
    upload = SimpleUploadedFile("..\\SOC 2 <report>.exe", b"%PDF-1.7 hello")

    add_evidence(vendor, item="audit", title="SOC 2", upload=upload, actor=olga)

    with own_scope(vendor.brand_id):
        row = VendorEvidence.objects.get()
        with row.file.open("rb") as file:
            assert file.read() == b"%PDF-1.7 hello"
    assert (row.file_name, row.media_type) == ("SOC 2 _report_.pdf", "application/pdf")
    assert row.sha256 == hashlib.sha256(b"%PDF-1.7 hello").hexdigest()
    assert row.sha256 in told(acme, "compliance.vendor.evidence_added")[0].body


@pytest.mark.parametrize(
    ("content", "link", "words"),
    [
        (b"", "", "empty"),
        (b"MZ\x00\x00", "", "Only PDF, PNG, JPEG and plain text"),
        (b"%PDF-" + b"x" * MAX_BYTES, "", "too large"),
        (b"%PDF-1", "https://a.test", "one of the two"),
        (None, "", "one of the two"),
        (None, "ftp://a.test", "no web address"),
    ],
)
def test_bad_evidence_is_refused(
    acme: Agency, olga: User, content: bytes | None, link: str, words: str
):
    vendor = review.request_evidence(enter(acme, actor=olga), actor=olga)
    upload = SimpleUploadedFile("a.pdf", content) if content is not None else None

    with pytest.raises(InvalidInput, match=words):
        add_evidence(vendor, item="audit", title="SOC 2", link=link, upload=upload, actor=olga)
