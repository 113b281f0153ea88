"""Every string has its German, and the compiled catalogue is the written one."""

import gettext
import re
from pathlib import Path

import pytest
from django.conf import settings

CATALOGUES = [Path(path) / "de" / "LC_MESSAGES" for path in settings.LOCALE_PATHS]
ENTRY = re.compile(
    r'(?P<flags>(?:^#.*\n)*)^msgid (?P<id>(?:".*"\n)+)(?:^msgid_plural (?:".*"\n)+)?'
    r"(?P<strings>(?:^msgstr.*\n(?:^\".*\"\n)*)+)",
    re.MULTILINE,
)
CALLS = re.compile(r"\b(?:_|gettext|gettext_lazy)\(\s*((?:\"(?:[^\"\\]|\\.)*\"\s*)+)\)")
TAGS = re.compile(r"{% translate (\"[^\"]*\"|'[^']*')")
APPS = ("compliance", "engage", "inbox", "moderation", "reporting", "tenants")


def _joined(quoted: str) -> str:
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"', quoted)
    return "".join(parts).replace('\\"', '"').replace("\\n", "\n").replace("\\\\", "\\")


def _written(folder: Path) -> dict[str, list[str]]:
    text = (folder / "django.po").read_text(encoding="utf-8") + "\n"
    found = {}
    for entry in ENTRY.finditer(text):
        assert "fuzzy" not in entry["flags"], entry["id"]
        strings = re.split(r"^msgstr(?:\[\d\])? ", entry["strings"], flags=re.MULTILINE)[1:]
        found[_joined(entry["id"])] = [_joined(string) for string in strings]
    return found


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda path: path.parts[-3])
def test_every_entry_has_its_german(folder: Path) -> None:
    written = _written(folder)
    assert len(written) > 50
    assert [key for key, strings in written.items() if key and not all(strings)] == []


@pytest.mark.parametrize("folder", CATALOGUES, ids=lambda path: path.parts[-3])
def test_the_compiled_catalogue_is_the_written_one(folder: Path) -> None:
    """After a change: ``msgfmt -o django.mo django.po`` in the catalogue's directory."""
    with (folder / "django.mo").open("rb") as file:
        compiled = gettext.GNUTranslations(file)
    for key, strings in _written(folder).items():
        if key and len(strings) == 1:
            assert compiled.gettext(key) == strings[0]


def _used() -> set[str]:
    root = Path(settings.BASE_DIR)
    texts = set()
    for app in APPS:
        for path in (root / app).rglob("*.py"):
            if "migrations" not in path.parts:
                for quoted in CALLS.findall(path.read_text(encoding="utf-8")):
                    texts.add(_joined(quoted))
    for path in root.glob("*/templates/**/*.html"):
        # Django doubles the percent signs of templates.
        found = TAGS.findall(path.read_text(encoding="utf-8"))
        texts |= {quoted[1:-1].replace("%", "%%") for quoted in found}
    return texts


def test_every_string_in_the_code_is_in_the_catalogue() -> None:
    """``manage.py makemessages -l de --no-location``, then write the German that is missing."""
    written = _written(CATALOGUES[0])
    used = _used()
    assert len(used) > 500
    assert sorted(used - written.keys()) == []


PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]")


def test_placeholders_survive_the_translation() -> None:
    for key, strings in _written(CATALOGUES[0]).items():
        if key and len(strings) == 1:
            assert sorted(PLACEHOLDER.findall(strings[0])) == sorted(PLACEHOLDER.findall(key)), key
