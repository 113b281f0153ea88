"""Every screen stands on the one base that knows the workspace and the rights."""

import pytest
from auditlog.registry import auditlog
from django.contrib import admin

from tenants.admin.base import BrandAdmin
from tenants.permissions import capabilities

# Pages that do not stand on BrandAdmin, and why.
OTHERS: dict[str, str] = {}
# Pages whose form is saved by a verb that records the change itself.
SAVED_BY_A_VERB = {
    "tenants.brand": "tenants.domain.brands.change_brand",
    "inbox.slatarget": "inbox.domain.targets.set_targets",
    "inbox.intentautomation": "inbox.domain.automation.set_automation",
    "compliance.retentionrule": "compliance.domain.rules.set_retention",
    "compliance.disclosuretext": "compliance.domain.rules.set_disclosure",
}
ALSO = ("change_capability", "add_capability")


def _pages() -> dict[str, admin.ModelAdmin]:  # type: ignore[type-arg]
    return {model._meta.label_lower: page for model, page in admin.site._registry.items()}


def test_every_page_stands_on_the_base_or_is_listed() -> None:
    others = {label for label, page in _pages().items() if not isinstance(page, BrandAdmin)}

    assert len(_pages()) >= 15
    assert others == set(OTHERS)


@pytest.mark.parametrize("label", sorted(_pages().keys() - OTHERS.keys()))
def test_pages_ask_for_declared_capabilities(label: str) -> None:
    page = _pages()[label]
    asked = {page.view_capability} | {getattr(page, name) for name in ALSO} - {None}

    assert asked <= {name for name, _ in capabilities.items()}


@pytest.mark.parametrize("label", sorted(_pages().keys() - OTHERS.keys()))
def test_states_are_never_edited_by_hand(label: str) -> None:
    editable = set(_pages()[label].editable_fields)

    assert not editable & {"state", "brand", "agency", "sending_stopped_at"}


@pytest.mark.parametrize("label", sorted(_pages().keys() - OTHERS.keys()))
def test_only_named_fields_can_be_edited(label: str) -> None:
    page = _pages()[label]
    fields = {field.name for field in page.opts.get_fields()}

    assert set(page.editable_fields) <= fields
    assert page.change_capability is not None or not page.editable_fields


def test_what_is_edited_by_hand_keeps_a_history() -> None:
    """A form that saves without a verb is told by the field history alone. Requirement C1."""
    editable = {label: page for label, page in _pages().items() if page.editable_fields}
    silent = {
        label
        for label, page in editable.items()
        if not auditlog.contains(page.model)
        or not set(page.editable_fields)
        <= set(auditlog.get_model_fields(page.model)["include_fields"])
    }

    assert len(editable) >= 3
    assert silent == set(SAVED_BY_A_VERB)
