"""The erasure of a brand: two people, what stands in the way, what is left."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from django.core.files.storage import default_storage
from django.db import connection
from django.utils import timezone
from psycopg import sql

from compliance import verify_brand
from compliance.choices import ErasureState
from compliance.domain.closing.blocks import blocks_of
from compliance.domain.closing.certificate import read_certificate
from compliance.domain.closing.erase_job import planned_counts, run_brand_erasure
from compliance.domain.closing.erasures import (
    confirm_erasure,
    expire_unconfirmed,
    request_erasure,
    thaw,
    withdraw_erasure,
)
from compliance.domain.closing.tables import EMPTIED, KEPT, brand_tables, erased_tables
from compliance.domain.holds import place_hold, release_hold
from compliance.domain.keys import public_key_text, signing_key
from compliance.domain.ledger_check import ledger_problems
from compliance.exceptions import ErasureBlocked
from compliance.models import AuditDetail, AuditEvent, BrandErasure
from inbox.models import ChannelAccount, ChannelRoute, OutboxItem, ReceivedDelivery
from tenants.choices import BrandState
from tenants.domain.agencies import own_brand
from tenants.exceptions import InvalidInput, InvalidState, NotAllowed
from tenants.models import Agency, Brand, Membership, User
from tenants.scope import brand_scope, own_scope
from tests.compliance.closing.stage import MARKERS, archive, fill, freeze_whole, in_agency
from tests.factories.api import make_token
from tests.factories.inbox import make_account


def ask(brand: Brand, actor: User, **given: Any) -> BrandErasure:
    with in_agency(brand.agency):
        return request_erasure(
            brand, actor=actor, **{"reason": "The contract ended.", "slug": "north"} | given
        )


def confirm(erasure: BrandErasure, actor: User, slug: str = "north") -> BrandErasure:
    with in_agency(erasure.target.agency):
        return confirm_erasure(erasure, actor=actor, slug=slug)


def erase(brand: Brand, olga: User, omar: User) -> BrandErasure:
    erasure = confirm(ask(brand, olga), omar)
    done = run_brand_erasure(erasure.pk, brand_id=erasure.brand_id)
    assert done is not None, reload(erasure).failure
    return done


def reload(erasure: BrandErasure) -> BrandErasure:
    with own_scope(erasure.brand_id):
        return BrandErasure.objects.select_related("target__agency").get(pk=erasure.pk)


def places_of(marker: str) -> set[str]:
    """Every table and column, straight from the catalogue, where the marker stands. Superuser's
    view of rows is not needed: the whole agency is in scope."""
    found = set()
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT table_name, column_name, data_type FROM information_schema.columns"
            " WHERE table_schema = 'public' AND data_type IN"
            " ('text', 'character varying', 'json', 'jsonb', 'bytea', 'ARRAY', 'character')"
        )
        for table, column, kind in cursor.fetchall():
            value = "encode({}, 'escape')" if kind == "bytea" else "{}::text"
            query = sql.SQL("SELECT 1 FROM {} WHERE {} LIKE %s LIMIT 1").format(
                sql.Identifier(table), sql.SQL(value).format(sql.Identifier(column))
            )
            cursor.execute(query, [f"%{marker}%"])
            if cursor.fetchone():
                found.add(f"{table}.{column}")
    return found


def test_nothing_personal_is_left_anywhere(
    ready: Brand, olga: User, omar: User, ada: User, account: ChannelAccount
) -> None:
    make_token(ready, "inbox.conversation.view")
    with in_agency(ready.agency):
        before = {marker: places_of(marker) for marker in MARKERS}
    assert all(len(places) >= 2 for places in before.values()), before
    assert default_storage.listdir(f"brands/{ready.pk}/closing")[1]

    erasure = erase(ready, olga, omar)

    with in_agency(ready.agency):
        assert {marker: places_of(marker) for marker in MARKERS} == {m: set() for m in MARKERS}
        for table in erased_tables():
            assert not table.rows(ready).exists(), table.label
        left = AuditDetail.objects.filter(brand=ready, erased_at=None)
        assert [d.name for d in left] == []
    assert not default_storage.exists(f"brands/{ready.pk}")
    closed = Brand.objects.get(pk=ready.pk)
    assert (closed.state, closed.slug, closed.frozen_reason) == (BrandState.CLOSED, "north", "")
    assert not Membership.objects.filter(brand=ready).exists()
    assert erasure.state == ErasureState.DONE
    assert list(ledger_problems(ready.pk)) == []


def test_another_brand_loses_nothing(
    ready: Brand, south: Brand, olga: User, omar: User, gus: User, main: Brand
) -> None:
    for brand, external_id in ((south, "888"), (main, "999")):
        with brand_scope(brand.pk, agency_ids=[brand.agency_id]):
            fill(brand, make_account(brand, "facebook", external_id))

    def rows(brand: Brand) -> dict[str, int]:
        with in_agency(brand.agency):
            counts = {t.label: t.rows(brand).count() for t in brand_tables()}
            apps = list(ChannelAccount.objects.filter(brand=brand).values_list("app", flat=True))
            kept = ReceivedDelivery.objects.filter(app__in=apps).exclude(body=b"")
            return counts | {"bodies": kept.count()}

    before = [rows(south), rows(main)]
    assert [(b["inbox.message"], b["bodies"]) for b in before] == [(3, 2), (3, 2)]
    erase(ready, olga, omar)

    assert [rows(south), rows(main)] == before


def test_the_certificate_is_true_signed_and_checked_offline(
    ready: Brand, olga: User, omar: User, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with in_agency(ready.agency):
        planned = planned_counts(ready)
        messages = {t.label: t.rows(ready).count() for t in brand_tables()}["inbox.message"]

    erasure = erase(ready, olga, omar)

    told = read_certificate(erasure.certificate)
    lines = {line["table"]: line for line in told["tables"]}
    assert messages == 3
    assert lines["inbox.message"] == {"table": "inbox.message", "erased": 3, "why": "deleted"}
    assert lines["inbox.receiveddelivery"]["emptied"] == 2
    assert lines["compliance.auditevent"]["kept"] > 5
    assert {t.label for t in brand_tables()} <= lines.keys()
    assert all(lines[label]["why"] for label in (*KEPT, *EMPTIED) if label in lines)
    done = {name: line.get("erased", line.get("emptied", 0)) for name, line in lines.items()}
    assert {k: done[k] for k in planned if k not in EMPTIED} == {
        k: n for k, n in planned.items() if k not in EMPTIED
    }
    assert told["requested"]["name"] == "Olga"
    assert told["confirmed"]["name"] == "Omar"
    assert told["brand"] == {"id": str(ready.pk), "slug": "north", "name": "North"}
    assert told["archive"]["sha256"] == erasure.export_sha256 != ""
    assert "contract" not in erasure.certificate

    key, good = tmp_path / "key.pem", tmp_path / "good.json"
    key.write_text(public_key_text(signing_key()))
    good.write_text(erasure.certificate)
    assert verify_brand.main([str(good), "--key", str(key)]) == 0
    for old, new in (("Omar", "Olga"), ('\\"erased\\":3', '\\"erased\\":4')):
        assert old in erasure.certificate
        bad = tmp_path / "bad.json"
        bad.write_text(erasure.certificate.replace(old, new, 1))
        assert verify_brand.main([str(bad), "--key", str(key)]) == 1
    other = tmp_path / "other.pem"
    other.write_text("A" * 43 + "=")
    assert verify_brand.main([str(good), "--key", str(other)]) == 1
    bad.write_text(json.dumps({"certificate": "x"}))
    assert verify_brand.main([str(bad), "--key", str(key)]) == 2
    assert "NOT GENUINE" in capsys.readouterr().out


def test_what_still_arrives_for_a_closed_brand_is_dropped(
    ready: Brand, olga: User, omar: User, account: ChannelAccount
) -> None:
    erase(ready, olga, omar)

    route = ChannelRoute.objects.get(external_id=account.external_id)

    assert route.brand.state == BrandState.CLOSED
    assert route.brand.intake_stopped_at is not None


def test_both_people_and_every_step_stand_in_both_ledgers(
    ready: Brand, olga: User, omar: User
) -> None:
    erasure = erase(ready, olga, omar)

    def told(brand_id: Any) -> list[tuple[str, str]]:
        with own_scope(brand_id):
            events = AuditEvent.objects.filter(kind__startswith="compliance.brand").order_by("pk")
            return [(e.kind.removeprefix("compliance."), e.actor_ref) for e in events]

    own, target = told(erasure.brand_id), told(ready.pk)
    assert own == [
        ("brand_erasure.requested", str(olga.pk)),
        ("brand_erasure.confirmed", str(omar.pk)),
        ("brand_erasure.started", "closer"),
        ("brand_erasure.finished", "closer"),
    ]
    assert [pair for pair in target if not pair[0].startswith("brand_export")] == [
        ("brand_erasure.requested", str(olga.pk)),
        ("brand_erasure.confirmed", str(omar.pk)),
        ("brand.erased", "closer"),
    ]


def test_the_same_person_never_confirms(ready: Brand, olga: User, omar: User) -> None:
    erasure = ask(ready, olga)

    with pytest.raises(NotAllowed, match="second person"):
        confirm(erasure, olga)

    assert Brand.objects.get(pk=ready.pk).state == BrandState.FROZEN
    assert confirm(erasure, omar).state == ErasureState.QUEUED
    with pytest.raises(InvalidState):
        confirm(erasure, omar)
    with pytest.raises(InvalidState):
        ask(ready, omar)


def test_who_may_not(ready: Brand, olga: User, ada: User, aud: User, gus: User) -> None:
    for person in (ada, aud, gus):
        with pytest.raises(NotAllowed):
            ask(ready, person)
    erasure = ask(ready, olga)
    for person in (ada, aud, gus):
        with pytest.raises(NotAllowed):
            confirm(erasure, person)
        with in_agency(ready.agency), pytest.raises(NotAllowed):
            withdraw_erasure(erasure, reason="x", actor=person)


@pytest.mark.parametrize(
    ("given", "field"),
    [({"slug": "south"}, "slug"), ({"slug": ""}, "slug"), ({"reason": " "}, "reason")],
)
def test_bad_input(ready: Brand, olga: User, omar: User, given: Any, field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        ask(ready, olga, **given)
    assert caught.value.field == field
    erasure = ask(ready, olga)
    with pytest.raises(InvalidInput):
        confirm(erasure, omar, slug="North")


def test_withdrawn_before_and_after_the_confirmation(
    ready: Brand, olga: User, omar: User, settings: Any
) -> None:
    settings.BRAND_ERASURE_COOLING_HOURS = 24
    with in_agency(ready.agency):
        first = withdraw_erasure(ask(ready, olga), reason="A mistake", actor=olga)
    second = confirm(ask(ready, olga), omar)
    assert Brand.objects.get(pk=ready.pk).state == BrandState.CLOSING
    assert run_brand_erasure(second.pk, brand_id=second.brand_id) is None
    with in_agency(ready.agency):
        second = withdraw_erasure(second, reason="Another", actor=olga)

    assert {first.state, second.state} == {ErasureState.WITHDRAWN}
    assert Brand.objects.get(pk=ready.pk).state == BrandState.FROZEN
    assert run_brand_erasure(second.pk, brand_id=second.brand_id) is None
    with in_agency(ready.agency), pytest.raises(InvalidState):
        withdraw_erasure(second, reason="Again", actor=olga)


def test_thawing_withdraws_what_nobody_confirmed(ready: Brand, olga: User, omar: User) -> None:
    erasure = ask(ready, olga)
    with in_agency(ready.agency):
        assert thaw(ready, reason="It goes on", actor=omar).state == BrandState.LIVE

    assert reload(erasure).state == ErasureState.WITHDRAWN
    with pytest.raises(InvalidState):
        confirm(erasure, omar)


def test_a_secret_that_no_key_opens_does_not_stop_it(
    ready: Brand, olga: User, omar: User, account: ChannelAccount
) -> None:
    with connection.cursor() as cursor, brand_scope(ready.pk):
        cursor.execute("UPDATE inbox_channelaccount SET access_token = 'of a lost key'")
        assert cursor.rowcount == 1

    archive(ready, actor=olga)
    assert erase(ready, olga, omar).state == ErasureState.DONE


def test_nobody_confirms_for_seven_days(ready: Brand, olga: User, omar: User) -> None:
    erasure = ask(ready, olga)

    with time_machine.travel(timezone.now() + timedelta(days=7, minutes=1)):
        with pytest.raises(InvalidState, match="Seven days"):
            confirm(erasure, omar)
        assert expire_unconfirmed() == 1
        assert reload(erasure).state == ErasureState.EXPIRED
        assert ask(ready, olga).state == ErasureState.REQUESTED


def test_what_stands_in_the_way_is_said_in_words(
    north: Brand, account: ChannelAccount, olga: User, omar: User, aud: User
) -> None:
    def why() -> str:
        with in_agency(north.agency):
            brand = Brand.objects.get(pk=north.pk)
            return " ".join(str(block) for block in blocks_of(brand))

    assert "not frozen" in why()
    freeze_whole(north, actor=olga)
    assert why() == "Export first: there is no archive for the controller yet."
    archive(north, actor=olga, take=False)
    assert why() == "The archive was not taken yet. It goes with the brand: download it first."
    archive(north, actor=olga)
    assert why() == ""

    with brand_scope(north.pk):
        hold = place_hold(north, reason="Court case 7", actor=aud)
        item = OutboxItem.objects.get()
        item.state = "unknown"
        item.save(update_fields=["state"])
    assert "Court case 7" in why()
    assert "1 message may or may not have reached the network" in why()
    with pytest.raises(ErasureBlocked, match="Court case 7"):
        ask(north, olga)
    with brand_scope(north.pk):
        release_hold(hold, reason="Settled", actor=aud)
        item.state = "sent"
        item.save(update_fields=["state"])
    erasure = ask(north, olga)

    with brand_scope(north.pk):
        place_hold(north, reason="Court case 8", actor=aud)
    with pytest.raises(ErasureBlocked, match="Court case 8"):
        confirm(erasure, omar)


def test_a_change_after_the_archive_asks_for_a_new_one(
    ready: Brand, olga: User, account: ChannelAccount
) -> None:
    with brand_scope(ready.pk):
        account.name = "Renamed"
        account.save(update_fields=["name"])

    with pytest.raises(ErasureBlocked, match="1 change since the archive"):
        ask(ready, olga)


def test_an_agency_itself_is_not_a_brand_to_erase(acme: Agency, olga: User) -> None:
    own = own_brand(acme)

    with in_agency(acme), pytest.raises(Brand.DoesNotExist):
        request_erasure(own, reason="x", slug=own.slug, actor=olga)
