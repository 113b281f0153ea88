"""Every admin page: scoped, ruled by capabilities, harmless by GET. U1-U3, T3."""

from typing import Any
from uuid import UUID

import pytest
from django.contrib import admin
from django.contrib.admin import helpers
from django.db import models
from django.http import Http404
from django.test import Client, RequestFactory
from django.urls import URLPattern, URLResolver, get_resolver

from inbox.models import AnswerTemplate, Contact
from tenants.admin.base import BrandAdmin
from tenants.admin.labels import label_of
from tenants.domain.directory import find_workspace
from tenants.models import Agency, Brand, User, uuid7
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation

DIRECTORY_APPS = {"tenants", "auth", "contenttypes"}
PAGES: list[BrandAdmin] = list(admin.site._registry.values())
ids = [page.opts.label for page in PAGES]


def request_of(user: User, agency: str, brand: str | None) -> Any:
    request = RequestFactory().get("/")
    request.user = user
    request.workspace = find_workspace(user, agency, brand)
    return request


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_every_page_is_built_on_the_scoped_base(page: Any) -> None:
    assert isinstance(page, BrandAdmin)
    assert page.view_capability


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_no_page_uses_unfolds_actions_that_write_by_get(page: Any) -> None:
    written = ("actions_list", "actions_row", "actions_detail", "actions_submit_line")
    assert [name for name in written if getattr(page, name)] == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_no_filter_lists_the_directory(page: Any) -> None:
    """Django fills a filter over a foreign key with every row of the other table."""
    for entry in page.list_filter:
        name = entry[0] if isinstance(entry, tuple) else entry
        if not isinstance(name, str):
            continue
        field = page.model._meta.get_field(name.split("__")[0])
        related = field.related_model
        assert related is None or related._meta.app_label not in DIRECTORY_APPS, name


@pytest.mark.parametrize("page", [p for p in PAGES if p.fields or p.list_display], ids=str)
def test_every_column_has_a_word_that_can_be_translated(page: Any) -> None:
    own = {field.name: field for field in page.opts.fields}
    shown = {*page.list_display, *(page.fields or ())} & own.keys()
    assert [name for name in shown if label_of(own[name]) is None] == []


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_nothing_is_deleted_and_no_state_is_edited(page: Any, olga: User, north: Brand) -> None:
    with brand_scope(north.pk):
        request = request_of(olga, "acme", "north")
        assert not page.has_delete_permission(request)
        assert "state" not in page.editable_fields
        assert "brand" in page.get_exclude(request)


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_outside_a_workspace_nothing_is_shown(page: Any, olga: User) -> None:
    request = request_of(olga, "acme", None)
    request.workspace = None
    assert not page.has_view_permission(request)
    assert not page.has_module_permission(request)


@pytest.mark.parametrize("page", PAGES, ids=ids)
def test_pickers_offer_rows_of_the_workspace_only(
    page: Any, olga: User, gus: User, north: Brand, south: Brand, main: Brand
) -> None:
    for brand in (north, south):
        with brand_scope(brand.pk):
            make_conversation(make_account(brand, external_id=brand.slug))
    with brand_scope(north.pk):
        request = request_of(olga, "acme", "north")
        for field in page.opts.fields:
            if not isinstance(field, models.ForeignKey):
                continue
            form_field = page.formfield_for_foreignkey(field, request)
            for row in form_field.queryset:
                owner = getattr(row, "brand_id", None)
                assert owner in (None, north.pk), f"{field}: {row}"
                assert row.pk not in {gus.pk, main.pk, main.agency_id}


def test_a_foreign_object_answers_like_a_missing_one(
    client: Client, ada: User, north: Brand, south: Brand
) -> None:
    with brand_scope(south.pk):
        foreign = make_conversation(make_account(south)).contact
    client.force_login(ada)
    answers = [
        client.get(f"/w/acme/north/admin/inbox/contact/{pk}/change/")
        for pk in (foreign.pk, uuid7(), "nonsense")
    ]
    assert [a.status_code for a in answers] == [404, 404, 404]
    assert len({a.content for a in answers}) == 1


def test_a_list_shows_the_brand_only_where_several_are_seen(
    client: Client, olga: User, north: Brand, south: Brand
) -> None:
    for brand in (north, south):
        with brand_scope(brand.pk):
            make_conversation(make_account(brand, external_id=brand.slug))
    client.force_login(olga)
    inside = client.get("/w/acme/north/admin/inbox/contact/")
    whole = client.get("/w/acme/admin/inbox/contact/")
    assert b"column-brand" not in inside.content
    assert whole.content.count(b"field-brand") == 2


def test_a_new_row_belongs_to_the_brand_of_the_address(
    client: Client, olga: User, north: Brand, south: Brand
) -> None:
    client.force_login(olga)
    values = {
        "name": "Hours",
        "shortcut": "hours",
        "intent": "",
        "conversation_kind": "direct",
        "language": "de",
        "text": "Mo-Fr",
        "min_confidence_pct": "80",
        "brand": str(south.pk),
    }
    answer = client.post("/w/acme/north/admin/inbox/answertemplate/add/", values)
    assert answer.status_code == 302
    with brand_scope([north.pk, south.pk]):
        assert list(AnswerTemplate.objects.values_list("brand_id", flat=True)) == [north.pk]


def test_adding_needs_one_brand(client: Client, olga: User, north: Brand, south: Brand) -> None:
    client.force_login(olga)
    answer = client.get("/w/acme/admin/inbox/answertemplate/add/")
    assert answer.status_code == 403


def test_who_may_only_read_changes_nothing(client: Client, mo: User, north: Brand) -> None:
    with brand_scope(north.pk):
        account = make_account(north)
    client.force_login(mo)
    url = f"/w/acme/north/admin/inbox/channelaccount/{account.pk}/change/"
    assert client.get(url).status_code == 200
    assert client.post(url, {"name": "x"}).status_code == 403
    assert client.get("/w/acme/north/admin/compliance/auditexport/").status_code == 403


def test_history_leads_to_the_audit_trail_of_the_object(
    client: Client, olga: User, north: Brand
) -> None:
    with brand_scope(north.pk):
        contact: Contact = make_conversation(make_account(north)).contact
    client.force_login(olga)
    answer = client.get(f"/w/acme/north/admin/inbox/contact/{contact.pk}/history/")
    assert answer.headers["Location"] == (
        f"/w/acme/north/admin/compliance/auditevent/?object=inbox.contact%3A{contact.pk}&related=1"
    )


def _with_an_object() -> list[tuple[str, int]]:
    """Names of the admin addresses of one object, and how many keys they take."""
    names = []

    def walk(patterns: list[Any]) -> None:
        for pattern in patterns:
            if isinstance(pattern, URLResolver):
                walk(pattern.url_patterns)
            elif (
                isinstance(pattern, URLPattern)
                and pattern.name
                and "<uuid:pk>" in str(pattern.pattern)
            ):
                names.append((pattern.name, str(pattern.pattern).count("<uuid:")))

    walk(get_resolver().url_patterns)
    return names


def test_no_verb_is_reachable_by_get(client: Client, olga: User, north: Brand) -> None:
    """Every address of our own with an object in it, but for the pages that ask."""
    from django.urls import reverse

    client.force_login(olga)
    pages = {
        "inbox_contact_sanction",
        "moderation_case_context",
        "moderation_case_hide_page",
        "compliance_branderasure_brand",
        "compliance_branderasure_certificate",
        "compliance_datarequest_certificate",
        "compliance_incident_draft",
        "compliance_retentionrun_receipt",
        "compliance_vendor_file",
        "moderation_wordlist_export",
    }
    verbs = [verb for verb in _with_an_object() if verb[0] not in pages]
    verbs = [
        verb for verb in verbs if verb[0].split("_")[0] in {"inbox", "moderation", "compliance"}
    ]
    assert len(verbs) >= 14
    for name, keys in verbs:
        url = reverse(f"admin:{name}", args=[UUID(int=1)] * keys)
        assert client.get(f"/w/acme/north{url}").status_code == 405, name


def test_a_list_action_is_a_post_with_a_token(north: Brand, olga: User) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(olga)
    values = {"action": "try_again_selected", helpers.ACTION_CHECKBOX_NAME: str(uuid7())}
    answer = strict.post("/w/acme/north/admin/inbox/inboundevent/", values)
    assert answer.status_code == 403


def test_find_refuses_what_the_workspace_does_not_hold(
    olga: User, gus: User, acme: Agency, north: Brand, main: Brand
) -> None:
    page = admin.site._registry[Contact]
    with brand_scope(main.pk):
        foreign = make_conversation(make_account(main)).contact
    with brand_scope(north.pk), pytest.raises(Http404):
        page.find(request_of(olga, "acme", "north"), foreign.pk)
