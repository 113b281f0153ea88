"""Settings say what the product reads, and what they name exists."""

import ast
import inspect
import re
from itertools import pairwise
from pathlib import Path

import pytest
from django.conf import settings
from django.utils.module_loading import import_string

from tests.project.source import ROOT, product_code, text, tree

# In .env.example but read elsewhere: by the launcher or by `make` only.
NOT_BY_SETTINGS = {
    "DATABASE_OWNER_URL": "engage/startup/external.py",
    "PYTHON": "engage/startup/python.sh",
}


def _documented() -> list[str]:
    return re.findall(r"^([A-Z_]+)=", text(".env.example"), re.M)


def _read_by_settings() -> set[str]:
    return {
        node.args[0].value
        for node in ast.walk(tree("engage/settings.py"))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and getattr(node.func.value, "id", "") == "env"
        and isinstance(node.args[0], ast.Constant)
    }


def test_env_example_lists_exactly_what_is_read() -> None:
    documented = _documented()

    assert len(documented) == len(set(documented))
    assert set(documented) == _read_by_settings() | set(NOT_BY_SETTINGS)


@pytest.mark.parametrize(("variable", "path"), NOT_BY_SETTINGS.items())
def test_what_settings_do_not_read_is_read_elsewhere(variable: str, path: str) -> None:
    assert variable not in _read_by_settings()
    assert variable in text(path)


def test_every_variable_is_explained() -> None:
    lines = text(".env.example").splitlines()
    bare = [
        line
        for before, line in pairwise(lines)
        if re.match(r"[A-Z_]+=", line) and not before.startswith("#") and "=" not in before
    ]

    assert bare == []


def test_no_secret_has_a_default() -> None:
    for variable in ("SECRET_KEY", "FIELD_KEYS", "DATABASE_URL", "CELERY_BROKER_URL"):
        assert re.search(rf'env\.\w+\("{variable}"\)', text("engage/settings.py")), variable


def test_only_settings_and_the_start_up_read_the_environment() -> None:
    # The sandbox is a program of its own; the others only say where the settings are.
    allowed = {"engage/celery.py", "engage/wsgi.py", "inbox/providers/sandbox/__main__.py"}
    reading = {
        name
        for name in product_code()
        if re.search(r"os\.(environ|getenv)", text(name)) and "/startup/" not in name
    }

    assert reading - {"engage/settings_test.py"} == allowed


@pytest.mark.parametrize("path", [*settings.INBOX_STAGES, *settings.SEND_GATES])
def test_every_stage_and_gate_is_a_function_of_one_thing(path: str) -> None:
    function = import_string(path)

    assert len(inspect.signature(function).parameters) == 1
    assert function.__doc__


def test_no_stage_or_gate_stands_twice() -> None:
    for paths in (settings.INBOX_STAGES, settings.SEND_GATES):
        assert len(paths) == len(set(paths))


def test_the_order_that_others_rely_on() -> None:
    stages = [path.rpartition(".")[2] for path in settings.INBOX_STAGES]
    gates = [path.rpartition(".")[2] for path in settings.SEND_GATES]

    # STOP is heard first; moderation speaks before any automation may answer.
    assert stages[0] == "consent_words"
    assert stages.index("triage") < stages.index("assess") < stages.index("route")
    # Nothing else needs to be asked of a frozen brand or once sending is stopped; people come last.
    assert (*gates[:2], gates[-1]) == ("brand_state", "kill_switch", "approval")


def test_engage_starts_last() -> None:
    assert settings.INSTALLED_APPS[-1] == "engage.apps.EngageConfig"


def test_test_settings_change_speed_only() -> None:
    names = {
        target.id
        for node in tree("engage/settings_test.py").body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }

    assert names == {
        "PASSWORD_HASHERS",
        "ALLOWED_HOSTS",
        "MODERATION_UNDO_S",
        "SECOND_FACTOR_REQUIRED",
        "STORAGES",
        "WHITENOISE_AUTOREFRESH",
    }


def test_settings_fit_on_a_few_screens() -> None:
    assert len(Path(ROOT, "engage/settings.py").read_text().splitlines()) < 300
