"""What compliance itself keeps, and for how long: registered by its ``AppConfig``."""

from django.db.models import Exists, OuterRef, Q

from compliance.choices import ConsentState, HoldScope, RetentionCategory
from compliance.domain.retention.aged import AgedRows
from compliance.domain.retention.ledger_sources import CHANGES, DETAILS, SIGN_INS
from compliance.models import (
    AuditExport,
    BrandExport,
    Consent,
    ConsentEntry,
    DataRequest,
    DisclosureShown,
    LegalHold,
)
from compliance.registries import retention_sources


def _request_of(hold: LegalHold) -> Q:
    if hold.scope == HoldScope.CONTACT:
        return Q(contact_refs__contains=[hold.contact_ref])
    return Q(conversation_ref=hold.conversation_ref)


def _in_conversation(hold: LegalHold) -> Q:
    """Only the inbox knows whose conversation it is: a hold on a contact covers all of them."""
    if hold.scope == HoldScope.CONTACT:
        return Q(pk__isnull=False)
    return Q(conversation_ref=hold.conversation_ref)


# Who has opted out stays as a keyed hash: category ``suppression_hash`` has no end.
_OPTED_OUT = Q(state__in=(ConsentState.WITHDRAWN, ConsentState.SUPPRESSED))
_NEVER_USED = Q(last_used_at=None)
_HAS_A_CONSENT = Exists(
    Consent.objects.filter(
        brand=OuterRef("brand"),
        channel=OuterRef("channel"),
        address_hash=OuterRef("address_hash"),
        purpose=OuterRef("purpose"),
    )
)


def register_retention() -> None:
    """The proof of a consent goes after the consent, the ledger's values last of all."""
    consent = RetentionCategory.CONSENT
    sources = {
        "compliance.brandexport": AgedRows(BrandExport, RetentionCategory.AUDIT, "finished_at"),
        "compliance.auditexport": AgedRows(AuditExport, RetentionCategory.AUDIT, "finished_at"),
        "compliance.datarequest": AgedRows(
            DataRequest, RetentionCategory.DSAR, "ended_at", about=_request_of
        ),
        "compliance.disclosureshown": AgedRows(
            DisclosureShown, RetentionCategory.AUDIT, "shown_at", about=_in_conversation
        ),
        "compliance.consent": AgedRows(Consent, consent, "last_used_at", ~_OPTED_OUT),
        "compliance.consent.unused": AgedRows(Consent, consent, "since", ~_OPTED_OUT & _NEVER_USED),
        "compliance.consententry": AgedRows(
            ConsentEntry, consent, "recorded_at", ~Q(_HAS_A_CONSENT), about=_in_conversation
        ),
    }
    for key, source in sources.items():
        retention_sources.register(key, source)
    retention_sources.register("compliance.signins", SIGN_INS)
    retention_sources.register("compliance.auditdetail", DETAILS)
    retention_sources.register("compliance.fieldchange", CHANGES)
