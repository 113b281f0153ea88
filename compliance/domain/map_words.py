"""The words of the personal-data map for readers: purposes, legal bases, kinds of data, grounds.

The map itself is written in English, next to the models. What people read of it goes through
``told``; the lists are here so that the translators find every word, and a test that none is
missing.
"""

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as word
from django.utils.translation import ngettext

from compliance.choices import RetentionCategory

SESSION, STAFF = "session", "staff_account"

PURPOSES = (
    word("document breaches and tell those who must know"),
    word("choose and supervise processors, prove where data go"),
    word("answer a data request in time and prove how it was answered"),
    word("answer the people who write to the brand"),
    word("erase what is no longer needed, and prove it"),
    word("find the same entries again"),
    word("hand evidence to those who may ask for it, and prove who got it"),
    word("hand over and erase what is held for a brand, and prove it"),
    word("keep an erased person from coming back, and prove the erasure"),
    word("know who has led a brand to live"),
    word("let staff sign in and work"),
    word("let the platform's staff help, for a short time and in the open"),
    word("look at reports of illegal content and answer them"),
    word("moderate public comments and answer appeals"),
    word("protect people who look at what is hard to bear"),
    word("prove who decided what, when and why"),
    word("send a mail"),
    word("share the machines fairly"),
    word("write only to people who may be written to"),
)
BASES = (
    word("GDPR Art. 6(1)(c), 28(1), 30, 44"),
    word("GDPR Art. 6(1)(c), 33(5), 34"),
    word("GDPR Art. 12, 15-22; Art. 5(2) accountability"),
    word("GDPR Art. 28(3)(g), (h); Art. 5(2) accountability"),
    word("GDPR Art. 5(1)(e), 5(2)"),
    word("GDPR Art. 6(1)(b)"),
    word("GDPR Art. 6(1)(b), (f)"),
    word("GDPR Art. 6(1)(b), contract with the agency"),
    word("GDPR Art. 6(1)(c), (f); Art. 5(2) accountability"),
    word("GDPR Art. 6(1)(c), 17(1), 5(2)"),
    word("GDPR Art. 6(1)(c), 7(1), 21; UWG § 7a"),
    word("GDPR Art. 6(1)(f)"),
    word("GDPR Art. 6(1)(f), 28(3)(a), 32"),
    word("GDPR Art. 6(1)(f); duty of care for employees"),
    word("GDPR Art. 6(1)(f); shaped after DSA Art. 16, 23"),
    word("GDPR Art. 6(1)(f); shaped after DSA Art. 17, 20"),
)
GROUNDS = (
    word("documentation of a breach; GDPR Art. 33(5), 17(3)(b)"),
    word("keeps a replay from bringing an erased person back; GDPR Art. 17(3)(b), (e)"),
    word("keeps a replay from bringing the message back; GDPR Art. 17(3)(b)"),
    word("keeps a replay from bringing the person back; GDPR Art. 17(3)(b)"),
    word("keeps an opt-out in force after an erasure; GDPR Art. 17(3)(b), (e), 21(3)"),
    word("misuse is recognised; DSA Art. 23"),
    word("proof of a consent or an opt-out; GDPR Art. 7(1), 17(3)(b), (e), UWG § 7a"),
    word("proof of answering in time; GDPR Art. 17(3)(e)"),
    word("proof of disclosure; AI Act Art. 50(1)"),
    word("proof of sending once"),
    word("proof of the decision and its redress; GDPR Art. 17(3)(e)"),
    word("proof of the disclosure, AI Act Art. 50(1)"),
    word("proof of the erasure; GDPR Art. 5(2)"),
    word("proof of what was decided, pseudonymous; GDPR Art. 17(3)(b), (e)"),
    word("proof of who decided over the data of others; GDPR Art. 5(2)"),
    word("proof of who decided over the data of others; GDPR Art. 5(2), 28(3)(h)"),
    word("proof of who let whom in, GDPR Art. 5(2)"),
    word("proof of who of the platform saw an agency's data; GDPR Art. 5(2), 28(3)(h), 32(4)"),
    word("proof that the request was answered; GDPR Art. 5(2), 17(3)(e)"),
    word("start of the access, GDPR Art. 5(2)"),
    word("who took data out; GDPR Art. 5(2), 17(3)(b)"),
)


def told(words: str) -> str:
    """A purpose, basis, kind of data or ground of the map, in the language that is active."""
    return _(words) if words else ""


def told_ground(words: str) -> str:
    """Several grounds, joined by semicolons, each in the language that is active."""
    known = (*GROUNDS, *BASES)
    if words in known or ";" not in words:
        return told(words)
    found: list[str] = []
    rest = words
    while rest:
        first = next((one for one in known if rest.startswith(one)), rest)
        found.append(told(first))
        rest = rest[len(first) :].removeprefix("; ")
    return "; ".join(found)


def told_period(retention: str, months: int | None) -> str:
    """How long a category of the map is kept: its name, and the brand's months if it has chosen."""
    if retention == SESSION:
        return _("until the sign-in ends")
    if retention == STAFF:
        return _("as long as the account stands")
    name = str(RetentionCategory(retention).label) if retention in RetentionCategory else retention
    if months is None:
        return name
    return f"{name}: " + ngettext("%d month", "%d months", months) % months
