"""Files are small, say what they are, and name no place but the product."""

import re

import pytest

from tests.project.source import files, product_code, text

LONGEST = 400
# Longer than that, and why.
LONGER = {
    "compliance/verify_audit.py": "one file that runs anywhere without Engage",
    "tests/compliance/test_verify_audit.py": "one test per way to forge an export",
    "tests/inbox/test_bad_input.py": "one test per kind of bad input",
    "tests/inbox/test_sending.py": "one test per doubt of the sender",
    "tests/inbox/test_turns.py": "one test per way to be unfair",
    "tests/tenants/test_support.py": "one test per way in, and per way to stay",
    "engage/navigation.py": "the whole side bar, in one list",
    "inbox/migrations/0001_inbox.py": "written by Django",
    "compliance/migrations/0007_consent_ledger.py": "written by Django",
}
TEXT = (".py", ".md", ".toml", ".html", ".js", ".css", ".sh", ".json", ".jsonl", ".txt", ".yaml")
# Made by programs.
GENERATED = ("requirements.txt", "docs/openapi.yaml", "engage/static/unfold/js/alpine/")


def _written(suffixes: tuple[str, ...] = (".py", ".js", ".css", ".html", ".sh")) -> list[str]:
    return [name for name in files() if name.endswith(suffixes) and not name.startswith(GENERATED)]


def test_files_are_short() -> None:
    long = {name for name in _written() if len(text(name).splitlines()) > LONGEST}

    assert long == {name for name in LONGER if name in files()}


def test_the_average_file_is_small() -> None:
    sizes = [len(text(name).splitlines()) for name in product_code()]

    assert len(sizes) > 100
    assert sum(sizes) / len(sizes) < 115


def test_no_file_is_a_drawer() -> None:
    names = re.compile(r"(^|/)(utils?|helpers?|common|misc|shared)(\.py|/)")

    # unfold names the folder of the templates that we override.
    found = [name for name in files() if names.search(name) and "/templates/unfold/" not in name]

    assert found == []


def test_every_module_says_what_it_is() -> None:
    silent = [
        name
        for name in product_code()
        if text(name).strip()
        and not name.endswith(("/apps.py", "/urls.py"))
        and not re.match(r'(#[^\n]*\n)*(r?"""|"""|")', text(name).lstrip())
    ]

    assert silent == []


@pytest.mark.parametrize(
    "words",
    [
        # Paths of somebody's machine.
        r"(?<![\w.~-])/(work|root|home/(?!you\b)\w+)/",
        r"/Users/\w+/",
        # Where packages came from: the lock holds hashes, not addresses.
        r"--(extra-)?index-url https?:|pypi\.(org|python)|artifactory|simple/\s",
        # Marks of unfinished work.
        r"\b(FIXME|XXX|HACK)\b",
        r"<<<<<<< |>>>>>>> ",
    ],
)
def test_nothing_that_belongs_elsewhere(words: str) -> None:
    pattern = re.compile(words)
    own = "tests/project/test_files.py"
    found = [
        f"{name}: {match[0]}"
        for name in files()
        if name.endswith(TEXT) or "." not in name.rpartition("/")[2]
        if name != own and not name.startswith("engage/static/unfold/")
        if (match := pattern.search(text(name)))
    ]

    assert found == []


def test_every_exception_from_a_rule_has_a_code_and_a_reason() -> None:
    noqa = re.compile(r"#\s*noqa(?!: [A-Z0-9, ]+ -- \S)")
    ignore = re.compile(r"#\s*type: ignore(?!\[[a-z-]+(?:, ?[a-z-]+)*\])")
    bare = re.compile(r"#\s*noqa(?!: [A-Z0-9])")
    found = []
    for name in product_code():
        lines = text(name).splitlines()
        for number, line in enumerate(lines):
            # The reason stands behind the code or in a comment above the line.
            is_told = number > 0 and lines[number - 1].lstrip().startswith("#")
            if ignore.search(line) or bare.search(line) or (noqa.search(line) and not is_told):
                found.append(f"{name}:{number + 1}")

    assert found == []
