"""Errors that carry words for a person and a code for a machine."""

from typing import ClassVar

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise


class DomainError(Exception):
    """A rule said no. ``message`` may be shown to whoever asked; it holds no data of others."""

    code: ClassVar[str] = "refused"
    default_message: ClassVar[StrOrPromise] = _("This is not possible.")

    def __init__(self, message: StrOrPromise | None = None) -> None:
        self.message: StrOrPromise = message if message is not None else self.default_message
        super().__init__(str(self.message))

    def __str__(self) -> str:
        return str(self.message)


class NotAllowed(DomainError):
    """The actor lacks the capability in this brand."""

    code = "not_allowed"
    default_message = _("Your role does not allow this here. Ask an administrator of the brand.")


class BrandFrozen(NotAllowed):
    """A program wants to write to a brand whose state lets it only read."""

    code = "brand_frozen"
    default_message = _("The brand is frozen: this token may only read until it is thawed.")


class NotFound(DomainError):
    """The object does not exist in this brand; says the same when it exists elsewhere."""

    code = "not_found"
    default_message = _("There is no such object in this workspace.")


class InvalidState(DomainError):
    """The object has moved on since the actor looked at it."""

    code = "invalid_state"
    default_message = _("This was changed in the meantime. Reload and look again.")


class InvalidInput(DomainError):
    """A value was refused. ``field`` names it."""

    code = "invalid_input"

    def __init__(self, field: str, message: StrOrPromise) -> None:
        self.field = field
        super().__init__(message)


class InvitationRefused(DomainError):
    """The link of an invitation does not open. ``code`` says why, see ``REASONS``."""

    REASONS: ClassVar[dict[str, StrOrPromise]] = {
        "unknown": _("This invitation does not exist. Copy the whole address from the mail."),
        "expired": _("This invitation has expired. Ask whoever invited you to send it again."),
        "used": _("This invitation was used already. Sign in with your e-mail address."),
        "revoked": _("This invitation was withdrawn. Ask whoever invited you."),
        "other_email": _(
            "This invitation is for another e-mail address than the one you are signed in with."
            " Log out, then open the link again."
        ),
        "closed": _("The account with this e-mail address is closed. Ask an administrator."),
        "not_theirs": _(
            "Whoever invited you may not give this role any more. Ask for a new invitation."
        ),
    }

    def __init__(self, why: str) -> None:
        self.why = why
        super().__init__(self.REASONS[why])
