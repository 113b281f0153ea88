"""What ``manage.py demo --json`` printed, kept so that a second start need not ask again."""

import json
from pathlib import Path
from typing import Any

from engage.startup.console import table
from engage.startup.datadir import write_private_json


def parse(answer: Path) -> dict[str, Any] | None:
    """What the command wrote, if it is the demo's facts."""
    try:
        facts = json.loads(answer.read_text())
    except (OSError, ValueError):
        return None
    return facts if isinstance(facts, dict) and "users" in facts else None


def read(path: Path, mark: str) -> dict[str, Any] | None:
    """The facts kept for this mark, if any."""
    try:
        kept = json.loads(path.read_text())
    except (OSError, ValueError):
        return None
    if not isinstance(kept, dict) or kept.get("mark") != mark:
        return None
    facts = kept.get("facts")
    return facts if isinstance(facts, dict) else None


def write(path: Path, mark: str, facts: dict[str, Any]) -> None:
    """Keep the facts (they hold passwords of the demo) readable by the owner only."""
    write_private_json(path, {"mark": mark, "facts": facts})


def sign_ins(facts: dict[str, Any]) -> str:
    """The people of the demo as a table: who, where, with which password."""
    rows = [("name", "e-mail", "password", "role", "address")]
    base = str(facts.get("base_url", "")).rstrip("/")
    for user in facts.get("users", []):
        workspace = user.get("workspace") or ""
        address = f"{base}/w/{workspace}/admin/" if workspace else f"{base}/admin/"
        rows.append((user["name"], user["email"], user["password"], user["role"], address))
    return "Sign-ins of the demo:\n" + table(rows)
