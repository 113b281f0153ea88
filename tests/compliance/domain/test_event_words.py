"""Everything the code writes into the ledger has words, in both languages."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils.translation import override

from compliance.domain.event_words import DEEDS, NOUNS, deed

APPS = ("tenants", "inbox", "moderation", "compliance", "reporting", "engage")
WRITERS = re.compile(r"^(record|audit|audit_agency|audit_at|_?tell\w*|chunk_scope)$")
KIND = re.compile(r"^(tenants|inbox|moderation|compliance|reporting)\.([a-z_]+)\.([a-z_]+)$")


def _kinds() -> Iterator[str]:
    for app in APPS:
        for path in Path(app).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if not isinstance(node, ast.Call):
                    continue
                name = getattr(node.func, "id", getattr(node.func, "attr", ""))
                if WRITERS.match(name):
                    texts = [a.value for a in node.args if isinstance(a, ast.Constant)]
                    yield from (t for t in texts if isinstance(t, str) and KIND.match(t))


def test_every_kind_that_is_written_has_words() -> None:
    kinds = sorted(set(_kinds()))
    assert len(kinds) > 100
    parts = [kind.split(".") for kind in kinds]
    assert sorted({noun for _app, noun, _deed in parts} - set(NOUNS)) == []
    assert sorted({done for _app, _noun, done in parts} - set(DEEDS)) == []


@pytest.mark.parametrize(
    ("kind", "language", "words"),
    [
        ("compliance.request.code_sent", "en", "Data request code sent"),
        ("compliance.request.code_sent", "de", "Datenanfrage Code gesendet"),
        ("compliance.retention_run.paused", "de", "Löschlauf pausiert"),
        ("compliance.thing.done_so", "de", "Thing done so"),
    ],
)
def test_a_kind_in_words(kind: str, language: str, words: str) -> None:
    with override(language):
        assert deed(kind) == words
