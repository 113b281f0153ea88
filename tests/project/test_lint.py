"""The checks themselves are not loosened by the way."""

import ast
import tomllib
from typing import Any

import pytest

from tests.project.source import APPS, files, text, tree

CONFIG: dict[str, Any] = tomllib.loads(text("pyproject.toml"))
# Folder -> rules that do not hold there. Tests and measurements speak by assert and print.
LOOSER = {"tests/**", "bench/**", "tenants/**"}


def test_the_ladder_of_imports_holds_every_app() -> None:
    contracts = {one["name"]: one for one in CONFIG["tool"]["importlinter"]["contracts"]}

    ladder = contracts["Apps import downwards"]
    assert ladder["layers"] == list(reversed(APPS))
    assert "ignore_imports" not in ladder
    assert contracts["Rooms inside an app"]["exhaustive"] is True
    assert set(contracts["Rooms inside an app"]["ignore_imports"]) == {
        "*.tasks -> *.domain.**",
        "tenants.scope -> tenants.models",
    }
    assert set(contracts["Rules know no HTTP"]["forbidden_modules"]) == {"rest_framework", "unfold"}


def test_rules_are_loosened_in_listed_folders_only() -> None:
    lint = CONFIG["tool"]["ruff"]["lint"]

    assert set(lint["per-file-ignores"]) == LOOSER
    assert lint["per-file-ignores"]["tenants/**"] == ["TID251"]
    assert "tenants.scope.all_brands" in lint["flake8-tidy-imports"]["banned-api"]
    assert {"S", "T20", "ERA", "FBT", "TID", "DTZ", "PLC0415"} <= set(lint["select"])


def test_types_are_strict_everywhere() -> None:
    mypy = CONFIG["tool"]["mypy"]

    assert mypy["strict"] is True
    assert set(mypy["files"]) == set(APPS)
    for override in mypy["overrides"]:
        assert set(override) <= {"module", "ignore_missing_imports"}


def test_warnings_are_errors() -> None:
    assert CONFIG["tool"]["pytest"]["ini_options"]["filterwarnings"][0] == "error"


@pytest.mark.parametrize("name", ["requirements.txt", "tests/requirements.txt"])
def test_the_lock_holds_hashes_and_no_addresses(name: str) -> None:
    lines = text(name).splitlines()
    pinned = [line for line in lines if "==" in line and not line.startswith((" ", "#"))]

    assert len(pinned) > 30
    assert sum("--hash=sha256:" in line for line in lines) >= len(pinned)
    assert [line for line in lines if "://" in line or line.startswith("-")] == []


def test_every_direct_dependency_is_in_the_lock() -> None:
    lock = text("requirements.txt").lower()
    direct = [
        line.partition("[")[0].split("=")[0].split("~")[0].split(">")[0].strip().lower()
        for line in CONFIG["project"]["dependencies"]
    ]

    assert len(direct) > 15
    assert [name for name in direct if f"\n{name}==" not in f"\n{lock}"] == []


def test_pymerkle_is_for_tests_alone() -> None:
    """GPL-3: it may check our hashes, it may not become part of the product."""
    importing = {
        name
        for name in files()
        if name.endswith(".py") and not name.startswith("tests/")
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Import | ast.ImportFrom)
        for module in [getattr(node, "module", None), *(one.name for one in node.names)]
        if module and module.partition(".")[0] == "pymerkle"
    }
    direct = " ".join(CONFIG["project"]["dependencies"])

    assert importing == set()
    assert "pymerkle" not in direct
    assert "pymerkle==" not in text("requirements.txt")
