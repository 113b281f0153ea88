"""Documents are true where a machine can tell: what they name exists."""

import re

import pytest
from django.core.management import get_commands

from tests.project.source import files, text

IDS = {"T": 9, "I": 19, "M": 10, "C": 13, "R": 11, "P": 6}
DOCUMENTS = sorted(name for name in files() if name.endswith(".md") and "/static/" not in name)


def _rows() -> list[tuple[str, str, list[str], list[str]]]:
    """(id, words, places, tests) of the table of capabilities."""
    rows = []
    for line in text("docs/capabilities.md").splitlines():
        cells = [cell.strip() for cell in line.strip("|").split("|")]
        if re.fullmatch(r"[TIMCRP]\d+", cells[0]):
            number, words, places, tests = cells
            rows.append((number, words, _named(places), _named(tests)))
    return rows


def _named(cell: str) -> list[str]:
    return re.findall(r"`([^`]+)`", cell)


def test_every_requirement_has_one_row() -> None:
    wanted = [f"{letter}{n}" for letter, count in IDS.items() for n in range(1, count + 1)]

    assert [row[0] for row in _rows()] == wanted


def test_what_the_rows_name_exists() -> None:
    named = {place for _id, _words, places, tests in _rows() for place in [*places, *tests]}

    assert len(named) > 60
    assert sorted(named - set(files())) == []


def test_what_is_said_to_work_has_a_test() -> None:
    bare = [
        number
        for number, words, _places, tests in _rows()
        if not words.startswith("not yet") and not tests
    ]

    # Backup and restore need a server of their own; nothing tests them yet, and the row says so.
    assert bare == ["P6"]
    assert all(
        test.startswith("tests/") and "/test_" in test
        for _id, _words, _places, tests in _rows()
        for test in tests
    )


@pytest.mark.parametrize("name", DOCUMENTS)
def test_links_lead_somewhere(name: str) -> None:
    folder = name.rpartition("/")[0]
    targets = re.findall(r"\]\((?!https?:|#|mailto:)([^)#\s]+)", text(name))
    known = set(files())
    lost = []
    for target in targets:
        parts: list[str] = folder.split("/") if folder else []
        for step in target.rstrip("/").split("/"):
            if step == "..":
                parts.pop()
            elif step != ".":
                parts.append(step)
        path = "/".join(parts)
        if path not in known and not any(other.startswith(f"{path}/") for other in known):
            lost.append(target)

    # The pictures are made from the running product.
    assert [target for target in lost if not target.startswith("docs/pictures/")] == []


@pytest.mark.parametrize("name", [n for n in DOCUMENTS if not n.startswith("docs/adr/")])
def test_commands_that_documents_name_exist(name: str) -> None:
    targets = set(re.findall(r"^([a-z-]+):", text("Makefile"), re.M))
    commands = set(get_commands())
    made = set(re.findall(r"(?:^|`)make ([a-z-]+)", text(name), re.M))
    managed = set(re.findall(r"manage\.py ([a-z_]+)", text(name)))

    assert made - targets == set()
    assert managed - commands == set()


def test_decisions_are_numbered_titled_and_short() -> None:
    records = sorted(name for name in files() if name.startswith("docs/adr/"))

    assert len(records) >= 16
    for number, name in enumerate(records, 1):
        lines = text(name).splitlines()
        assert name.startswith(f"docs/adr/{number:04d}-"), name
        assert lines[0].startswith(f"# {number}. "), name
        assert len(lines) <= 42, name
        for part in ("Context", "Decision", "What we turned down", "What would make us change"):
            assert f"## {part}" in lines, f"{name}: {part}"
