"""What may be allowed is declared once, held by some role, and asked for somewhere."""

import ast
import re

from tenants.choices import RoleKey
from tenants.permissions import ROLE_CAPABILITIES, capabilities
from tests.project.source import APPS, product_code, tree

# Declared and held, but asked for by no screen or verb yet, and why.
NOT_ASKED: dict[str, str] = {}
ASKING = {"can", "require"}


def _declared() -> set[str]:
    return {str(name) for name, _ in capabilities.items()}


def _words() -> dict[str, set[str]]:
    """Every string constant of the code that looks like a capability, with the files it is in."""
    found: dict[str, set[str]] = {}
    for name in product_code():
        for node in ast.walk(tree(name)):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                found.setdefault(node.value, set()).add(name)
    return found


def test_every_role_has_its_capabilities() -> None:
    assert set(ROLE_CAPABILITIES) == set(RoleKey.values)


def test_what_roles_hold_is_declared_and_what_is_declared_is_held() -> None:
    held = set().union(*ROLE_CAPABILITIES.values())

    assert len(held) >= 20
    assert held == _declared()


def test_names_say_app_noun_and_verb() -> None:
    odd = [n for n in _declared() if not re.fullmatch(rf"({'|'.join(APPS)})(\.[a-z]+){{2}}", n)]

    assert odd == []


def test_each_has_a_label_and_a_help_text() -> None:
    empty = [name for name, one in capabilities.items() if not (str(one.label) and str(one.help))]

    assert empty == []


def test_every_capability_is_asked_for_somewhere() -> None:
    words = _words()
    vocabulary = {f"{app}/permissions.py" for app in APPS}
    unused = {name for name in _declared() if not words.get(name, set()) - vocabulary}
    # A module constant of permissions.py is asked for by its name.
    constants = {
        str(node.value.args[0].value): str(node.targets[0].id)
        for app in APPS[:-1]
        for node in tree(f"{app}/permissions.py").body
        if isinstance(node, ast.Assign) and isinstance(node.value, ast.Call)
        if isinstance(node.targets[0], ast.Name) and node.value.args
        if isinstance(node.value.args[0], ast.Constant)
    }
    asked = {
        alias.name
        for name in product_code()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.ImportFrom) and (node.module or "").endswith(".permissions")
        for alias in node.names
    }
    unused = {name for name in unused if constants.get(name) not in asked}

    assert unused == set(NOT_ASKED)


def test_what_is_asked_for_is_declared() -> None:
    wrong = {
        node.args[1].value
        for name in product_code()
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
        if getattr(node.func, "id", "") in ASKING and len(node.args) >= 2
        if isinstance(node.args[1], ast.Constant)
    } - _declared()

    assert wrong == set()
