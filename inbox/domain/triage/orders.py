"""Order numbers in a text."""

import re
from typing import Final

from inbox.domain.triage.words import fold

# "NW-104823", "#88213", "Bestellung 88213", "Auftragsnr. 4711-12". Bounded repeats only.
_NUMBER: Final = re.compile(
    r"(?<![\w/+.@-])(?:#\s?(?P<hash>[A-Za-z]{0,4}-?[0-9]{3,12}(?:-[0-9]{1,6})?)"
    r"|(?P<code>[A-Za-z]{1,4}-[0-9]{4,12}|[A-Za-z]{2,4}[0-9]{5,12})"
    r"|(?P<plain>[0-9]{4,12}(?:-[0-9]{1,6})?))(?![\w/@-])"
)
_ANNOUNCED: Final = re.compile(
    r"(?:bestell|auftrag|order|rechnung|invoice|sendung|kunden|ticket|vorgang|retoure)[a-z]{0,12}"
    r"[\s.:#]{0,3}(?:nr|no|number|nummer|num|id)?[\s.:#]{0,3}(?:lautet|ist|is)?\s?$"
)
_LOOK_BACK: Final = 40
_READ_CHARS: Final = 20_000


def order_numbers(text: str) -> list[tuple[int, int, str]]:
    """Start, end and number. Bare digits count only after a word like "Bestellung" or "order".

    Looks at the first 20,000 characters.
    """
    found = []
    for match in _NUMBER.finditer(text[:_READ_CHARS]):
        if match["plain"]:
            before = fold(text[max(0, match.start() - _LOOK_BACK) : match.start()]).text
            if not _ANNOUNCED.search(before):
                continue
        number = match["hash"] or match["code"] or match["plain"]
        found.append((match.start(), match.end(), number))
    return found
