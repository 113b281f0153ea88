"""Ledger, its Merkle tree, exports and field history."""

from compliance.models.closing import BrandErasure, BrandExport
from compliance.models.consent import (
    Consent,
    ConsentEntry,
    ConsentText,
    DisclosureShown,
    DisclosureVersion,
)
from compliance.models.consent_job import ConsentJob
from compliance.models.event import AuditDetail, AuditEvent, AuditPending
from compliance.models.export import AuditExport
from compliance.models.field_change import FieldChange
from compliance.models.hold import LegalHold
from compliance.models.rules import DisclosureText, RetentionRule
from compliance.models.tree import AuditLeaf, AuditTree, Checkpoint, SigningKey

__all__ = [
    "AuditDetail",
    "AuditEvent",
    "AuditExport",
    "AuditLeaf",
    "AuditPending",
    "AuditTree",
    "BrandErasure",
    "BrandExport",
    "Checkpoint",
    "Consent",
    "ConsentEntry",
    "ConsentJob",
    "ConsentText",
    "DisclosureShown",
    "DisclosureText",
    "DisclosureVersion",
    "FieldChange",
    "LegalHold",
    "RetentionRule",
    "SigningKey",
]
