"""Audited writes: what the event and the database's net cost.

Measured: one save of a contact with its event, in a scope (a transaction) of its own, as a verb
does it.

Baselines, turn by turn in the same run: the same save without event and net; the same save watched
by plain django-auditlog (its receivers and its log row, without our commitment to it); and, for the
net alone, the same audited save with the table's triggers switched off. The ratio is the median
over all rounds.
"""

import statistics
import time
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg
from auditlog.registry import auditlog
from auditlog.signals import post_log
from django.utils import timezone
from psycopg import sql

from bench.brand import connected_brand
from bench.installation import superuser_url
from bench.report import Options, Result
from compliance.domain.audit import record
from compliance.domain.history import commit_change
from compliance.domain.net import TRIGGERS
from inbox.models import Contact
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope

BENCH = SystemActor("rule", "bench", "1")


def measure(options: Options) -> list[Result]:
    rounds = 10 if options.quick else 40
    brand = connected_brand("north").brand
    now = timezone.now()
    with brand_scope(brand.pk):
        contact = Contact.objects.create(brand=brand, name="n", first_seen_at=now, last_seen_at=now)
    times: dict[str, list[float]] = {
        "audited": [],
        "without net": [],
        "unaudited": [],
        "auditlog": [],
    }
    for number in range(rounds + 1):
        taken = {"audited": _save(contact, brand, is_told=True)}
        with _net_off():
            taken["without net"] = _save(contact, brand, is_told=True)
            taken["unaudited"] = _save(contact, brand, is_told=False)
            with _plain_auditlog():
                taken["auditlog"] = _save(contact, brand, is_told=False)
        if number:  # the first one warms up
            for name, value in taken.items():
                times[name].append(value)
    return [
        _result("audited write against the same unaudited", times, "unaudited"),
        _result("audited write against plain django-auditlog", times, "auditlog"),
        _result("audited write with the net against without", times, "without net"),
    ]


def _save(contact: Contact, brand: Brand, *, is_told: bool, times: int = 20) -> float:
    """Milliseconds of one save, the median of ``times``."""
    taken = []
    for number in range(times):
        began = time.perf_counter()
        with brand_scope(brand.pk):
            before, contact.name = contact.name, f"{contact.name[:1]}{number}"
            contact.save(update_fields=["name"])
            if is_told:
                record(
                    "inbox.contact.changed",
                    contact,
                    actor=BENCH,
                    before={"name": before},
                    after={"name": contact.name},
                )
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.median(taken)


@contextmanager
def _net_off() -> Iterator[None]:
    _switch("DISABLE")
    try:
        yield
    finally:
        _switch("ENABLE")


def _switch(how: str) -> None:
    with psycopg.connect(superuser_url(), autocommit=True) as owner:
        for name in TRIGGERS:
            statement = sql.SQL("ALTER TABLE inbox_contact {} TRIGGER {}")
            owner.execute(statement.format(sql.SQL(how), sql.Identifier(name)))  # type: ignore[arg-type]  # one of two words


@contextmanager
def _plain_auditlog() -> Iterator[None]:

    auditlog.register(Contact)
    post_log.disconnect(dispatch_uid="compliance.ledger")
    try:
        yield
    finally:
        post_log.connect(commit_change, dispatch_uid="compliance.ledger")
        auditlog.unregister(Contact)


def _result(name: str, times: dict[str, list[float]], against: str) -> Result:
    pairs = zip(times["audited"], times[against], strict=True)
    return Result(
        name,
        statistics.median(times["audited"]),
        "ms",
        statistics.median(times[against]),
        statistics.median(one / other for one, other in pairs),
    )
