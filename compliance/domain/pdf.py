"""PDF out of a template and data, without system packages: PDF/A-2a, tagged, PDF/UA-1.

A template is a ``.typ`` file in ``compliance/pdf``. The data reach it as JSON and are set as text,
so nothing in them can become layout or code. The fonts are those inside the library, the file
depends on template, data and ``made_at`` only.
"""

import json
import re
import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst
from django.utils import timezone
from django.utils.dateparse import parse_datetime

TEMPLATES = Path(__file__).parents[1] / "pdf"
STANDARDS: list[Any] = ["a-2a", "ua-1"]
_NAME = re.compile(r"[a-z][a-z_]{0,40}", re.ASCII)
# What the fonts of the library have a shape for: Latin, Greek, Cyrillic, marks and signs. Others
# (emoji, Arabic, Chinese …) are written as their number: PDF/A forbids a character without shape.
_SHAPED = (
    "\n\t\u0020-\u007e\u00a0-\u00ac\u00ae-\u02af\u0300-\u0304\u0370-\u0377\u037a-\u037f"
    "\u0384-\u038a\u038c\u038e-\u03a1\u03a3-\u045f\u1e00-\u1eff\u2010-\u2027\u2030-\u2040"
    "\u2044-\u2052\u20a0-\u20bf\u2190-\u22ff\u2500-\u25ff"
)
_UNSHAPED = re.compile(f"[^{_SHAPED}]")
_UNSURE = re.compile(r"[^\n\t\x20-\x7e\xa0-\xac\xae-\xff]")


def render(template: str, data: Mapping[str, Any], *, language: str) -> bytes:
    """The PDF of ``compliance/pdf/<template>.typ``.

    ``data`` holds JSON types only; ``made_at`` (ISO 8601, now if missing) is the document's time.
    The template gets ``data`` with ``language`` and ``made_on`` ([year … second], UTC) added.
    Characters that no font here has are written as ``[U+1F600]``. ``document`` is the general
    layout; ``domain/document.py`` fills it.

    Raises: ValueError (no such template), TypeError (not JSON).
    """
    source = _source(template)
    made_at = parse_datetime(str(data.get("made_at", ""))) or timezone.now()
    at = made_at.astimezone(UTC)
    told = {**data, "language": language, "made_on": list(at.timetuple()[:6])}
    try:
        return _compile(source, _shaped(told, _UNSHAPED), at)
    except typst.TypstError as error:
        # Should the table of shapes be wrong for one character, a document comes all the same.
        if not any(word in str(error) for word in ("could not be displayed", "codepoint")):
            raise
        return _compile(source, _shaped(told, _UNSURE), at)


@lru_cache(maxsize=32)
def _source(template: str) -> bytes:
    path = TEMPLATES / f"{template}.typ"
    if not _NAME.fullmatch(template) or not path.is_file():
        raise ValueError(f"there is no template {template!r}")
    return path.read_bytes()


def _compile(source: bytes, data: Any, at: datetime) -> bytes:
    made: object = typst.compile(  # type: ignore[call-overload]  # its stub knows no timestamp with bytes
        source,
        root=TEMPLATES,
        sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        ignore_system_fonts=True,
        format="pdf",
        pdf_standards=STANDARDS,
        timestamp=int(at.timestamp()),
    )
    if not isinstance(made, bytes):
        raise TypeError("the library made no single file")
    return made


def _shaped(value: Any, missing: re.Pattern[str]) -> Any:
    match value:
        case str():
            return missing.sub(_numbered, unicodedata.normalize("NFC", value).replace("\r\n", "\n"))
        case Mapping():
            return {key: _shaped(item, missing) for key, item in value.items()}
        case list() | tuple():
            return [_shaped(item, missing) for item in value]
    return value


def _numbered(found: re.Match[str]) -> str:
    return f"[U+{ord(found[0]):04X}]"
