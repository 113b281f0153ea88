"""Every page, form and action of the admin: rows that change are told by an event.

The net of the database is asked after each request, inside the test's transaction: which rows did
it change without an event, whichever way they were written?
"""

import json
from typing import Any

from django.db import connection, transaction
from django.test import Client

from inbox.models import Contact
from tenants.models import Brand, User
from tenants.scope import brand_scope
from tests.isolation.people import client_of
from tests.isolation.recorded import Recorded, requests_of
from tests.isolation.routes import every_route
from tests.isolation.world import World

PLACES = ("/w/acme/north/", "/w/acme/")
LEFT_OUT = ("logout", "/accounts/")
# What a request may change without an event, and why.
SILENT = {
    "compliance_savedfilter": "a person's own bookmark of a search",
}


def _settle() -> None:
    """What the test has written so far counts as told; nothing is marked any more."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT set_config('engage.told', 'y', true)")
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute(
            "SELECT set_config('engage.told', '', true), set_config('engage.silent', '', true)"
        )


def _silent() -> dict[str, int]:
    """``{"<table>:<operation>": rows}`` of what was written since ``_settle`` without an event."""
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
        cursor.execute("SELECT coalesce(nullif(current_setting('engage.silent', true), ''), '{}')")
        found: dict[str, int] = {}
        for counts in json.loads(cursor.fetchone()[0]).values():
            for name, count in counts.items():
                found[name] = found.get(name, 0) + count
    return found


def _close(response: Any) -> None:
    """Files that stream are open until somebody has read them."""
    if getattr(response, "streaming", False):
        for _part in response.streaming_content:
            pass


def _requests(client: Client, world: World) -> list[Recorded]:
    found: dict[str, Recorded] = {}
    for route in every_route():
        if not route.is_inside:
            continue
        for place in PLACES:
            path = place + route.path(world, "north")
            requests = [Recorded("get", path), Recorded("post", path)]
            with transaction.atomic():
                response = client.get(path)
                _close(response)
                transaction.set_rollback(True)
            if response.status_code == 200 and "html" in response.headers.get("Content-Type", ""):
                requests += requests_of(path, response.content.decode())
            for request in requests:
                if not any(word in request.path for word in LEFT_OUT):
                    found.setdefault(f"{request.method} {request.text}", request)
    return list(found.values())


def test_no_page_form_or_action_writes_silently(
    world: World, people: dict[str, User | None]
) -> None:
    client = client_of(people["olga"])
    silent: dict[str, Any] = {}
    told = 0
    for request in _requests(client, world):
        with transaction.atomic():
            _settle()
            response = request.send(client)
            _close(response)
            wrote = _silent()
            with connection.cursor() as cursor:
                cursor.execute("SELECT current_setting('engage.told', true)")
                told += cursor.fetchone()[0] == "y"
            transaction.set_rollback(True)
        if left := {n: c for n, c in wrote.items() if n.partition(":")[0] not in SILENT}:
            silent[f"{request.method} {request.path}"[:150]] = (response.status_code, left)

    assert told >= 40, "the walk reaches too few acts to say anything"
    assert silent == {}


def test_the_walk_would_see_a_silent_write(north: Brand, world: World) -> None:
    with transaction.atomic():
        _settle()
        with brand_scope(north.pk):
            Contact.objects.update(name="silent")
        assert list(_silent()) == ["inbox_contact:update"]
        transaction.set_rollback(True)
