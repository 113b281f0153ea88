"""Every address, asked by everybody, compared with one table; and no answer tells of another brand.

The rules beside the table hold whatever it says: who does not belong gets 404 inside a workspace
(or the sign-in page), and nobody is ever shown a mark or an id of a brand they do not work for.
"""

import pytest
from django.db import transaction

from tenants.models import User
from tests.isolation import table
from tests.isolation.collected import count
from tests.isolation.leaks import leaked
from tests.isolation.people import NAMES, WALKERS, client_of
from tests.isolation.routes import Route, every_route
from tests.isolation.world import World

BRAND, AGENCY, OUTSIDE = "brand", "agency", "outside"
PREFIX = {BRAND: "/w/acme/north/", AGENCY: "/w/acme/", OUTSIDE: "/"}
# Whose marks a person may see in the agency's workspace. In the brand's: north, nothing else.
MAY_SEE = {"olga": {"north", "south"}} | {
    walker.name: {"north"} for walker in WALKERS if walker.belongs and walker.name != "olga"
}
# The other agency's owner may see the own brand outside any workspace (their home page).
ELSEWHERE = {"gus": {"main"}}
# Leaves the client signed out, or sends mail to whoever: asked last, or not here.
NOT_READY = {"readyz"}  # no worker runs beside these tests
ENDS_THE_SESSION = ("admin/logout/", "accounts/logout/")


def _asked_in(route: Route) -> tuple[str, ...]:
    return (BRAND, AGENCY) if route.is_inside else (OUTSIDE,)


def _routes() -> list[Route]:
    return [route for route in every_route() if not route.pattern.endswith(ENDS_THE_SESSION)]


def _may_see(name: str, workspace: str) -> set[str]:
    if workspace == OUTSIDE:
        return MAY_SEE.get(name, set()) | ELSEWHERE.get(name, set())
    if workspace == BRAND:
        return {"north"} if name in MAY_SEE else set()
    return MAY_SEE.get(name, set())


@pytest.mark.parametrize("method", ["get", "post"])
@pytest.mark.parametrize("name", NAMES)
def test_everybody_gets_what_the_table_says(
    name: str, method: str, world: World, people: dict[str, User | None]
) -> None:
    seen: dict[table.Line, int] = {}
    leaks: dict[str, list[str]] = {}
    broken: dict[str, int] = {}
    client = client_of(people[name])
    for route in _routes():
        for workspace in _asked_in(route):
            path = PREFIX[workspace] + route.path(world, "north")
            with transaction.atomic():
                response = getattr(client, method)(path)
                if found := leaked(response, world, allowed=_may_see(name, workspace), asked=path):
                    leaks[f"{method} {path}"] = found
                transaction.set_rollback(True)
            if people[name] is not None and not client.session.get("_auth_user_id"):
                client = client_of(people[name])
            seen[(method, workspace, route.pattern)] = response.status_code
            if response.status_code >= 500 and route.pattern not in NOT_READY:
                broken[f"{method} {path}"] = response.status_code
    count(routes=len({line[2] for line in seen}), roles=name, leaks=len(leaks))

    assert leaks == {}
    assert broken == {}
    _outsiders_get_nothing(name, seen)
    if table.WRITES:
        table.write(name, seen, of={(method, w) for w in PREFIX})
    known = {line: codes[name] for line, codes in table.read().items() if line[0] == method}
    assert set(seen) - set(known) == set(), "not in the table: ISOLATION_WRITE=1 make isolation"
    assert set(known) - set(seen) == set(), "gone from the product"
    assert {line: code for line, code in seen.items() if known[line] != code} == {}


def test_an_unknown_workspace_answers_as_a_foreign_one(
    world: World, people: dict[str, User | None]
) -> None:
    client = client_of(people["gus"])

    foreign = client.get("/w/acme/north/admin/")
    missing = client.get("/w/acme/nowhere/admin/")

    assert (foreign.status_code, missing.status_code) == (404, 404)
    assert foreign.content == missing.content


def _outsiders_get_nothing(name: str, seen: dict[table.Line, int]) -> None:
    walker = next(walker for walker in WALKERS if walker.name == name)
    if walker.belongs:
        return
    inside = {line: code for line, code in seen.items() if line[1] != OUTSIDE}
    fine = {302, 401, 404} if name == "nobody" else {404}
    assert {line: code for line, code in inside.items() if code not in fine} == {}
