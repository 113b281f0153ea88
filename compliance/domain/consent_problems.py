"""What can be wrong with a line of a suppression list, in words."""

from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

_WORDS: dict[str, StrOrPromise] = {
    "not_utf8": _("The file is not UTF-8 from here on. Save it as CSV, UTF-8."),
    "broken_line": _("The line cannot be read: a quote is not closed, or a value is too long."),
    "too_many": _("Too many problems; the rest was not read."),
    "no_rows": _("The file has a heading and nothing below it."),
    "column_twice": _("This column stands in the heading twice."),
    "no_address_column": _("The heading names no column “address” or “address_hash”."),
    "no_channel_column": _("The heading names no column “channel”, and no channel was chosen."),
    "no_channel": _("There is no such channel."),
    "no_purpose": _(
        "There is no such purpose: service, automation, marketing, survey, sharing or all."
    ),
    "no_state": _("The state is “suppressed” or “withdrawn”."),
    "no_hash": _("A hash has 64 digits of 0–9 and a–f."),
    "other_key": _("The hash was made with another key or for another brand; give the address."),
    "empty": _("The address is missing."),
    "too_long": _("The address has more than 200 characters."),
    "bad_character": _("The address holds a character that no address has."),
    "no_date": _("This is no date. Write it as 2026-11-30."),
    "in_future": _("The date lies in the future."),
    "too_old": _("The date lies before 1990."),
}


def words_of(code: str) -> StrOrPromise:
    """The reason as a sentence for people."""
    return _WORDS.get(code, code)
