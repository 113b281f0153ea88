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
VIEW_REQUESTS = declare(
    "compliance.request.view",
    label=_("See data requests"),
    help=_("Read who asks for their data, where the case stands and what was found."),
)
HANDLE_REQUESTS = declare(
    "compliance.request.handle",
    label=_("Work on data requests"),
    help=_("Take requests in, check identities, collect, review, extend, refuse and answer."),
)
RELEASE_REQUESTS = declare(
    "compliance.request.release",
    label=_("Release data requests"),
    help=_(
        "Let a reviewed request be carried out. An erasure needs somebody else than its reviewer."
    ),
)
VIEW_RETENTION = declare(
    "compliance.retention.view",
    label=_("See retention"),
    help=_("Read how long data are kept, what would be erased, and the receipts of what was."),
)
MANAGE_RETENTION = declare(
    "compliance.retention.manage",
    label=_("Decide on retention"),
    help=_("Change how long data are kept and start runs. Shorter needs a second person."),
)
WATCH_AUDIT = declare(
    "compliance.audit.watch",
    label=_("Watch over the audit trail"),
    help=_("Gets the daily checkpoint and every alarm by mail, and may have the trail checked."),
)
VIEW_SECRETS = declare(
    "compliance.secret.view",
    label=_("See the age of secrets"),
    help=_(
        "Read which keys and tokens there are, how old they are and when they expire; no value."
    ),
)
EXPORT_EVIDENCE = declare(
    "compliance.evidence.export",
    label=_("Take evidence packs"),
    help=_("Take everything about one case out of Engage as an archive. Each pack is recorded."),
)
VIEW_VENDORS = declare(
    "compliance.vendor.view",
    label=_("See vendors and transfers"),
    help=_("Read which companies process data, how they were checked and where data go."),
)
MANAGE_VENDORS = declare(
    "compliance.vendor.manage",
    label=_("Decide on vendors and transfers"),
    help=_(
        "Keep the register, assess, approve and reject. An approval needs somebody else than the"
        " one who assessed."
    ),
)
VIEW_INCIDENTS = declare(
    "compliance.incident.view",
    label=_("See incidents"),
    help=_("Read what went wrong, whom it concerns and who was told."),
)
MANAGE_INCIDENTS = declare(
    "compliance.incident.manage",
    label=_("Work on incidents"),
    help=_("Enter an incident, assess it, tell the authority, the brands and the persons. Warned."),
)
