"""What can go wrong with the ledger."""

from django.utils.translation import gettext_lazy as _

from tenants.exceptions import DomainError


class AppendOnly(DomainError):
    """Something tried to change or remove what the ledger keeps."""

    code = "append_only"
    default_message = _("The audit trail is append-only. Nothing in it can be changed or removed.")


class NotInTransaction(RuntimeError):
    """An audit entry was written outside a transaction: it could stand without its change."""


class NoBrandForEvent(RuntimeError):
    """The object belongs to no brand and not exactly one brand is active."""


class NotPlainFact(ValueError):
    """Something else than a number, a truth value, a key or a code was to stand in a leaf."""


class ExportNotReady(DomainError):
    code = "export_not_ready"
    default_message = _("This export is not ready or has expired. Request a new one.")


class LinkSpent(DomainError):
    """A link to an archive that was used, replaced, or is too old."""

    code = "link_spent"
    default_message = _("This link was used already or has expired. Ask the agency for a new one.")


class ErasureBlocked(DomainError):
    """Something stands in the way of erasing a brand; the message names all of it."""

    code = "erasure_blocked"
