"""Did an answer tell of a brand it must not tell of? And did it change one?"""

from typing import Any

from django.apps import apps
from django.db import connection

from tenants.scope import all_brands
from tests.isolation.world import World, marker


def body_of(response: Any) -> str:
    """The text of an answer, also of one that streams, and where it sends to."""
    if getattr(response, "streaming", False):
        content = b"".join(response.streaming_content)
    else:
        content = response.content
    return content.decode("utf-8", "replace") + response.headers.get("Location", "")


def leaked(response: Any, world: World, *, allowed: set[str], asked: str = "") -> list[str]:
    """Marks and ids in the answer of brands other than ``allowed``; ids in ``asked`` are known."""
    text = body_of(response)
    found = []
    for slug, brand in world.brands.items():
        if slug in allowed:
            continue
        if marker(brand) in text:
            found.append(marker(brand))
        found += [
            str(pk)
            for pk in world.ids_of(slug)
            if len(str(pk)) > 30 and str(pk) in text and str(pk) not in asked
        ]
    return found


def picture_of(world: World, *slugs: str) -> dict[tuple[str, str], Any]:
    """What the tables of these brands hold, as rows as text: to be compared before and after."""
    seen: dict[tuple[str, str], Any] = {}
    with all_brands(reason="compare what the tests must not change"), connection.cursor() as cursor:
        for (slug, label), row in sorted(world.rows.items(), key=lambda one: one[0]):
            if slug not in slugs:
                continue
            model = apps.get_model(label)
            brand = world.brands[slug]
            names = {f.attname for f in model._meta.concrete_fields}
            if "brand_id" in names:
                owner, value = "brand_id", brand.pk
            elif "agency_id" in names and label != "tenants.brand":
                owner, value = "agency_id", brand.agency_id
            else:
                owner, value = "id", row.pk
            cursor.execute(
                f"SELECT md5(coalesce(string_agg(t::text, chr(10) ORDER BY t::text), ''))"  # noqa: S608 -- names of our own models
                f' FROM "{model._meta.db_table}" t WHERE {owner} = %s',
                [value],
            )
            seen[(slug, label)] = cursor.fetchone()[0]
    return seen
