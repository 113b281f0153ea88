"""The policy in the admin: who sees it, who drafts, tries, puts into effect and withdraws."""

from dataclasses import asdict, replace
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.utils import timezone

from compliance.models import AuditEvent
from moderation.choices import Category, DraftState
from moderation.domain.policies import PRESET, install_preset
from moderation.domain.policy_drafts import apply_draft, draft_rule
from moderation.models import PolicyDraft, PolicyRule
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_assessment

LIST = "/w/acme/north/admin/moderation/policyrule/"
PAGE = f"{LIST}draft/insult/"
LIST_QUERIES = 11
INSULT = PRESET[Category.INSULT]


@pytest.fixture(autouse=True)
def rules(north: Brand, olga: User) -> None:
    with brand_scope(north.pk):
        install_preset(north, actor=olga)


def _form(**fields: Any) -> dict[str, Any]:
    values = asdict(INSULT) | {"severity": int(INSULT.severity), "reason": "Zu langsam."}
    values.pop("auto_hide")
    return values | {"do": "save"} | fields


@pytest.fixture
def draft(north: Brand, olga: User) -> PolicyDraft:
    with brand_scope(north.pk):
        content = replace(INSULT, minutes=60)
        return draft_rule(north, Category.INSULT, content, reason="Zu langsam.", actor=olga)


def _kept(north: Brand) -> PolicyDraft:
    with brand_scope(north.pk):
        return PolicyDraft.objects.select_related("became").get()


def test_a_rule_is_drafted_seen_and_put_into_effect(
    client: Client, olga: User, north: Brand
) -> None:
    client.force_login(olga)
    client.post(PAGE, _form(text_en="Insults of anybody are not allowed."))
    html = client.get(PAGE).content.decode()
    draft = _kept(north)

    assert "<ins><mark>anybody</mark></ins>" in html
    assert "Draft" in client.get(LIST).content.decode()
    url, seen = f"{LIST}drafts/{draft.pk}/apply/", draft.changed_at.isoformat()
    refused = client.post(url, {"seen": seen}, follow=True)
    assert "Confirm that you have read" in refused.content.decode()
    done = client.post(url, {"seen": seen, "confirm": "yes"}, follow=True)
    assert "In effect." in done.content.decode()
    became = _kept(north).became
    assert became is not None
    assert (became.version, became.text_en) == (2, "Insults of anybody are not allowed.")


def test_what_is_refused_is_named_at_the_field_and_nothing_is_lost(
    client: Client, olga: User, north: Brand
) -> None:
    client.force_login(olga)
    html = client.post(PAGE, _form(auto_hide="yes", text_de="Neu <b>hier</b>")).content.decode()

    assert "is ever hidden without a person" in html
    assert "Neu &lt;b&gt;hier&lt;/b&gt;</textarea>" in html
    with brand_scope(north.pk):
        assert not PolicyDraft.objects.exists()
    assert client.post(PAGE, _form(severity="9", minutes="viele")).status_code == 200
    assert client.get(f"{LIST}draft/nothing/").status_code == 404


def test_a_sector_preset_is_shown_as_a_difference(client: Client, olga: User) -> None:
    client.force_login(olga)
    html = client.get(f"{LIST}draft/scam/?from=finance").content.decode()

    assert 'value="finance" selected' in html
    assert "<ins><mark>Investment" in html
    assert client.get(f"{LIST}draft/scam/?from=nothing").status_code == 200


def test_the_dry_run_shows_people_and_is_told(client: Client, olga: User, north: Brand) -> None:
    with brand_scope(north.pk):
        message = make_message(make_conversation(make_account(north)), "Du <i>Depp</i>")
        make_assessment(message, verdict="queue", effect="", category="insult", scores={})
    client.force_login(olga)
    answer = client.post(PAGE, _form(do="try", severity="4", last="500"))

    html = answer.content.decode()
    assert answer.context["trial"]["of"].gained == 1
    assert "Du &lt;i&gt;Depp&lt;/i&gt;" in html
    assert "goes to people first" in html
    with brand_scope(north.pk):
        kinds = set(AuditEvent.objects.values_list("kind", flat=True))
        assert {"moderation.policy_draft.tried", "inbox.message.listed"} <= kinds
        assert not PolicyDraft.objects.exists()


def test_a_day_is_set_taken_back_and_the_draft_discarded(
    client: Client, olga: User, north: Brand, draft: PolicyDraft
) -> None:
    client.force_login(olga)
    acts = f"{LIST}drafts/{draft.pk}/"
    later = timezone.localtime() + timedelta(days=3)
    given = {"confirm": "yes", "at": f"{later:%Y-%m-%dT%H:%M}", "seen": "nonsense"}
    seen = []
    for act, sent in (
        ("schedule", given | {"at": "tomorrow"}),
        ("schedule", given),
        ("unschedule", {}),
        ("discard", {}),
        ("apply", {"confirm": "yes"}),
    ):
        assert client.post(f"{acts}{act}/", sent).status_code == 302
        seen.append(_kept(north).state)

    assert seen == [
        DraftState.DRAFT,
        DraftState.SCHEDULED,
        DraftState.DRAFT,
        DraftState.DISCARDED,
        DraftState.DISCARDED,
    ]


def test_a_version_is_withdrawn_with_a_reason(
    client: Client, olga: User, north: Brand, draft: PolicyDraft
) -> None:
    with brand_scope(north.pk):
        rule, _moved = apply_draft(draft, actor=olga)
    client.force_login(olga)
    url = f"{LIST}{rule.pk}/withdraw/"
    client.post(url, {"reason": ""})
    page = client.post(url, {"reason": "Zu scharf."}, follow=True).content.decode()

    assert "Withdrawn. The earlier version is in effect again" in page
    assert "v3" in page
    with brand_scope(north.pk):
        assert PolicyRule.objects.get(category="insult", retired_at=None).version == 3
    assert client.get(f"{LIST}{rule.pk}/change/").status_code == 200


def test_who_may_see_may_not_change_and_others_see_nothing(
    client: Client, mo: User, gus: User, north: Brand, draft: PolicyDraft
) -> None:
    with brand_scope(north.pk):
        rule = PolicyRule.objects.get(category="insult")
    acts = [f"{LIST}drafts/{draft.pk}/{act}/" for act in ("apply", "schedule", "discard")]
    acts += [f"{LIST}{rule.pk}/withdraw/"]
    client.force_login(mo)
    assert client.get(LIST).status_code == 200
    html = client.get(PAGE).content.decode()
    assert "Keep as a draft" not in html
    assert "Difference to what is in effect" in html
    assert client.post(PAGE, _form()).status_code == 403
    assert [client.post(url).status_code for url in acts] == [403] * 4
    assert [client.get(url).status_code for url in acts] == [405] * 4
    client.force_login(gus)
    assert [client.get(url).status_code for url in (LIST, PAGE)] == [404, 404]
    assert [client.post(url).status_code for url in acts] == [404] * 4

    assert _kept(north).state == DraftState.DRAFT


def test_a_draft_of_another_brand_is_not_found(
    client: Client, olga: User, south: Brand, draft: PolicyDraft
) -> None:
    client.force_login(olga)
    there = "/w/acme/south/admin/moderation/policyrule/"

    assert client.post(f"{there}drafts/{draft.pk}/apply/").status_code == 404
    assert client.get("/w/acme/admin/moderation/policyrule/").status_code == 200
    assert client.get("/w/acme/admin/moderation/policyrule/draft/insult/").status_code == 404


def test_the_list_costs_the_same_with_drafts(
    client: Client, olga: User, north: Brand, count_queries: Any
) -> None:
    client.force_login(olga)

    def queries() -> int:
        client.get(LIST)
        with count_queries() as captured:
            assert client.get(LIST).status_code == 200
        return len(captured)

    none = queries()
    with brand_scope(north.pk):
        for category in (Category.INSULT, Category.SPAM, Category.HATE):
            content = replace(PRESET[category], minutes=7)
            draft_rule(north, category, content, reason="Zu langsam.", actor=olga)
    assert queries() == none == LIST_QUERIES
