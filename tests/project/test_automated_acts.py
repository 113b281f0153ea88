"""Whatever acts without a person says so: each task is known, each actor names its version."""

import ast
from pathlib import Path

from django.conf import settings

from engage.celery import app

ROOT = Path(__file__).parents[2]
APPS = ("tenants", "compliance", "inbox", "moderation", "reporting", "engage")
# Tasks by what tells of their acts: kinds of events by the app's own part of the name.
TOLD_BY = {
    "engage.heartbeat": "acts on nobody's data",
    "inbox.sweep": "only wakes",
    "inbox.poll_channels": "only wakes",
    "inbox.poll_accounts": "inbox.domain.access",
    "inbox.split_deliveries": "inbox.domain.splitting",
    "inbox.process_events": "inbox.domain.pipeline",
    "inbox.send_outbox": "inbox.domain.sending",
    "inbox.check_clocks": "inbox.domain.clocks",
    "compliance.seal_ledgers": "only wakes",
    "compliance.seal_ledger": "is the ledger",
    "compliance.seal_platform": "is the ledger",
    "compliance.anchor_checkpoints": "compliance.domain.anchors",
    "compliance.watch_ledgers": "compliance.domain.ledger_alarms",
    "compliance.check_ledger": "compliance.domain.ledger_alarms",
    "compliance.watch_secrets": "compliance.domain.secret_watch",
    "compliance.sweep_exports": "only wakes",
    "compliance.run_export": "compliance.domain.export_job",
    "compliance.sweep_closing": "only wakes",
    "compliance.run_brand_export": "compliance.domain.closing.export_job",
    "compliance.run_brand_erasure": "compliance.domain.closing.erase_job",
    "compliance.sweep_requests": "only wakes",
    "compliance.watch_requests": "compliance.domain.requests.watch",
    "compliance.run_request": "compliance.domain.requests.job",
    "compliance.sweep_retention": "only wakes",
    "compliance.keep_retention": "compliance.domain.retention.sweeps",
    "compliance.run_retention": "compliance.domain.retention.run_job",
    "compliance.sweep_consent_jobs": "only wakes",
    "compliance.run_consent_job": "compliance.domain.consent_work",
    "compliance.watch_incidents": "compliance.domain.incidents.watch",
    "compliance.watch_registers": "only wakes",
    "compliance.watch_vendors": "compliance.domain.vendors.watch",
    "compliance.fold_transfers": "adds up counts of what was told when it was sent",
    "compliance.run_pack": "compliance.domain.packs.job",
    "moderation.watch_qualities": "only wakes",
    "moderation.watch_quality": "moderation.domain.quality.watch",
    "moderation.watch": "only wakes",
    "moderation.watch_brand": "moderation.domain.watch",
    "tenants.deliver_post": "carries mail whose sending was told when it was posted",
    "tenants.forget_sessions": "takes away sessions that ended by themselves",
}


def test_every_task_says_what_tells_of_it() -> None:
    app.loader.import_default_modules()
    tasks = {name for name in app.tasks if not name.startswith("celery.")}

    assert tasks == set(TOLD_BY)


def test_what_is_said_to_tell_records_events() -> None:
    """In its own file, or in one of the files it imports from its own app."""
    for module in sorted({one for one in TOLD_BY.values() if "." in one}):
        assert _records(module) or any(map(_records, _imported(module))), module


def test_every_stage_is_a_rule_that_names_its_version() -> None:
    stages = [*settings.INBOX_STAGES, *settings.INBOX_ON_REMOVAL, *settings.SEND_GATES]
    stages += settings.OUTBOX_ON_SETTLED

    assert len(stages) >= 15
    for actor in _actors():
        kind, arguments = actor
        assert kind in {"system", "rule", "model", "author"}
        assert kind not in {"rule", "model"} or arguments == 3, "name the version"


def _source(module: str) -> ast.Module | None:
    path = ROOT.joinpath(*module.split("."))
    file = path.with_suffix(".py")
    return ast.parse(file.read_text()) if file.exists() else None


def _records(module: str) -> bool:
    tree = _source(module)
    names = {"record", "record_many", "audit", "audit_agency", "audit_at"}
    return tree is not None and any(
        isinstance(node, ast.Call) and getattr(node.func, "id", "") in names
        for node in ast.walk(tree)
    )


def _imported(module: str) -> list[str]:
    tree = _source(module)
    own = module.partition(".")[0]
    found = []
    for node in ast.walk(tree) if tree else ():
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith(f"{own}.domain"):
            found.append(node.module or "")
            found += [f"{node.module}.{alias.name}" for alias in node.names]
    return found


def _actors() -> list[tuple[str, int]]:
    """(kind, number of arguments) of each actor that is no person, in all our sources."""
    found = []
    for name in APPS:
        for file in (ROOT / name).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "SystemActor":
                    kind = node.args[0].value if isinstance(node.args[0], ast.Constant) else ""
                    found.append((str(kind), len(node.args) + len(node.keywords)))
    assert len(found) >= 20
    return found
