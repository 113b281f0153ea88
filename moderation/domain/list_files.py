"""A list as a file for spreadsheets, out and in."""

import csv
import io

from django.utils.translation import gettext as _

from compliance.domain.spreadsheet import cell
from moderation.domain.word_lists import MOST_TERMS, terms_of
from moderation.models import WordList
from tenants.exceptions import InvalidInput

HEADER = "term"
LARGEST_BYTES = 1024 * 1024
_COLUMNS = (HEADER, "category", "match", "effect", "weight_pct", "language", "list", "version")


def csv_of(row: WordList) -> bytes:
    """One line per entry, with what the list does; cells that no spreadsheet takes for formulas."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(_COLUMNS)
    about = (row.category, row.match, row.effect, row.weight_pct, row.language, row.name)
    for term in terms_of(row.terms):
        writer.writerow([cell(value) for value in (term, *about, row.version)])
    return b"\xef\xbb\xbf" + out.getvalue().encode()


def terms_from_csv(data: bytes) -> tuple[str, ...]:
    """The entries of such a file, or of one with a word per line.

    The column is the one named ``term``, else the first. The quote that keeps a cell from being a
    formula is taken off again.

    Raises: InvalidInput (too large, no UTF-8 text, no table, too many lines).
    """
    if len(data) > LARGEST_BYTES:
        raise InvalidInput("file", _("The file is larger than 1 MB."))
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError:
        raise InvalidInput("file", _("Save the file as CSV in UTF-8.")) from None
    if "\x00" in text:
        raise InvalidInput("file", _("This is no CSV file."))
    try:
        rows = [row for row in csv.reader(io.StringIO(text), dialect=_dialect(text)) if row]
    except csv.Error:
        raise InvalidInput("file", _("This is no CSV file.")) from None
    column = 0
    if rows and HEADER in (names := [name.strip().lower() for name in rows[0]]):
        column, rows = names.index(HEADER), rows[1:]
    cells = (row[column] for row in rows if len(row) > column)
    terms = terms_of("\n".join(_unquoted(one) for one in cells))
    if len(terms) > MOST_TERMS:
        raise InvalidInput("file", _("At most %d entries.") % MOST_TERMS)
    if not terms:
        raise InvalidInput("file", _("The file holds no entries."))
    return terms


def _dialect(text: str) -> type[csv.Dialect]:
    """German spreadsheets part cells by semicolons."""
    first = text.partition("\n")[0]

    class Found(csv.excel):
        delimiter = ";" if first.count(";") > first.count(",") else ","

    return Found


def _unquoted(value: str) -> str:
    return value[1:] if value.startswith("'") and cell(value[1:]) == value else value
