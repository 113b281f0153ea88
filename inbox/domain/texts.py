"""Fixed sentences the product says to the public about consent."""

from django.utils import translation
from django.utils.translation import gettext_lazy

_SENTENCES = {
    "stop": gettext_lazy(
        "You will get no more automatic messages from us. Write START if you change your mind."
    ),
    "start": gettext_lazy("Welcome back. Write STOP at any time to opt out again."),
    "help": gettext_lazy(
        "You are writing with the customer service. Write AGENT to reach a person, STOP to opt out."
    ),
}


def consent_reply(which: str, language: str) -> str:
    """The answer to a consent word (``stop``, ``start``, ``help``) in ``de`` or ``en``."""
    with translation.override(language):
        return str(_SENTENCES[which])
