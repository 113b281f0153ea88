"""Names of intents for people."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

_LABELS: dict[str, StrOrPromise] = {
    "safety": _("Safety"),
    "data_request": _("Data request"),
    "spam": _("Spam"),
    "refund": _("Refund"),
    "order_status": _("Order status"),
    "collaboration": _("Collaboration"),
    "lead": _("Lead"),
    "complaint": _("Complaint"),
    "support": _("Support"),
    "price": _("Price question"),
    "purchase": _("Purchase"),
    "praise": _("Praise"),
    "question": _("Question"),
    "other": _("Other"),
}


def intent_label(name: str) -> StrOrPromise:
    """The intent in words; unknown ones as they are stored."""
    return _LABELS.get(name, name)
