"""What the register blocks: connecting, sending, exports; and what it writes beside a message."""

from datetime import UTC, datetime

import pytest
from django.utils import timezone

from compliance.choices import TransferKind
from compliance.domain.vendors import effects, register, review, switches
from compliance.domain.vendors.exits import let_out
from compliance.domain.vendors.law import mechanisms
from compliance.domain.vendors.routes import VendorNotCleared, routes_of
from compliance.domain.vendors.transfers import fold_day
from compliance.models import TransferDay
from inbox.domain.channels import connect_account
from inbox.domain.outgoing import walk_gates
from inbox.models import ChannelAccount, OutboxItem
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Agency, Brand, User
from tenants.scope import brand_scope
from tests.compliance.vendors.stage import approved, enter, in_days
from tests.factories.inbox import make_account, make_app, make_conversation, make_message


def switch_on(agency: Agency, *brands: Brand, service: str, actor: User) -> None:
    with brand_scope([brand.pk for brand in brands]):
        switches.set_enforced(agency, service, wanted=True, reason="policy", actor=actor)


def connect(brand: Brand, *, actor: User, is_sandbox: bool = False) -> ChannelAccount:
    with brand_scope(brand.pk):
        return connect_account(
            brand,
            app=make_app(brand),
            external_id="77",
            name="Page",
            base_url="http://127.0.0.1:9",
            access_token="token",
            actor=actor,
            is_sandbox=is_sandbox,
        )


def item_of(brand: Brand, *, is_sandbox: bool = False, **fields: object) -> OutboxItem:
    now = timezone.now()
    account = make_account(brand, is_sandbox=is_sandbox)
    conversation = make_conversation(account)
    make_message(conversation)
    return OutboxItem.objects.create(
        brand=brand,
        account=account,
        conversation=conversation,
        action="comment_reply",
        text="Hallo",
        actor_ref="x",
        idempotency_key="k",
        created_at=now,
        not_before=now,
        **fields,
    )


def codes(item: OutboxItem) -> list[str]:
    return [r.code for r in walk_gates(item, now=timezone.now())[1] if r.gate == "vendor"]


def test_nothing_is_asked_until_it_is_switched_on(acme: Agency, north: Brand, olga: User):
    assert connect(north, actor=olga).pk
    with brand_scope(north.pk):
        item = OutboxItem(
            brand=north,
            account=ChannelAccount.objects.get(),
            conversation=make_conversation(ChannelAccount.objects.get()),
            action="comment_reply",
            text="Hallo",
        )
        outgoing, refusals = walk_gates(item, now=timezone.now())
    assert [r for r in refusals if r.gate == "vendor"] == []
    assert (outgoing.processed_in, outgoing.transfer_ground) == ("", "")


def test_a_channel_connects_only_through_an_approved_vendor(
    acme: Agency, north: Brand, olga: User, otto: User
):
    switch_on(acme, north, service="facebook", actor=olga)

    with pytest.raises(VendorNotCleared, match="no vendor is approved for it"):
        connect(north, actor=olga)
    vendor = enter(acme, actor=olga)
    with pytest.raises(VendorNotCleared, match="Meta Platforms is not approved"):
        connect(north, actor=olga)
    with brand_scope(north.pk):
        assert ChannelAccount.objects.count() == 0
    register.change_vendor(vendor, {"name": "Meta"}, actor=olga)
    approved(acme, first=olga, second=otto, name="Meta Platforms")
    assert connect(north, actor=olga).pk


def test_the_sandbox_is_ours(acme: Agency, north: Brand, olga: User):
    switch_on(acme, north, service="facebook", actor=olga)

    assert connect(north, actor=olga, is_sandbox=True).is_sandbox


def test_an_expired_vendor_blocks_its_channel_with_words(
    acme: Agency, north: Brand, south: Brand, olga: User, otto: User
):
    approved(acme, first=olga, second=otto, days=10)
    switch_on(acme, north, south, service="facebook", actor=olga)

    with brand_scope(north.pk):
        item = item_of(north)
        assert codes(item) == []
        late = datetime.combine(in_days(11), datetime.min.time(), UTC)
        _outgoing, refusals = walk_gates(item, now=late)
        found = [r for r in refusals if r.gate == "vendor"]
        assert [r.code for r in found] == ["vendor_expired"]
        assert "Review and approve it again" in found[0].message
        hide = OutboxItem.objects.get()
        hide.action = "hide"
        assert [r for r in walk_gates(hide, now=late)[1] if r.gate == "vendor"] == []


def test_taking_an_approval_back_stops_sending_at_once(
    acme: Agency, north: Brand, olga: User, otto: User
):
    vendor = approved(acme, first=olga, second=otto)
    switch_on(acme, north, service="facebook", actor=olga)

    review.reject(vendor, reason="breach at the vendor", actor=olga)

    with brand_scope(north.pk):
        assert codes(item_of(north)) == ["vendor_not_approved"]


def test_the_region_is_written_beside_the_message(
    acme: Agency, north: Brand, olga: User, otto: User
):
    approved(acme, first=olga, second=otto)

    with brand_scope(north.pk):
        outgoing, _refusals = walk_gates(item_of(north), now=timezone.now())
        assert (outgoing.processed_in, outgoing.transfer_ground) == ("eu,us", "dpf")


def test_germany_only_needs_the_brands_instruction(
    acme: Agency, north: Brand, olga: User, otto: User
):
    north.data_region = "de"
    north.save(update_fields=["data_region"])
    vendor = approved(acme, first=olga, second=otto)
    switch_on(acme, north, service="facebook", actor=olga)
    with brand_scope(north.pk):
        item = item_of(north)
        assert codes(item) == ["residency"]

    with pytest.raises(InvalidInput, match="which brand gave the instruction"):
        register.add_safeguard(
            vendor, mechanism="instruction", dated_on="2025-01-01", reference="mail", actor=olga
        )
    register.add_safeguard(
        vendor,
        mechanism="instruction",
        dated_on="2025-01-01",
        reference="mail of 1 January",
        for_brand=north,
        actor=olga,
    )
    with brand_scope(north.pk):
        assert codes(item) == []


def test_a_fallen_ground_is_shown_before_and_blocks_after(
    acme: Agency, north: Brand, south: Brand, olga: User, otto: User
):
    vendor = approved(acme, first=olga, second=otto)
    both = [north.pk, south.pk]
    switch_on(acme, north, south, service="facebook", actor=olga)
    with brand_scope(both):
        item = item_of(north)
        lost = effects.falls_with(acme, "dpf", on=timezone.now().date(), fallen=[])
        assert [(one.brand.name, one.service, one.is_enforced) for one in lost] == [
            ("North", "facebook", True)
        ]
        assert codes(item) == []
        switches.let_fall(acme, "dpf", reason="C-703/25 P", actor=olga)
        assert codes(item) == ["transfer"]
        with pytest.raises(InvalidState):
            switches.let_fall(acme, "dpf", reason="again", actor=olga)
    register.add_safeguard(
        vendor, mechanism="scc", dated_on="2025-02-01", reference="module 2", actor=olga
    )
    with brand_scope(both):
        outgoing, refusals = walk_gates(item, now=timezone.now())
        assert [r for r in refusals if r.gate == "vendor"] == []
        assert outgoing.transfer_ground == "scc"
        switches.restore(acme, "dpf", reason="upheld", actor=olga)
        assert walk_gates(item, now=timezone.now())[0].transfer_ground == "dpf"
    assert routes_of(acme.pk)["facebook"].fallen == []


def test_only_those_who_may_switch(acme: Agency, north: Brand, aud: User, ada: User, gus: User):
    for person in (aud, ada, gus):
        with brand_scope(north.pk):
            with pytest.raises(NotAllowed):
                switches.set_enforced(acme, "facebook", wanted=True, reason="x", actor=person)
            with pytest.raises(NotAllowed):
                switches.let_fall(acme, "dpf", reason="x", actor=person)
    assert routes_of(acme.pk) == {}


def test_the_days_are_added_up_once(acme: Agency, north: Brand, olga: User, otto: User):
    approved(acme, first=olga, second=otto)
    now = timezone.now()
    with brand_scope(north.pk):
        item_of(north, sent_at=now, state="sent", processed_in="eu,us", transfer_ground="dpf")

    today = now.astimezone(UTC).date()
    assert fold_day(today) == 4
    assert fold_day(today) == 4
    with brand_scope(north.pk):
        rows = TransferDay.objects.order_by("kind", "place").values_list(
            "kind", "place", "ground", "count"
        )
        assert list(rows) == [
            ("received", "eu", "", 1),
            ("received", "us", "dpf", 1),
            ("sent", "eu", "", 1),
            ("sent", "us", "dpf", 1),
        ]


def test_an_export_asks_and_is_counted(acme: Agency, north: Brand, olga: User, otto: User):
    host = approved(acme, first=olga, second=otto, name="Host", services=["files"], places=["us"])
    with brand_scope(north.pk):
        let_out(north, TransferKind.EXPORTED)
        let_out(north, TransferKind.EXPORTED)
        row = TransferDay.objects.get()
        assert (row.kind, row.service, row.place, row.ground, row.count) == (
            "exported",
            "files",
            "us",
            "dpf",
            2,
        )
    switch_on(acme, north, service="files", actor=olga)
    review.reject(host, reason="x", actor=olga)
    with brand_scope(north.pk), pytest.raises(VendorNotCleared):
        let_out(north, TransferKind.EXPORTED)


def test_every_ground_has_words():
    assert len(mechanisms()) == len(set(mechanisms())) >= 10
