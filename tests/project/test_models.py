"""Every table has an owner, and its keys start with that owner."""

import re
from collections.abc import Iterator

import pytest
from django.apps import apps
from django.db import models
from django.utils import translation

from tenants.models import AgencyModel, BrandModel
from tests.project.source import APPS, text

# Tables without an owner, and why. Row-level security does not stand before these.
WITHOUT_OWNER = {
    "tenants.user": "directory: read before a scope exists; one person, many agencies",
    "tenants.user_groups": "Django's own link; no group is used, rights come from memberships",
    "tenants.user_user_permissions": "Django's own link; unused as above",
    "tenants.agency": "directory: read before a scope exists",
    "tenants.brand": "directory: read before a scope exists",
    "tenants.membership": "directory: decides which scope a person may enter",
    "tenants.role": "directory: says what a membership allows, read before a scope exists",
    "tenants.brandgrant": "directory: decides which scope a person may enter",
    "inbox.channelaccountgrant": "directory: decides which scope a person may enter",
    "guardian.userobjectpermission": "guardian's own, unused: our grants have direct foreign keys",
    "guardian.groupobjectpermission": "guardian's own, unused as above",
    "tenants.supportaccess": "directory: decides which scope the platform's staff may enter",
    "tenants.apitoken": "directory: decides which scope a program may enter",
    "tenants.outgoingmail": "the platform's post, also to people of no agency; encrypted, erased",
    "tenants.invitation": "directory: found by its link before anybody is signed in",
    "tenants.signinpolicy": "directory: asked at sign-in, before a scope exists",
    "tenants.ssoconnection": "directory: found by an e-mail domain before anybody is signed in",
    "tenants.ssoidentity": "directory: finds the person who signs in",
    "tenants.staffsession": "directory: one person's sign-in, across agencies",
    "tenants.processheartbeat": "the platform's own; says only that a worker lives",
    "compliance.signingkey": "the platform's own; one key signs for all brands, encrypted at rest",
    "compliance.platformleaf": "the platform's own log: hashes that name no brand",
    "compliance.platformcheckpoint": "the platform's own log: roots over all brands",
    "tenants.secretrotation": "the platform's own; how far a change of keys is",
    "inbox.channelapp": "directory: its secret checks a delivery before any brand is known",
    "inbox.apiunits": "directory: accounts of several brands share one app's daily allowance",
    "inbox.channelroute": "directory: finds the brand of a delivery",
    "compliance.vendorroute": "directory: asked in one brand's scope, the register is the agency's",
    "admin.logentry": "Django's own, never written: the audit trail is the only log",
    "account.emailaddress": "allauth's own, never written: a person's address is on the person",
    "account.emailconfirmation": "allauth's own, never written, as above",
    "mfa.authenticator": "a person's second factor, across agencies; secrets are encrypted",
    "auth.permission": "Django's own vocabulary",
    "auth.group": "Django's own, unused: rights come from memberships",
    "auth.group_permissions": "Django's own, unused as above",
    "contenttypes.contenttype": "Django's own vocabulary",
    "sessions.session": "Django's own, read before the person is known",
}

# Unique keys of owned tables that do not start with the owner, and why.
NOT_BY_OWNER = {
    "compliance.disclosureshown.outbox_ref": "one disclosure per outbox item; item ids are unique",
    "compliance.auditdetail.detail_once_per_event": "always read through its event",
    "compliance.auditpending.event": "the event is the key",
    "compliance.auditleaf.event": "the event is the key",
    "moderation.statementofreasons.decision": "one to one with the decision",
    "moderation.appeal.decision": "one to one with the decision",
    "moderation.sanction.decision": "one to one with the decision",
}

# Indexes of owned tables that do not start with the owner, and why. Those of foreign keys are the
# database's need (a delete above looks for rows below) and are not listed.
OTHER_INDEXES = {
    "compliance.disclosureshown.conversation_ref": "the proof of one conversation's disclosures",
    "compliance.fieldchange.object_pk": "auditlog's own",
    "compliance.fieldchange.object_id": "auditlog's own",
    "compliance.fieldchange.action": "auditlog's own",
    "compliance.fieldchange.cid": "auditlog's own",
    "compliance.fieldchange.timestamp": "auditlog's own",
    "inbox.inboundevent.delivery_ref": "from a delivery to its events, across brands of an agency",
    "moderation.policydraft.policydraft_due": "the sweep looks for days that came, in all brands",
}


def _owner(model: type[models.Model]) -> str | None:
    if issubclass(model, BrandModel) or getattr(model, "row_security", None) == "brand":
        return "brand"
    if issubclass(model, AgencyModel) or getattr(model, "row_security", None) == "agency":
        return "agency"
    return None


def _models() -> list[type[models.Model]]:
    return list(apps.get_models(include_auto_created=True))


def test_every_table_has_an_owner_or_a_reason_for_having_none() -> None:
    ownerless = {model._meta.label_lower for model in _models() if _owner(model) is None}

    assert ownerless == set(WITHOUT_OWNER)
    assert all(WITHOUT_OWNER.values())


def test_there_are_owned_tables_at_all() -> None:
    assert len([model for model in _models() if _owner(model)]) >= 25


@pytest.mark.parametrize("app", [app for app in APPS if app != "engage"])
def test_every_owned_model_reads_through_a_guarded_manager(app: str) -> None:
    for model in apps.get_app_config(app).get_models():
        if _owner(model) is None:
            continue
        query = type(model._default_manager.all().query).__name__
        base = type(model._base_manager.all().query).__name__

        assert {query, base} <= {"ScopedQuery", "AgencyQuery"}, model._meta.label


def _keys(model: type[models.Model]) -> Iterator[tuple[str, str, bool]]:
    """(name, first field, is unique) of every key and index but the one on ``id``."""
    meta = model._meta
    for constraint in meta.constraints:
        if isinstance(constraint, models.UniqueConstraint):
            first = constraint.fields[0] if constraint.fields else ""
            yield f"{meta.label_lower}.{constraint.name}", first, True
    for index in meta.indexes:
        first = index.fields[0].lstrip("-") if index.fields else ""
        yield f"{meta.label_lower}.{index.name}", first, False
    for field in meta.local_fields:
        if field.unique and field.name != "id":
            yield f"{meta.label_lower}.{field.name}", field.name, True
        elif field.db_index and not field.unique and not field.is_relation:
            yield f"{meta.label_lower}.{field.name}", field.name, False


def test_unique_keys_of_owned_tables_start_with_the_owner() -> None:
    odd = {
        name
        for model in _models()
        if (owner := _owner(model))
        for name, first, unique in _keys(model)
        if unique and first != owner
    }

    assert odd == set(NOT_BY_OWNER)


def test_indexes_of_owned_tables_start_with_the_owner() -> None:
    odd = {
        name
        for model in _models()
        if (owner := _owner(model))
        for name, first, unique in _keys(model)
        if not unique and first != owner
    }

    assert odd == set(OTHER_INDEXES)


def test_no_foreign_key_points_up_the_ladder() -> None:
    rank = {app: place for place, app in enumerate(APPS)}
    up = [
        f"{model._meta.label}.{field.name}"
        for model in _models()
        for field in model._meta.local_fields
        if field.is_relation and field.related_model is not None
        if rank.get(field.related_model._meta.app_label, -1)
        > rank.get(model._meta.app_label, len(APPS))
    ]

    assert up == []


def test_every_model_of_ours_is_in_the_glossary() -> None:
    glossary = text("docs/glossary.md")
    ours = [m for m in apps.get_models() if m._meta.app_label in APPS]
    missing = [m.__name__ for m in ours if f"`{m.__name__}`" not in glossary]

    assert len(ours) >= 30
    assert missing == []


def test_the_glossary_gives_the_german_of_the_screens() -> None:
    names = {m.__name__: m for m in apps.get_models() if m._meta.app_label in APPS}
    wrong = {}
    for line in text("docs/glossary.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        found = re.search(r"`(\w+)`\)$", cells[0])
        if not found or found[1] not in names or cells[-1] == "–":
            continue
        with translation.override("de"):
            shown = str(names[found[1]]._meta.verbose_name)
        if shown.casefold() != cells[-1].casefold():
            wrong[found[1]] = shown

    assert wrong == {}
