"""The project's own files, as the tests about the code see them."""

import ast
import subprocess
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
APPS = ("tenants", "compliance", "inbox", "moderation", "reporting", "engage")


@cache
def files() -> tuple[str, ...]:
    """Paths of all files of the project, relative to its root; what git ignores is left out."""
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        cwd=ROOT,
        capture_output=True,
        check=False,
    )
    if listed.returncode == 0:
        found = [name for name in listed.stdout.decode().split("\0") if name]
    else:  # an unpacked archive has no index
        found = [str(path.relative_to(ROOT)) for path in ROOT.rglob("*") if path.is_file()]
        hidden = (".git/", ".venv/", ".engage/", ".mypy_cache/", ".ruff_cache/", ".pytest_cache/")
        found = [name for name in found if not name.startswith(hidden)]
    return tuple(sorted(name for name in found if (ROOT / name).is_file()))


def product_code() -> tuple[str, ...]:
    """Python files of the apps, without migrations."""
    return tuple(
        name
        for name in files()
        if name.endswith(".py") and name.startswith(tuple(f"{app}/" for app in APPS))
        if "/migrations/" not in name
    )


@cache
def text(name: str) -> str:
    return (ROOT / name).read_text(encoding="utf-8")


@cache
def tree(name: str) -> ast.Module:
    return ast.parse(text(name), filename=name)


def calls(name: str, *functions: str) -> list[int]:
    """Lines of a file in which one of the functions is called, by bare or dotted name."""
    return [
        node.lineno
        for node in ast.walk(tree(name))
        if isinstance(node, ast.Call)
        and getattr(node.func, "id", getattr(node.func, "attr", "")) in functions
    ]
