"""What the registers of vendors and incidents plug in elsewhere."""

from compliance.domain.incidents.timeline import IncidentCase
from compliance.domain.vendors.evidence_case import VendorCase
from compliance.domain.vendors.recipients import VendorParties, VendorRecipients
from compliance.domain.vendors.services import register_services
from compliance.registries import evidence_cases, recipients, record_parts


def register_registers() -> None:
    """Services, recipients, the record of processing, packs of evidence. Once, at start-up."""
    register_services()
    recipients.register("vendors", VendorRecipients())
    record_parts.register("vendors", VendorParties())
    for case in (VendorCase(), IncidentCase()):
        evidence_cases.register(case.key, case)
