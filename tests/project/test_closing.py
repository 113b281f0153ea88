"""A brand's end reaches every table: none is forgotten, no exception is out of date."""

from django.apps import apps
from django.db import models

from compliance.domain.closing.tables import (
    EMPTIED,
    KEPT,
    LEFT_OUT,
    WITHHELD,
    brand_tables,
    erased_tables,
    exported_tables,
    file_columns,
    loose_keys,
    withheld_columns,
)
from tenants.models import Agency, Brand, BrandModel, EncryptedTextField
from tenants.models.base import AgencyModel

# Files of the brand that are no part of its archive, and why.
FILES = {
    "compliance.auditexport.file": "a copy of the audit trail, which the archive holds",
    "compliance.brandexport.file": "an archive itself",
    "compliance.datarequest.package": "a person's package; what it holds stands in the archive",
    "compliance.consentjob.file": "a copy of what the archive holds, or a report of errors",
    "compliance.consentjob.upload": "addresses handed in; deleted when the job ends",
    "compliance.vendorevidence.file": "paper about a company of the agency, of no brand",
    "compliance.evidencepack.file": "a copy of parts of the trail, which the archive holds",
}
# Tables of the agency that no key ties to a brand, and why a brand's end need not touch them.
OF_THE_AGENCY = {
    "inbox.receiveddelivery": "raw bytes: emptied by inbox.domain.closing",
    "inbox.channelapp": "the agency's own app at a network",
    "tenants.role": "vocabulary of the agency",
    "tenants.ssoconnection": "how the agency's people sign in",
    "tenants.signinpolicy": "how the agency's people sign in",
    "tenants.staffsession": "where the agency's people are signed in",
    "compliance.anchorrecord": "which root was handed out when: counts and hashes",
    "tenants.outgoingmail": "text is emptied once sent",
    "compliance.vendorroute": "companies the agency works with",
}


def _labels(tables: object) -> set[str]:
    return {table.label for table in tables}  # type: ignore[attr-defined]


def test_every_brand_owned_table_is_found() -> None:
    owned = {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        if issubclass(model, BrandModel) or getattr(model, "row_security", None) == "brand"
    }

    assert len(owned) >= 30
    assert owned <= _labels(brand_tables())


def test_every_key_to_a_brand_is_found() -> None:
    pointing = {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        for field in model._meta.local_fields
        if field.related_model is Brand
    }

    assert pointing <= _labels(brand_tables())


def test_each_table_is_erased_emptied_or_kept_with_its_ground() -> None:
    known = _labels(brand_tables())

    assert KEPT.keys() | EMPTIED.keys() | LEFT_OUT.keys() <= known
    assert not KEPT.keys() & EMPTIED.keys()
    assert _labels(erased_tables()) == known - KEPT.keys() - EMPTIED.keys()
    assert _labels(exported_tables()) == known - LEFT_OUT.keys()
    assert all(str(why) for group in (KEPT, EMPTIED, LEFT_OUT) for why in group.values())


def test_rows_can_be_deleted_in_this_order() -> None:
    order = [table.model for table in brand_tables()]
    loose = {(table.model, key) for table in brand_tables() for key in loose_keys(table)}
    wrong = [
        f"{model._meta.label}.{field.name}"
        for place, model in enumerate(order)
        for field in model._meta.local_fields
        if field.related_model in order[: place + 1] and (model, field.attname) not in loose
    ]

    assert wrong == []


def test_what_stays_points_at_nothing_that_goes() -> None:
    gone = {table.model for table in erased_tables()}
    outside = [m for m in apps.get_models(include_auto_created=True) if m not in gone]
    wrong = [
        f"{model._meta.label}.{field.name}"
        for model in outside
        for field in model._meta.local_fields
        if field.related_model in gone
    ]

    assert wrong == []


def test_no_secret_is_handed_out() -> None:
    secret = {
        f"{table.label}.{field.attname}"
        for table in exported_tables()
        for field in table.model._meta.local_fields
        if isinstance(field, EncryptedTextField)
        or ("token" in field.name and field.name != "tokens")
        or field.name in {"password", "secret"}
    }
    withheld = {f"{t.label}.{c}" for t in exported_tables() for c in withheld_columns(t.model)}

    assert len(secret) >= 2
    assert secret <= withheld
    assert withheld >= WITHHELD.keys()


def test_every_file_of_a_brand_is_known() -> None:
    found = {f"{t.label}.{c}" for t in brand_tables() for c in file_columns(t.model)}

    assert found == set(FILES)


def test_every_table_of_an_agency_was_thought_of() -> None:
    known = _labels(brand_tables())
    agency_own = {
        model._meta.label_lower
        for model in apps.get_models(include_auto_created=True)
        if model is not Brand and model._meta.label_lower not in known
        if issubclass(model, AgencyModel)
        or any(
            isinstance(field, models.ForeignKey) and field.related_model is Agency
            for field in model._meta.local_fields
        )
    }

    assert agency_own == set(OF_THE_AGENCY)
