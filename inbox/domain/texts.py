"""Fixed sentences the product says to the public about consent."""

from django.utils import translation
from django.utils.translation import gettext_lazy

_SENTENCES = {
    "stop": gettext_lazy(
        "You will get no more automatic messages from %(brand)s."
        " Write START if you change your mind."
    ),
    "start": gettext_lazy("Welcome back. Write STOP at any time to opt out again."),
    "help": gettext_lazy(
        "You are writing with %(brand)s. Write AGENT to reach a person, STOP to opt out."
    ),
    "agree": gettext_lazy(
        "Thank you, %(brand)s has noted that you agree. Write STOP at any time to opt out again."
    ),
}


def consent_reply(which: str, language: str, *, brand: str) -> str:
    """The answer to a consent word (``stop``, ``start``, ``help``, ``agree``) in ``de`` or ``en``.

    Nothing promotional stands in it: a confirmation with advertising would be advertising.
    Source: 47 CFR 64.1200(a)(12).
    """
    with translation.override(language):
        return str(_SENTENCES[which]) % {"brand": brand}
