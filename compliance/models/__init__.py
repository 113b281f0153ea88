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
from compliance.models.incident import Incident, IncidentBrand, IncidentEntry
from compliance.models.pack import EvidencePack
from compliance.models.platform import AnchorRecord, PlatformCheckpoint, PlatformLeaf
from compliance.models.requests import (
    DataRequest,
    ProcessingRestriction,
    RecipientNotice,
    RequestPause,
    ThirdPartyPassage,
)
from compliance.models.retention import RetentionPolicy, RetentionRun, RetentionSchedule
from compliance.models.rules import DisclosureText, RetentionRule
from compliance.models.saved_filter import SavedFilter
from compliance.models.subject import ErasedAddress, SubjectErasure
from compliance.models.tree import AuditLeaf, AuditTree, Checkpoint, SigningKey
from compliance.models.unexplained import UnexplainedWrite
from compliance.models.vendor import (
    FallenMechanism,
    TransferDay,
    Vendor,
    VendorCheck,
    VendorEvidence,
    VendorRoute,
    VendorSafeguard,
)
from compliance.models.watch import LedgerAlarm, LedgerCheck, SecretWarning

__all__ = [
    "AnchorRecord",
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
    "DataRequest",
    "DisclosureShown",
    "DisclosureText",
    "DisclosureVersion",
    "ErasedAddress",
    "EvidencePack",
    "FallenMechanism",
    "FieldChange",
    "Incident",
    "IncidentBrand",
    "IncidentEntry",
    "LedgerAlarm",
    "LedgerCheck",
    "LegalHold",
    "PlatformCheckpoint",
    "PlatformLeaf",
    "ProcessingRestriction",
    "RecipientNotice",
    "RequestPause",
    "RetentionPolicy",
    "RetentionRule",
    "RetentionRun",
    "RetentionSchedule",
    "SavedFilter",
    "SecretWarning",
    "SigningKey",
    "SubjectErasure",
    "ThirdPartyPassage",
    "TransferDay",
    "UnexplainedWrite",
    "Vendor",
    "VendorCheck",
    "VendorEvidence",
    "VendorRoute",
    "VendorSafeguard",
]
