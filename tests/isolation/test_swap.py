"""Every id in every request of the product, swapped for another brand's: nothing answers, nothing
changes, and the answer is the one that an id nobody has would get.
"""

from collections.abc import Callable
from typing import Any
from uuid import uuid4

import pytest
from django.db import connection, transaction
from django.test import Client
from django.test.utils import CaptureQueriesContext

from engage.celery import app
from tenants.models import User
from tests.isolation.collected import count
from tests.isolation.leaks import leaked, picture_of
from tests.isolation.people import client_of
from tests.isolation.recorded import Recorded, ids_in, requests_of
from tests.isolation.routes import every_route
from tests.isolation.world import World

NORTH = "/w/acme/north/"
# What signs the walker out or changes how the walker signs in.
LEFT_OUT = ("logout", "/accounts/", "my-settings")


def _record(client: Client, world: World) -> list[Recorded]:
    """Walk all pages of north as its owner; every address, link and form with an id of north."""
    mine = [str(pk) for pk in world.ids_of("north") if len(str(pk)) > 30]
    found: dict[tuple[str, str], Recorded] = {}
    for route in every_route():
        if not route.is_inside:
            continue
        path = NORTH + route.path(world, "north")
        requests = [Recorded("get", path), Recorded("post", path)]
        with transaction.atomic():
            response = client.get(path)
            transaction.set_rollback(True)
        if response.status_code == 200 and "html" in response.headers.get("Content-Type", ""):
            requests += requests_of(path, response.content.decode())
        for request in requests:
            if ids_in(request, mine) and not any(word in request.path for word in LEFT_OUT):
                shape = request.text
                for one in mine:
                    shape = shape.replace(one, "…")
                found.setdefault((request.method, shape), request)
    return list(found.values())


def _variants(request: Recorded, world: World, victim: str) -> list[tuple[Recorded, Recorded, str]]:
    """(with the victim's ids, with ids nobody has, the victim's ids): all at once, and each."""
    pairs = []
    for (slug, label), row in world.rows.items():
        theirs = world.row(victim, label)
        if slug == "north" and theirs is not None and ids_in(request, [str(row.pk)]):
            pairs.append((str(row.pk), str(theirs.pk), str(uuid4())))
    groups = [pairs] if len(pairs) < 2 else [pairs, *([pair] for pair in pairs)]
    variants = []
    for group in groups:
        foreign, unknown = request, request
        for mine, theirs, nobodys in group:
            foreign = foreign.swapped(mine, theirs)
            unknown = unknown.swapped(mine, nobodys)
        variants.append((foreign, unknown, " ".join(theirs for _mine, theirs, _n in group)))
    return variants


def _answer(client: Client, request: Recorded) -> tuple[Any, list[str]]:
    """The response, and the statements that wrote something; undone afterwards."""
    # It holds the last 9,000 statements of all requests together, and complains when it is full.
    connection.queries_log.clear()
    with transaction.atomic():
        with CaptureQueriesContext(connection) as captured:
            response = request.send(client)
        transaction.set_rollback(True)
    wrote = [
        query["sql"]
        for query in captured.captured_queries
        if query["sql"].lstrip().upper().startswith(("INSERT", "UPDATE", "DELETE"))
    ]
    return response, wrote


@pytest.mark.parametrize("victim", ["south", "main"])
def test_an_id_of_another_brand_is_an_id_that_nobody_has(
    world: World, people: dict[str, User | None], victim: str
) -> None:
    client = client_of(people["olga"])
    recorded = _record(client, world)
    before = picture_of(world, victim)
    wrong: dict[str, Any] = {}
    tried = 0
    for request in recorded:
        for foreign, unknown, theirs in _variants(request, world, victim):
            tried += theirs.count(" ") + 1
            answer, wrote = _answer(client, foreign)
            control, _ = _answer(client, unknown)
            told = leaked(answer, world, allowed={"north"}, asked=foreign.text)
            written = [sql for sql in wrote if any(one in sql for one in theirs.split())]
            if answer.status_code != control.status_code or told or written:
                wrong[f"{foreign.method} {foreign.text}"[:300]] = (
                    answer.status_code,
                    control.status_code,
                    told,
                    [sql[:150] for sql in written],
                )
    count(ids=tried, leaks=len(wrong))

    assert len(recorded) >= 100
    assert wrong == {}
    assert picture_of(world, victim) == before


@pytest.mark.parametrize("victim", ["south", "main"])
def test_searching_for_another_brands_words_finds_nothing(
    world: World, people: dict[str, User | None], victim: str
) -> None:
    client = client_of(people["olga"])
    found: dict[str, list[str]] = {}
    word = f"leak-{victim}"
    for route in every_route():
        if not route.is_inside or route.names_a_row:
            continue
        for name in ("q", "s"):
            path = f"{NORTH}{route.pattern}?{name}={word}"
            with transaction.atomic():
                response = client.get(path)
                transaction.set_rollback(True)
            # The word itself comes back in the search field; an id never does.
            told = [one for one in leaked(response, world, allowed={"north"}) if one != word]
            if told:
                found[path] = told

    assert found == {}


def _tasks() -> dict[str, list[str]]:
    """Name of each task that is told a brand and further ids -> those further ids."""
    app.loader.import_default_modules()
    found = {}
    for name, task in app.tasks.items():
        if name.startswith("celery."):
            continue
        code = task.run.__code__
        names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
        further = [one for one in names if one.endswith("_id") and one not in {"brand_id"}]
        if "brand_id" in names and further:
            found[name] = further
    return found


KINDS = {
    "export_id": ("compliance.auditexport", "compliance.brandexport"),
    "erasure_id": ("compliance.branderasure",),
    "item_id": ("inbox.outboxitem",),
    "event_id": ("inbox.inboundevent",),
    "job_id": ("compliance.consentjob",),
    "pack_id": ("compliance.evidencepack",),
    "request_id": ("compliance.datarequest",),
    "run_id": ("compliance.retentionrun",),
}


def _refusal(act: Callable[[], Any]) -> str:
    """The words of whatever error ``act`` ends with; none is fine, too."""
    try:
        with transaction.atomic():
            act()
    except Exception as error:
        return str(error)
    return ""


def test_a_task_told_another_brands_id_does_nothing(world: World) -> None:
    tasks = _tasks()
    before = picture_of(world, "south")
    for name, further in tasks.items():
        assert set(further) <= set(KINDS), f"{name}: say in KINDS what {further} name"
        for label in KINDS[further[0]]:
            row = world.row("south", label)
            if row is None:
                continue
            arguments = {"brand_id": str(world.brands["north"].pk), further[0]: str(row.pk)}
            told = _refusal(lambda: app.tasks[name].run(**arguments))  # noqa: B023 -- run at once
            assert "leak-south" not in told

    assert tasks
    assert picture_of(world, "south") == before


def test_the_check_itself_sees_a_leak(world: World, people: dict[str, User | None]) -> None:
    """An owner in the agency's workspace does see both brands: with one forbidden, it is told."""
    client = client_of(people["olga"])
    response = client.get("/w/acme/admin/inbox/conversation/")

    assert leaked(response, world, allowed={"north", "south"}) == []
    assert "leak-south" in leaked(response, world, allowed={"north"})
