"""The cases that compliance itself can hand to an auditor."""

from collections.abc import Iterable, Sequence
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from compliance.domain.packs.model_case import ModelCase, table_of
from compliance.models import (
    Consent,
    ConsentEntry,
    DataRequest,
    RecipientNotice,
    RequestPause,
)
from compliance.registries import EvidenceTable, ObjectKey


def _consents(row: Consent) -> Any:
    return Consent.objects.filter(channel=row.channel, address_hash=row.address_hash)


def _consent_objects(row: Consent) -> Iterable[ObjectKey]:
    """All consents of the same address on the same channel, and the texts they name."""
    for key in _consents(row).values_list("pk", flat=True):
        yield "compliance.consent", str(key)
    entries = ConsentEntry.objects.filter(channel=row.channel, address_hash=row.address_hash)
    for key in entries.values_list("pk", flat=True)[:500]:
        yield "compliance.consententry", str(key)


def _consent_tables(row: Consent) -> Sequence[EvidenceTable]:
    entries = ConsentEntry.objects.filter(channel=row.channel, address_hash=row.address_hash)
    now = ("purpose", "state", "basis", "since", "source", "text_version", "last_used_at")
    then = (
        "recorded_at",
        "at",
        "purpose",
        "before",
        "state",
        "basis",
        "source",
        "text_version",
        "sha256",
    )
    return [
        table_of(_("As it stands"), _consents(row).order_by("purpose"), now),
        table_of(_("How it came about"), entries.order_by("recorded_at", "pk")[:500], then),
    ]


def _request_tables(row: DataRequest) -> Sequence[EvidenceTable]:
    results = EvidenceTable(
        _("What became of the data"),
        [_("Source"), _("Outcome"), _("Rows"), _("Ground")],
        [
            [
                str(result.get("title") or result.get("key", "")),
                str(result.get("outcome", "")),
                str(result.get("rows", "")),
                str(result.get("why", "")),
            ]
            for result in row.results
        ],
    )
    pauses = RequestPause.objects.filter(request=row).order_by("pk")
    notices = RecipientNotice.objects.filter(request=row).order_by("pk")
    return [
        results,
        table_of(_("Pauses of the clock"), pauses, _columns(RequestPause)),
        table_of(_("Recipients told (Art. 19)"), notices, _columns(RecipientNotice)),
    ]


def _columns(model: Any) -> list[str]:
    """What says nothing about a person: choices, instants, days."""
    kinds = ("DateTimeField", "DateField")
    return [
        field.name
        for field in model._meta.local_fields
        if field.choices or field.get_internal_type() in kinds
    ]


REQUEST = ModelCase(
    key="request",
    title=gettext_lazy("Data request"),
    label="compliance.datarequest",
    capability="compliance.request.view",
    fields=(
        "number",
        "kind",
        "regime",
        "source",
        "state",
        "received_at",
        "confirmed_at",
        "due_on",
        "extended_due_on",
        "extended_at",
        "extension_reason",
        "identity_method",
        "verified_at",
        "instructed_at",
        "collected_at",
        "plan_sha256",
        "reviewed_at",
        "reviewed_by",
        "reviewed_sha256",
        "released_at",
        "released_by",
        "is_blocked",
        "package_sha256",
    ),
    personal=(
        "name",
        "email",
        "details",
        "identity_note",
        "instructed_by",
        "instruction",
        "work_note",
        "accepted_reason",
    ),
    tables=_request_tables,
    files=lambda row: {"certificate.txt": row.certificate} if row.certificate else {},
)
RETENTION_RUN = ModelCase(
    key="retention",
    title=gettext_lazy("Retention run"),
    label="compliance.retentionrun",
    capability="compliance.retention.view",
    fields=(
        "state",
        "by_hand",
        "policy_number",
        "as_of",
        "criteria",
        "planned",
        "keeping",
        "counts",
        "rows_total",
        "rows_done",
        "chunks",
        "longest_ms",
        "digest",
        "requested_at",
        "requested_ref",
        "finished_at",
        "receipt_sha256",
    ),
    personal=("stop_reason",),
    files=lambda row: {"receipt.txt": row.receipt} if row.receipt else {},
)
ERASURE = ModelCase(
    key="erasure",
    title=gettext_lazy("Erasure of a brand"),
    label="compliance.branderasure",
    capability="tenants.brand.close",
    fields=(
        "target",
        "state",
        "requested_at",
        "requested_by",
        "confirmed_at",
        "confirmed_by",
        "not_before",
        "export_ref",
        "export_sha256",
        "export_as_of",
        "counts",
        "rows_total",
        "rows_done",
        "finished_at",
    ),
    personal=("reason",),
    related=lambda row: [("tenants.brand", str(row.target_id))],
    files=lambda row: {"certificate.txt": row.certificate} if row.certificate else {},
)
CONSENT = ModelCase(
    key="consent",
    title=gettext_lazy("Consent of a person"),
    label="compliance.consent",
    capability="compliance.consent.view",
    fields=("channel", "purpose", "state", "basis", "since", "source", "text_version"),
    personal=("address_hash", "evidence_ref"),
    related=_consent_objects,
    tables=_consent_tables,
)
OWN_CASES = (REQUEST, RETENTION_RUN, ERASURE, CONSENT)
