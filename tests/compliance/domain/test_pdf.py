"""PDF by typst: standards, languages, hostile words."""

import re
import unicodedata
from datetime import UTC, datetime

import pytest

from compliance.domain import pdf
from compliance.domain.document import Code, Document
from compliance.domain.pdf import _SHAPED, render

AT = datetime(2026, 11, 22, 4, 30, tzinfo=UTC)


def _document(language: str, words: str) -> Document:
    document = Document(words, language, AT, watermark=words, footer="Engage", subtitle=words)
    document.heading(words)
    document.text(words)
    document.note(words)
    document.code(f"{words}\nzwei")
    document.facts([(words, words), ("Hash", Code("ab" * 32))])
    document.table(["A", "B"], [[words, Code(words)], ["1", "2"]], widths=[1, 3])
    return document


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("de", "Prüfprotokoll „Straße“ – 5 €"),
        ("en", '#import "x.typ": *; #panic() $x$ `raw` = * _ @a <b> \\u{0} [c] // */'),
        ("en", "=1+1;{}()[]#sys.inputs"),
        ("de", "😀 漢字 عربي \x00\u202e\ue000\U0010ffff\u0e01\ud800 \u0308a\u0301"),
        ("en", "-"),
        ("en", "a" * 5000),
    ],
)
def test_every_text_becomes_a_document(language: str, words: str) -> None:
    made = _document(language, words).to_pdf()

    assert made.startswith(b"%PDF-1.7")
    assert b"<pdfaid:part>2</pdfaid:part>" in made
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in made
    assert b"<pdfuaid:part>1</pdfuaid:part>" in made
    assert f"<rdf:li>{language}</rdf:li>".encode() in made


def test_the_same_words_give_the_same_bytes() -> None:
    assert _document("de", "gleich").to_pdf() == _document("de", "gleich").to_pdf()


def test_every_character_that_is_let_through_has_a_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    allowed = re.compile(f"[{_SHAPED}]")
    chars = [
        chr(code)
        for code in range(0x20, 0x2600)
        if allowed.fullmatch(chr(code)) and unicodedata.category(chr(code)) != "Cn"
    ]
    document = Document("x", "en", AT)
    document.text(" ".join(f"x{char}" for char in chars))

    monkeypatch.setattr(pdf, "_UNSURE", None)  # the second try would fail
    made = document.to_pdf()

    assert len(chars) == 1826
    assert made.startswith(b"%PDF")


def test_unknown_templates_are_refused() -> None:
    for name in ("nothing", "../pdf/document", "", "document.typ"):
        with pytest.raises(ValueError, match="no template"):
            render(name, {}, language="de")


def test_the_page_escapes_everything() -> None:
    page = _document("en", "<script>alert(1)</script>").to_html()

    assert "<script" not in page
    assert page.count("&lt;script&gt;") == 12
    assert "<style" not in page
