"""The brand's own settings: changed by verbs, refused in words, used by the pipeline."""

from typing import Any

import pytest
from django.test import Client

from compliance.models import AuditEvent, DisclosureText, RetentionRule
from inbox.domain.automation import level_of, set_automation
from inbox.domain.clocks import MINUTES, minutes_of
from inbox.domain.targets import set_targets
from inbox.models import IntentAutomation, SlaTarget
from tenants.actors import SystemActor
from tenants.exceptions import InvalidInput, NotAllowed
from tenants.models import Brand, User
from tenants.scope import brand_scope

SETUP = SystemActor("system", "tests")
BASE = "/w/acme/north/admin/"


def _rows(north: Brand) -> dict[str, Any]:
    with brand_scope(north.pk):
        return {
            "inbox/slatarget": SlaTarget.objects.create(brand=north, kind="comment", minutes=60),
            "inbox/intentautomation": IntentAutomation.objects.create(
                brand=north, intent="price", level="never"
            ),
            "compliance/retentionrule": RetentionRule.objects.create(
                brand=north, category="consent_proof", months=60
            ),
            "compliance/disclosuretext": DisclosureText.objects.create(
                brand=north, language="de", text="MENSCH oder STOP"
            ),
        }


GOOD: dict[str, tuple[str, Any, str]] = {
    "inbox/slatarget": ("minutes", 15, "inbox.target.changed"),
    "inbox/intentautomation": ("level", "draft", "inbox.automation.changed"),
    "compliance/retentionrule": ("months", 72, "compliance.retention.changed"),
    "compliance/disclosuretext": ("text", "Neu: MENSCH, STOP", "compliance.disclosure.changed"),
}
BAD: dict[str, tuple[str, Any, str]] = {
    "inbox/slatarget": ("minutes", 99_999, "Between 1 minute and 7 days."),
    "inbox/intentautomation": ("level", "send", "“draft” is the most"),
    "compliance/retentionrule": ("months", 3, "At least 60 months"),
    "compliance/disclosuretext": ("text", "Hallo", "Say that STOP ends"),
}


@pytest.mark.parametrize("where", sorted(GOOD))
def test_a_change_goes_through_its_verb(
    client: Client, north: Brand, olga: User, where: str
) -> None:
    row = _rows(north)[where]
    field, value, kind = GOOD[where]
    client.force_login(olga)

    response = client.post(f"{BASE}{where}/{row.pk}/change/", {field: value})

    assert response.status_code == 302
    with brand_scope(north.pk):
        row.refresh_from_db()
        assert getattr(row, field) == value
        assert AuditEvent.objects.filter(kind=kind, actor_ref=str(olga.pk)).count() == 1


@pytest.mark.parametrize("where", sorted(BAD))
def test_what_is_not_allowed_is_refused_in_words(
    client: Client, north: Brand, olga: User, where: str
) -> None:
    row = _rows(north)[where]
    field, value, words = BAD[where]
    before = getattr(row, field)
    client.force_login(olga)

    response = client.post(f"{BASE}{where}/{row.pk}/change/", {field: value}, follow=True)

    assert words in response.content.decode()
    with brand_scope(north.pk):
        row.refresh_from_db()
        assert getattr(row, field) == before


@pytest.mark.parametrize("where", sorted(GOOD))
def test_others_change_nothing(
    client: Client, north: Brand, ada: User, gus: User, where: str
) -> None:
    row = _rows(north)[where]
    field, value, _kind = GOOD[where]
    for user, status in ((ada, 403), (gus, 404)):
        client.force_login(user)
        response = client.post(f"{BASE}{where}/{row.pk}/change/", {field: value})
        assert response.status_code == status


def test_a_brands_own_minutes_count(north: Brand, south: Brand) -> None:
    with brand_scope(north.pk):
        set_targets(north, {"comment": 7}, actor=SETUP)
        own = minutes_of(north.pk)
    with brand_scope(south.pk):
        others = minutes_of(south.pk)

    assert (own["comment"], own["lead"]) == (7, MINUTES["lead"])
    assert others == MINUTES


def test_automation_follows_the_brand_and_never_the_forbidden(north: Brand, ada: User) -> None:
    with brand_scope(north.pk):
        assert level_of("praise", brand_id=north.pk) == "send"
        set_automation(north, {"praise": "never"}, actor=SETUP)
        assert level_of("praise", brand_id=north.pk) == "never"
        for intent, level in (("refund", "draft"), ("price", "send"), ("nothing", "send")):
            with pytest.raises(InvalidInput):
                set_automation(north, {intent: level}, actor=SETUP)
        with pytest.raises(NotAllowed):
            set_automation(north, {"praise": "send"}, actor=ada)
