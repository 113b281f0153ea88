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


class WrongCode(DomainError):
    """A one-time code does not fit, has expired or was tried too often. The message says which."""

    code = "wrong_code"
    default_message = _("This code is not right.")


class RequestRefused(DomainError):
    """A network's request that is forged, too old or not readable."""

    code = "request_refused"
    default_message = _("This request is not valid.")


class AnchorRefused(Exception):
    """A sink could not take a checkpoint; the next run tries again. Says why in words."""


class TooManyRequests(DomainError):
    """The public form was sent too often from one place, or for one brand."""

    code = "too_many_requests"
    default_message = _("Too many requests came from here. Please try again in an hour.")
