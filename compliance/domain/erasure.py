"""Take readable values out of the ledger and leave it verifiable."""

from django.db.models import QuerySet
from django.utils import timezone

from compliance.domain.audit import record
from compliance.models import AuditDetail, FieldChange
from tenants.models import Brand
from tenants.permissions import Actor


def erase_details(
    details: QuerySet[AuditDetail], *, brand: Brand, reference: str, actor: Actor
) -> int:
    """Empty value and salt of these details; says how many. Their leaves stay and still verify.

    ``reference`` is the code of the ground, for example ``art17.2026-0042``; exports show it in
    the place of the value. The erasure is an event itself.
    """
    erased = details.filter(erased_at=None).update(
        value=None, salt=None, erased_at=timezone.now(), erased_reference=reference
    )
    if erased:
        facts = {"count": erased, "reference": reference}
        record("compliance.detail.erased", brand, actor=actor, facts=facts)
    return erased


def erase_field_changes(
    changes: QuerySet[FieldChange], *, brand: Brand, reference: str, actor: Actor
) -> int:
    """Empty the readable history; that something was changed, when and by whom stays."""
    erased = changes.filter(erased_at=None).update(
        changes=None, reason="", erased_at=timezone.now(), erased_reference=reference
    )
    if erased:
        facts = {"count": erased, "reference": reference}
        record("compliance.history.erased", brand, actor=actor, facts=facts)
    return erased
