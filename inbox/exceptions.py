"""What can go wrong in the inbox, in words."""

from django.utils.translation import gettext_lazy as _

from tenants.exceptions import DomainError


class UnknownApp(DomainError):
    """No channel app has this id."""

    code = "unknown_app"
    default_message = _("There is no such webhook.")


class BadSignature(DomainError):
    """The body was not signed with the app's secret."""

    code = "bad_signature"
    default_message = _("The signature does not match the body.")


class BodyTooLarge(DomainError):
    """The body exceeds ``settings.WEBHOOK_MAX_BYTES``."""

    code = "body_too_large"
    default_message = _("The body is too large.")


class EmptyReply(DomainError):
    code = "empty_reply"
    default_message = _("Write something first.")


class ReplyTooLong(DomainError):
    """Longer than the network takes."""

    code = "reply_too_long"


class AccountTaken(DomainError):
    """The account at the network is connected already."""

    code = "account_taken"
    default_message = _("This account is connected already, here or in another workspace.")


class ActNotOffered(DomainError):
    """The network offers no such act for this comment; the message says what there is instead."""

    code = "act_not_offered"


class ActIsFinal(DomainError):
    """Nothing takes the act back: only a person does it, and only after having been told."""

    code = "act_is_final"
