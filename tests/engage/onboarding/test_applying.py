"""One verb makes a brand what its document says, or does nothing."""

from typing import Any

import pytest

from compliance.models import AuditEvent, DisclosureText, RetentionRule
from engage.onboarding.applying import Outcome, apply
from engage.onboarding.document import parse
from engage.onboarding.presets import preset, preset_names
from engage.onboarding.problems import BadDocument
from inbox.models import (
    AnswerTemplate,
    ChannelAccount,
    ChannelApp,
    IntentAutomation,
    SlaTarget,
)
from moderation.models import PolicyRule
from tenants.actors import SystemActor
from tenants.choices import ENDED_STATES, BrandState
from tenants.exceptions import InvalidState, NotAllowed
from tenants.models import Agency, Brand, Invitation, OnboardingMark, User
from tenants.scope import brand_scope
from tests.factories.tenants import make_brand, make_member, make_user

SYSTEM = SystemActor("system", "tests")


def wish(**more: Any) -> dict[str, Any]:
    brand = {"slug": "nova", "name": "Nova", "language": "de", "time_zone": "Europe/Berlin"}
    return {"brand": brand | more.pop("brand", {}), **more}


def run(agency: Agency, actor: Any = SYSTEM, **more: Any) -> Outcome:
    options = {key: more.pop(key) for key in ("dry_run", "must_be_new") if key in more}
    return apply(parse(wish(**more)), agency=agency, actor=actor, **options)


def counts(brand: Brand) -> dict[str, int]:
    with brand_scope(brand.pk):
        models = (PolicyRule, SlaTarget, IntentAutomation, RetentionRule, DisclosureText)
        return {model.__name__: model.objects.count() for model in (*models, AnswerTemplate)}


@pytest.mark.parametrize("sector", preset_names())
def test_a_preset_brings_everything_a_brand_needs(acme: Agency, olga: User, sector: str) -> None:
    brand = run(acme, olga, preset=sector).brand

    assert counts(brand) == {
        "PolicyRule": 13,
        "SlaTarget": 6,
        "IntentAutomation": len(preset(sector).settings.automation),
        "RetentionRule": 6,
        "DisclosureText": 2,
        "AnswerTemplate": 14,
    }
    assert brand.state == BrandState.ONBOARDING
    with brand_scope(brand.pk):
        events = AuditEvent.objects.filter(actor_ref=str(olga.pk))
        told = set(events.values_list("kind", flat=True))
        assert {
            "tenants.brand.created",
            "tenants.onboarding.confirmed",
            "moderation.policy.installed",
            "inbox.target.changed",
            "inbox.automation.changed",
            "inbox.template.added",
            "compliance.retention.changed",
            "compliance.disclosure.changed",
        } <= told


def test_the_second_run_changes_nothing(acme: Agency, settings: Any) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"
    everything: dict[str, Any] = {
        "preset": "retail",
        "service_minutes": {"comment": 99},
        "automation": {"question": "never"},
        "channels": [{"network": "whatsapp", "sandbox": True}],
        "team": [{"email": "lena@example.test", "role": "moderator"}],
    }
    first = run(acme, **everything)
    with brand_scope(first.brand.pk):
        events = AuditEvent.objects.count()

    second = run(acme, **everything)

    assert (first.is_new, second.is_new) == (True, False)
    assert first.diff.counts["created"] > 40
    assert (second.diff.counts["created"], second.diff.counts["changed"]) == (0, 0)
    with brand_scope(first.brand.pk):
        assert AuditEvent.objects.count() == events
        assert ChannelAccount.objects.get().is_sandbox
    assert Invitation.objects.get().email == "lena@example.test"


def test_a_dry_run_tells_the_same_and_writes_nothing(acme: Agency) -> None:
    dry = run(acme, preset="health", dry_run=True)

    assert not Brand.objects.filter(slug="nova").exists()
    real = run(acme, preset="health")
    assert [str(line) for line in dry.diff.lines] == [str(line) for line in real.diff.lines]


def test_what_the_brand_decided_is_not_undone_by_a_preset(acme: Agency) -> None:
    brand = run(acme, service_minutes={"comment": 7}, policies={"spam": {"minutes": 5}}).brand

    run(acme, preset="retail")

    with brand_scope(brand.pk):
        assert SlaTarget.objects.get(kind="comment").minutes == 7
        assert PolicyRule.objects.get(category="spam").decide_within_minutes == 5
        assert SlaTarget.objects.get(kind="lead").minutes == 30


def test_a_changed_rule_is_a_new_version(acme: Agency) -> None:
    brand = run(acme, preset="retail").brand

    outcome = run(acme, policies={"spam": {"minutes": 5}})

    with brand_scope(brand.pk):
        old, new = PolicyRule.objects.filter(category="spam").order_by("version")
        assert (old.retired_at is not None, new.version, new.decide_within_minutes) == (True, 2, 5)
        assert new.text_de == old.text_de
    assert [str(line) for line in outcome.diff.lines if line.kind == "changed"] == [
        "~ policies.spam: 1 → 2"
    ]


def test_a_brand_is_copied(acme: Agency, olga: User) -> None:
    run(acme, preset="finance", disclosure={"de": "Automat! STOP oder MENSCH."})

    copied = apply(
        parse({"brand": {"slug": "zwei", "name": "Zwei"}, "copy_from": "nova"}),
        agency=acme,
        actor=olga,
    ).brand

    assert counts(copied) == counts(Brand.objects.get(slug="nova"))
    with brand_scope(copied.pk):
        assert DisclosureText.objects.get(language="de").text == "Automat! STOP oder MENSCH."
        assert PolicyRule.objects.get(category="scam").severity == 4


def test_every_problem_is_told_at_once_and_nothing_is_left(
    acme: Agency, olga: User, settings: Any
) -> None:
    settings.SANDBOX_URL = ""
    with pytest.raises(BadDocument) as refused:
        run(
            acme,
            olga,
            preset="retail",
            copy_from="nowhere",
            channels=[{"network": "whatsapp", "sandbox": True}],
            team=[{"email": "a@example.test", "role": "captain"}],
        )

    assert [problem.pointer for problem in refused.value.problems] == [
        "/copy_from",
        "/channels/0",
        "/team/0/role",
    ]
    assert not Brand.objects.filter(slug="nova").exists()
    assert not Invitation.objects.exists()


def test_a_taken_slug_names_its_field(acme: Agency, north: Brand, olga: User) -> None:
    with pytest.raises(BadDocument) as refused:
        run(acme, olga, brand={"slug": "north"}, must_be_new=True)

    (problem,) = refused.value.problems
    assert (problem.pointer, "north" in problem.message) == ("/brand/slug", True)
    assert Brand.objects.get(slug="north").name == "North"


def test_another_agencys_slug_is_free(acme: Agency, main: Brand) -> None:
    assert run(acme, brand={"slug": "main"}).brand.agency_id == acme.pk


@pytest.mark.parametrize("name", ["ada", "aud", "gus", "eve"])
def test_others_make_no_brand(acme: Agency, name: str, request: pytest.FixtureRequest) -> None:
    actor = request.getfixturevalue(name)
    with pytest.raises(NotAllowed):
        run(acme, actor, preset="retail")

    assert not Brand.objects.filter(slug="nova").exists()


def test_others_change_no_brand(acme: Agency, north: Brand, ada: User, gus: User) -> None:
    for actor in (ada, gus):
        with pytest.raises(NotAllowed):
            run(acme, actor, brand={"slug": "north", "name": "Mine"})

    assert Brand.objects.get(slug="north").name == "North"


def test_secrets_are_never_shown(acme: Agency) -> None:
    channel = {
        "network": "facebook",
        "account_id": 4711,
        "access_token": "tok-secret-1",
        "app_secret": "app-secret-1",
        "verify_token": "ver-secret-1",
    }
    first = run(acme, channels=[channel])
    second = run(acme, channels=[channel | {"access_token": "tok-secret-2"}])

    text = repr(first) + repr(second) + "".join(map(str, first.diff.lines + second.diff.lines))
    assert "secret" not in text
    assert second.diff.counts["changed"] == 1
    with brand_scope(first.brand.pk):
        account = ChannelAccount.objects.get()
        assert (account.access_token, account.is_sandbox) == ("tok-secret-2", False)
        assert account.base_url == "https://graph.facebook.com"
        assert OnboardingMark.objects.count() == 0


FACEBOOK = {
    "network": "facebook",
    "account_id": "4711",
    "access_token": "t",
    "app_secret": "s",
    "verify_token": "v",
}


def test_one_app_serves_the_pages_that_name_it(acme: Agency) -> None:
    run(acme, channels=[FACEBOOK, FACEBOOK | {"account_id": "4712"}])
    run(acme, channels=[FACEBOOK | {"account_id": "4713", "app_secret": "other"}])

    assert ChannelApp.objects.filter(agency=acme).count() == 2


def test_an_account_of_another_brand_is_refused_at_its_place(acme: Agency, globex: Agency) -> None:
    run(globex, channels=[FACEBOOK])

    with pytest.raises(BadDocument) as refused:
        run(acme, channels=[FACEBOOK | {"account_id": "1"}, FACEBOOK])

    (problem,) = refused.value.problems
    assert (problem.pointer, "connected already" in problem.message) == ("/channels/1", True)
    assert not Brand.objects.filter(agency=acme).exists()
    assert not ChannelApp.objects.filter(agency=acme).exists()


def test_a_person_cannot_give_what_they_do_not_hold(acme: Agency, north: Brand) -> None:
    meg = make_user("meg")
    make_member(meg, acme, "brand_manager", north)

    with pytest.raises(BadDocument) as refused, brand_scope(north.pk):
        apply(
            parse(
                {
                    "brand": {"slug": "north"},
                    "team": [{"email": "a@example.test", "role": "owner"}],
                }
            ),
            agency=acme,
            actor=meg,
        )

    assert refused.value.problems[0].pointer == "/team/0/role"
    assert not Invitation.objects.exists()


@pytest.mark.parametrize("state", sorted(ENDED_STATES))
def test_a_brand_that_ends_is_not_changed_any_more(acme: Agency, olga: User, state: str) -> None:
    brand = make_brand(acme, "nova", state=state)

    with pytest.raises(InvalidState, match="is closed"):
        run(acme, olga, preset="retail")

    assert sum(counts(brand).values()) == 0
