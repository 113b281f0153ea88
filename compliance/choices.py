"""Stable values of compliance."""

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ActorKind(TextChoices):
    """Who acted. ``author`` is a member of the public, for example one who appeals."""

    USER = "user", _("Person")
    API = "api", _("API token")
    SYSTEM = "system", _("Engage")
    RULE = "rule", _("Rule")
    MODEL = "model", _("Model")
    AUTHOR = "author", _("Author")


class ExportState(TextChoices):
    """An export's way. Queued, running and then one of the three ends."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    DONE = "done", _("Ready")
    FAILED = "failed", _("Failed")
    CANCELLED = "cancelled", _("Cancelled")


class ExportFormat(TextChoices):
    """What an export of the trail is. Only JSON Lines carry proofs; the value is the ending."""

    JSONL = "jsonl", _("JSON Lines with proofs")
    CSV = "csv", _("CSV for spreadsheets")
    PDF = "pdf", _("PDF summary")


class ErasureState(TextChoices):
    """A brand's erasure: asked for, confirmed by a second person, running, and its ends."""

    REQUESTED = "requested", _("Waits for a second person")
    QUEUED = "queued", _("Confirmed")
    RUNNING = "running", _("Running")
    DONE = "done", _("Erased")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    EXPIRED = "expired", _("Not confirmed in time")


EXPORT_ENDS = frozenset({ExportState.DONE, ExportState.FAILED, ExportState.CANCELLED})


class Purpose(TextChoices):
    """What a message is for; consent is asked per purpose. Requirement C8.

    ``sharing`` is no message but the handing on of a person's data to somebody else.
    """

    SERVICE = "service", _("Answer to a question")
    AUTOMATION = "automation", _("Automatic answer")
    MARKETING = "marketing", _("Marketing")
    SURVEY = "survey", _("Survey")
    SHARING = "sharing", _("Passing data on")
    NOTICE = "notice", _("Notice about a decision")
    CONFIRMATION = "confirmation", _("Confirmation of an opt-out")


class ConsentState(TextChoices):
    """Where a person stands for one purpose on one channel; without a row nothing is known.

    ``withdrawn`` overrides what was granted, ``suppressed`` overrides all else: the person's own
    START does not lift it.
    """

    REQUESTED = "requested", _("Asked, no answer yet")
    GRANTED = "granted", _("Consented")
    WITHDRAWN = "withdrawn", _("Opted out")
    SUPPRESSED = "suppressed", _("Suppressed")


class ConsentBasis(TextChoices):
    """On what a granted state rests. Source: UWG § 7(2) no. 2 and § 7(3)."""

    CONSENT = "consent", _("Express consent")
    CUSTOMER = "customer", _("Existing customer, UWG § 7(3)")


class ConsentSource(TextChoices):
    """By what way a person's word reached us."""

    MESSAGE = "message", _("Message")
    NETWORK = "network", _("Setting at the network")
    FORM = "form", _("Form on a website")
    PAPER = "paper", _("Signed paper")
    EMAIL = "email", _("E-mail")
    PHONE = "phone", _("Telephone")
    PERSON = "person", _("In person")
    SYSTEM = "system", _("Another system")
    IMPORT = "import", _("Imported list")


class ConsentJobKind(TextChoices):
    """Long work on consents and disclosures. Requirements C8, C10."""

    IMPORT = "suppression_import", _("Import of a suppression list")
    EXPORT = "suppression_export", _("Export of the suppression list")
    DISCLOSURES = "disclosure_export", _("Export of the disclosures shown")


class RetentionCategory(TextChoices):
    """Data that are kept for the same time. Requirement C4."""

    GENERAL = "general_conversation", _("Conversations")
    TRANSACTIONAL = "transactional_conversation", _("Conversations about orders and contracts")
    LETTER = "commercial_letter", _("Commercial letters")
    VOUCHER = "voucher", _("Accounting vouchers")
    DECISION = "moderation_decision", _("Moderation decisions")
    CONSENT = "consent_proof", _("Proof of consent and opt-out")
    SUPPRESSION = "suppression_hash", _("Opt-outs as keyed hashes")
    DSAR = "dsar_case", _("Data requests")
    SECURITY = "security_log", _("Security log")
    AUDIT = "audit_event", _("Audit trail")


class HoldScope(TextChoices):
    """What a legal hold covers. ``period`` is all that happened in a span of time."""

    BRAND = "brand", _("Whole brand")
    CONTACT = "contact", _("One contact")
    CONVERSATION = "conversation", _("One conversation")
    PERIOD = "period", _("A span of time")


class RequestKind(TextChoices):
    """What a person asks for about their data. Source: GDPR Art. 15-22."""

    ACCESS = "access", _("Access")
    RECTIFICATION = "rectification", _("Rectification")
    ERASURE = "erasure", _("Erasure")
    RESTRICTION = "restriction", _("Restriction")
    PORTABILITY = "portability", _("Data portability")
    OBJECTION = "objection", _("Objection")
    AUTOMATED_REVIEW = "automated_review", _("Review of an automatic decision")


class Regime(TextChoices):
    """Which law sets the clock of a data request."""

    GDPR = "gdpr", _("GDPR")
    CCPA = "ccpa", _("CCPA")


class RequestSource(TextChoices):
    """The way a data request came in."""

    FORM = "form", _("Public form")
    MESSAGE = "message", _("Message")
    STAFF = "staff", _("Entered by staff")
    API = "api", _("API")
    PLATFORM = "platform", _("Network")


class RequestState(TextChoices):
    """A data request's way. The moves between them: ``compliance.domain.requests.states``."""

    RECEIVED = "received", _("Received")
    IDENTITY_PENDING = "identity_pending", _("Identity open")
    VERIFIED = "verified", _("Identity verified")
    ASSIGNED = "assigned_to_controller", _("With the brand")
    COLLECTING = "collecting", _("Collecting")
    IN_REVIEW = "in_review", _("In review")
    APPROVED = "approved", _("Released")
    EXECUTING = "executing", _("Being carried out")
    AWAITING = "awaiting_processors", _("Recipients are told")
    FULFILLED = "fulfilled", _("Done, answer due")
    CLOSED = "closed", _("Closed")
    REFUSED = "refused", _("Refused")
    ON_HOLD = "on_hold", _("On hold")
    WITHDRAWN = "withdrawn", _("Withdrawn")
    CANCELLED = "cancelled", _("Cancelled")
    LAPSED = "lapsed_unverified", _("Lapsed, identity never shown")


class IdentityMethod(TextChoices):
    """How it was shown that the request comes from the person the data are about."""

    MAIL = "mail", _("Code by mail")
    CHANNEL = "channel", _("Message on the same channel")
    STAFF = "staff", _("Checked by staff")
    PLATFORM = "platform", _("Signed by the network")


class PauseReason(TextChoices):
    """Why the clock stands. Source: GDPR Art. 12(6), EDPB Guidelines 01/2022."""

    IDENTITY = "identity", _("The identity is in doubt and was asked for")
    SCOPE = "scope", _("The person was asked what exactly is meant")


class ExtensionReason(TextChoices):
    """Why two more months are needed. Source: GDPR Art. 12(3)."""

    COMPLEX = "complex", _("The request is complex")
    MANY = "many", _("There are many requests of this person")


class RefusalReason(TextChoices):
    """Why a data request is refused, in whole or in part. Source: GDPR Art. 12(5), 17(3)."""

    UNFOUNDED = "unfounded", _("Manifestly unfounded, Art. 12(5) GDPR")
    EXCESSIVE = "excessive", _("Excessive, above all repeated, Art. 12(5) GDPR")
    EXPRESSION = "expression", _("Freedom of expression and information, Art. 17(3)(a) GDPR")
    OBLIGATION = "obligation", _("Legal obligation or public task, Art. 17(3)(b) GDPR")
    HEALTH = "health", _("Public health, Art. 17(3)(c) GDPR")
    ARCHIVE = "archive", _("Archiving, research or statistics, Art. 17(3)(d) GDPR")
    CLAIMS = "claims", _("Legal claims, Art. 17(3)(e) GDPR")


class RestrictionGround(TextChoices):
    """Why data may only be stored. Source: GDPR Art. 18(1)(a)-(d)."""

    CONTESTED = "contested", _("Accuracy is contested, Art. 18(1)(a) GDPR")
    UNLAWFUL = "unlawful", _("Unlawful, erasure is not wanted, Art. 18(1)(b) GDPR")
    CLAIMS = "claims", _("Needed for legal claims of the person, Art. 18(1)(c) GDPR")
    OBJECTION = "objection", _("Objection is being examined, Art. 18(1)(d) GDPR")


class NoticeState(TextChoices):
    """Telling a recipient of a rectification, erasure or restriction. Source: GDPR Art. 19."""

    WAITING = "waiting", _("To be told")
    TOLD = "told", _("Told")
    IMPOSSIBLE = "impossible", _("Impossible or disproportionate")


class AlarmKind(TextChoices):
    """Why people are told about a ledger."""

    DAMAGED = "damaged", _("The ledger does not hold together")
    LATE = "late", _("Events wait too long for their seal")
    SILENT = "silent", _("Rows changed without an event")


class Outcome(TextChoices):
    """What an erasure does, or did, with one source of a person's data."""

    ERASED = "erased", _("Erased")
    REDACTED = "redacted", _("Emptied, the row stays")
    RETAINED = "retained", _("Kept")
    BLOCKED = "blocked", _("Cannot be erased now")


class RetentionAction(TextChoices):
    """What becomes of rows whose time is over."""

    ERASE = "erase", _("Erase")
    ANONYMISE = "anonymise", _("Anonymise: keep figures without persons")


class PolicyState(TextChoices):
    """A retention policy's way: drafted, asked for, confirmed by a second person, in effect."""

    DRAFT = "draft", _("Draft")
    WAITING = "waiting", _("Waits for a second person")
    SCHEDULED = "scheduled", _("Confirmed, waits for its day")
    ACTIVE = "active", _("In effect")
    REPLACED = "replaced", _("Replaced")
    WITHDRAWN = "withdrawn", _("Withdrawn")


class RunState(TextChoices):
    """A retention run's way. Stopped and done are its ends."""

    QUEUED = "queued", _("Waiting")
    RUNNING = "running", _("Running")
    PAUSED = "paused", _("Paused")
    STOPPED = "stopped", _("Stopped")
    DONE = "done", _("Done")


class VendorState(TextChoices):
    """A vendor's way through its review. Source: GDPR Art. 28(1), (3)(h)."""

    DRAFT = "draft", _("Not assessed")
    REQUESTED = "evidence_requested", _("Evidence requested")
    ASSESSED = "assessed", _("Assessed, waits for a second person")
    APPROVED = "approved", _("Approved")
    REJECTED = "rejected", _("Rejected")
    REVIEW_DUE = "review_due", _("Review due")
    EXPIRED = "expired", _("Approval expired")


class CheckItem(TextChoices):
    """What a vendor is asked. Requirement C11; GDPR Art. 32(1)."""

    TRANSIT = "transit", _("Encryption in transit")
    REST = "rest", _("Encryption at rest")
    AUDIT = "audit", _("SOC 2 report or the like")
    LEAST = "least", _("Keys with the least rights")
    AVAILABILITY = "availability", _("Availability")
    INCIDENTS = "incidents", _("Response to incidents")
    BACKUP = "backup", _("Backup and restore")
    CHANGES = "changes", _("Change management")


class CheckAnswer(TextChoices):
    OPEN = "open", _("Open")
    YES = "yes", _("Met")
    PARTLY = "partly", _("Partly met")
    NO = "no", _("Not met")
    NOT_NEEDED = "not_needed", _("Does not apply")


class ContractStatus(TextChoices):
    """The data processing agreement. Source: GDPR Art. 28(3)."""

    NONE = "none", _("None")
    NEGOTIATED = "negotiated", _("Being negotiated")
    SIGNED = "signed", _("Signed")
    ENDED = "ended", _("Ended")


class Place(TextChoices):
    """Where data are processed, as far as the law on transfers tells places apart."""

    EU = "eu", _("European Union or EEA")
    GERMANY = "de", _("Germany")
    SWITZERLAND = "ch", _("Switzerland")
    UNITED_KINGDOM = "uk", _("United Kingdom")
    UNITED_STATES = "us", _("United States")
    CANADA = "ca", _("Canada")
    ISRAEL = "il", _("Israel")
    JAPAN = "jp", _("Japan")
    KOREA = "kr", _("South Korea")
    NEW_ZEALAND = "nz", _("New Zealand")
    OTHER = "other", _("Another country")


class Safeguard(TextChoices):
    """What a transfer may rest on beside an adequacy decision. Source: GDPR Art. 45-49."""

    DPF = "dpf", _("Data Privacy Framework")
    SCC = "scc", _("Standard contractual clauses 2021/914")
    BCR = "bcr", _("Binding corporate rules")
    DEROGATION = "derogation", _("Derogation, Art. 49 GDPR")
    INSTRUCTION = "instruction", _("The brand's documented instruction")


class TransferKind(TextChoices):
    """What left, or was processed, elsewhere than where the brand's data are at home."""

    SENT = "sent", _("Messages sent")
    RECEIVED = "received", _("Messages received")
    EXPORTED = "exported", _("Exports and packs")
    STORED = "stored", _("Files stored")
    MAILED = "mailed", _("Mails")


class IncidentState(TextChoices):
    """A personal data breach. Source: GDPR Art. 33, 34."""

    SUSPECTED = "suspected", _("Suspected")
    DISMISSED = "dismissed", _("No breach")
    AWARE = "aware", _("Known, the clock runs")
    ASSESSED = "assessed", _("Assessed")
    REPORTED = "reported", _("Reported to the authority")
    NOT_REPORTABLE = "not_reportable", _("Not reportable")
    INFORMED = "informed", _("Persons informed")
    CLOSED = "closed", _("Closed")


class BreachKind(TextChoices):
    """Source: GDPR Art. 4(12)."""

    CONFIDENTIALITY = "confidentiality", _("Seen by somebody who may not")
    INTEGRITY = "integrity", _("Changed without right")
    AVAILABILITY = "availability", _("Lost or out of reach")


class BreachData(TextChoices):
    """Categories of data for the report. Source: GDPR Art. 33(3)(a)."""

    IDENTITY = "identity", _("Names and handles")
    CONTACT = "contact", _("Addresses and numbers")
    CONTENT = "content", _("Texts of messages")
    MEDIA = "media", _("Pictures and files")
    SPECIAL = "special", _("Special categories, Art. 9 GDPR")
    FINANCIAL = "financial", _("Payment data")
    CREDENTIALS = "credentials", _("Passwords and keys")
    STAFF = "staff", _("Data of staff")


class IncidentEntryKind(TextChoices):
    NOTED = "noted", _("Note")
    MEASURE = "measure", _("Measure taken")
    STATE = "state", _("Step")
    CHANGED = "changed", _("Facts changed")
    CONTROLLER = "controller", _("Notice to the brand")
    AUTHORITY = "authority", _("Report to the authority")
    PERSONS = "persons", _("Notice to the persons")
