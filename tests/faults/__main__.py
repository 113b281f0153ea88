"""``python -m tests.faults [WORD …]``: hurt an installation and count what was lost.

With words only the faults are run whose name holds one of them.
"""

import logging
import os
import signal
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from types import FrameType
from typing import TYPE_CHECKING

from tests.faults.installation import Broken, Installation

if TYPE_CHECKING:
    from tests.faults.books import Verdict
    from tests.faults.field import Field


@dataclass
class Row:
    """One line of the table."""

    name: str
    what: str
    verdict: "Verdict"
    ledger: str
    seconds: float


def main() -> int:
    """0 if nothing was lost, doubled or left wrong and the ledger verifies; else 1."""
    signal.signal(signal.SIGTERM, _end)
    began = time.monotonic()
    say("Starting an installation of its own …")
    try:
        with Installation() as installation:
            say(f"Ready after {time.monotonic() - began:.0f} s in {installation.data.path}")
            os.environ.update(installation.environment())
            import django

            django.setup()
            logging.disable()  # what is killed complains, in our own connections too
            import engage.celery  # noqa: F401 -- the broker of our own wake-ups

            return _run(installation, began)
    except Broken as error:
        say(f"broken: {error}")
        say("faults 0, lost 1, doubled 0, ledger broken")
        return 1


def _run(installation: Installation, began: float) -> int:
    from tests.faults import crashes, deliveries, sends
    from tests.faults.books import Verdict
    from tests.faults.field import make_field
    from tests.faults.ledger import Auditor

    field = make_field(installation)
    auditor = Auditor(installation.folder)
    faults: list[tuple[str, Callable[[Field], Verdict]]] = [
        ("worker killed, comment reply taken", sends.accepted_comment),
        ("worker killed, message taken", sends.accepted_message),
        ("worker killed in a batch", crashes.worker_in_a_batch),
        ("web killed before its answer", crashes.web_before_its_answer),
        ("PostgreSQL killed under load", crashes.postgres_under_load),
        ("broker tables dropped", crashes.broker_dropped),
        ("one delivery five times at once", deliveries.five_times_at_once),
        ("one malformed item in a batch", deliveries.one_malformed_item),
        ("unknown event type", deliveries.unknown_type),
        ("removal before its comment", deliveries.removal_before_comment),
        ("STOP while a send is in flight", sends.stop_in_flight),
    ]
    words = sys.argv[1:]
    rows: list[Row] = []
    for what, fault in faults:
        if words and not any(word in what for word in words):
            continue
        start = time.monotonic()
        try:
            verdict = fault(field)
        except Exception as error:  # a fault that breaks off is told like one that loses
            verdict = Verdict(lost=1, wrong=[f"broke off: {type(error).__name__}: {error}"])
        ledger = auditor.check(field.brand)
        rows.append(Row(fault.__name__, what, verdict, ledger, time.monotonic() - start))
        say(f"{what}: {'; '.join(verdict.wrong) or 'ok'} ({rows[-1].seconds:.0f} s)")
    say("Waiting for the leases of the killed senders …")
    verdicts = {row.name: row.verdict for row in rows}
    try:
        by_hand = sends.settle_owed(field, verdicts)
        say(f"{len(field.owed)} answers settled, {by_hand} of them by a person")
    except Broken as error:
        rows[0].verdict.lose(f"answers did not settle: {error}")
    endings = {name: auditor.check(brand) for name, brand in field.brands.items()}
    field.network.close()
    field.sandbox.close()
    return report(rows, endings, killed=installation.killed, seconds=time.monotonic() - began)


def report(
    rows: list[Row], endings: dict[str, str], *, killed: dict[str, int], seconds: float
) -> int:
    """Print the table and the last line; the exit code. ``endings``: complaints by workspace."""
    say(f"\n{'fault':<36} {'checked':>7} {'lost':>5} {'doubled':>7} {'ledger':>7} {'s':>5}")
    for row in rows:
        verdict, ledger = row.verdict, "broken" if row.ledger else "ok"
        say(
            f"{row.what:<36} {verdict.checked:>7} {verdict.lost:>5} {verdict.doubled:>7}"
            f" {ledger:>7} {row.seconds:>5.1f}"
        )
    wrong = [f"{row.what}: {words}" for row in rows for words in row.verdict.wrong]
    wrong += [f"ledger after {row.what}: {row.ledger}" for row in rows if row.ledger]
    wrong += [f"ledger of {name} at the end: {words}" for name, words in endings.items() if words]
    for words in wrong:
        say(f"! {words}")
    deaths = ", ".join(f"{name} {count}" for name, count in killed.items())
    say(f"killed with SIGKILL: {deaths}; {seconds:.0f} s in all")
    is_broken = any(row.ledger for row in rows) or any(endings.values())
    lost, doubled = (sum(getattr(r.verdict, key) for r in rows) for key in ("lost", "doubled"))
    say(
        f"faults {len(rows)}, lost {lost}, doubled {doubled},"
        f" ledger {'broken' if is_broken else 'ok'}"
    )
    return 1 if wrong else 0


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _end(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends as Ctrl-C does, so that no process is left behind."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main())
