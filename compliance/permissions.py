"""What may be done with the ledger and with consents."""

from django.utils.translation import gettext_lazy as _

from tenants.permissions import declare

VIEW_AUDIT = declare(
    "compliance.audit.view",
    label=_("See the audit trail"),
    help=_("Read who did what, when and why in this brand."),
)
EXPORT_AUDIT = declare(
    "compliance.audit.export",
    label=_("Export the audit trail"),
    help=_("Take the audit trail out of Engage as a file with proofs. Each export is recorded."),
)
VIEW_CONSENT = declare(
    "compliance.consent.view",
    label=_("See consents and opt-outs"),
    help=_("Read who may be written to, for what and on which channel."),
)
MANAGE_CONSENT = declare(
    "compliance.consent.manage",
    label=_("Change consents and opt-outs"),
    help=_("Record a consent or an opt-out that came in by another way."),
)
MANAGE_HOLDS = declare(
    "compliance.hold.manage",
    label=_("Place and release legal holds"),
    help=_("While a hold stands, nothing of the brand is erased. Each needs a reason."),
)
