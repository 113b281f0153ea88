"""Every field of every table says what it holds about people. Requirement C7."""

import pytest
from django.contrib.contenttypes.fields import GenericForeignKey
from django.contrib.contenttypes.models import ContentType
from django.core import checks
from django.db import connection, models
from django.test.utils import isolate_apps

from compliance.domain.personal_data import Problem, check_map, problems, unknown_tables
from compliance.registries import (
    About,
    FieldClass,
    TableClass,
    classify,
    personal,
    personal_data,
    retained,
    technical,
)
from tenants.models import User
from tenants.registry import Registry, RegistryClosed

FLOOR = 250  # fields; a gate that looked at nothing must not be green
ABOUT = About(subject="self", purpose="p", basis="b", retention="r")
KEY = technical("key")


def test_every_field_is_classified():
    seen, found = problems()

    assert "\n".join(problem.text for problem in found) == ""
    assert seen >= FLOOR


def test_no_table_is_unknown(db: None):
    assert unknown_tables() == set()


def test_a_shadow_table_is_found(db: None):
    # The app role may not create tables in the schema; a temporary one is listed all the same.
    with connection.cursor() as cursor:
        cursor.execute("CREATE TEMPORARY TABLE message_copy (text text)")

    assert unknown_tables() == {"message_copy"}


def test_map_is_closed_after_start():
    with pytest.raises(RegistryClosed):
        personal_data.register("x.y", TableClass("x.y", ABOUT, {}))


def test_system_check_speaks_for_the_map():
    registered = checks.registry.registry.get_checks()

    assert check_map in registered
    assert len(check_map()) == len(problems()[1])


def found_in(model: type[models.Model], *tables: TableClass) -> list[Problem]:
    registry: Registry[TableClass] = Registry("canary")
    for table in tables:
        registry.register(table.label, table)
    return problems([model], registry=registry)[1]


@isolate_apps("tenants")
def test_gate_bites():
    class Canary(models.Model):
        name = models.CharField(max_length=5)
        secret = models.TextField()
        kind = models.ForeignKey(ContentType, on_delete=models.CASCADE)
        about = GenericForeignKey("kind", "secret")

        class Meta:
            app_label = "tenants"

        def __str__(self) -> str:
            return self.name

    unclassified = found_in(Canary)
    forgotten = found_in(
        Canary,
        classify(
            "tenants.Canary",
            ABOUT,
            id=KEY,
            name=personal("name", erase="const:gone"),
            kind=KEY,
            old=KEY,
        ),
    )

    assert unclassified == [
        Problem("G001", "tenants.canary: model not classified (id, name, secret, kind, about)")
    ]
    assert forgotten == [
        Problem("G002", "tenants.canary.about: field not classified"),
        Problem("G002", "tenants.canary.secret: field not classified"),
        Problem("G003", "tenants.canary.old: stale entry, no such field"),
    ]


@pytest.mark.parametrize(
    ("field", "entry", "code"),
    [
        (models.TextField(), personal("x", erase="null"), "G006"),
        (models.TextField(), personal("x", erase="detach"), "G006"),
        (models.CharField(max_length=9, unique=True), personal("x", erase="const:a"), "G007"),
        (models.CharField(max_length=3), personal("x", erase="const:long"), "G008"),
        (models.JSONField(), personal("x", erase="const:{}"), "G009"),
        (models.FileField(), personal("x", erase="const:"), "G010"),
        (models.TextField(), personal("x", erase="shred"), "G012"),
        (models.TextField(), personal("x", erase="keep"), "G013"),
        (models.TextField(), technical(""), "G014"),
        (models.TextField(), retained("x", why=""), "G014"),
        (models.TextField(), personal("x", erase="const:"), None),
        (models.TextField(null=True), personal("x", erase="null"), None),
        (models.JSONField(), personal("x", erase="const:{}", json="opaque"), None),
        (models.FileField(), personal("x", erase="file"), None),
        (models.TextField(), retained("x", why="law"), None),
    ],
)
@isolate_apps("tenants")
def test_each_rule(field: models.Field, entry: FieldClass, code: str | None):  # type: ignore[type-arg]
    class Canary(models.Model):
        value = field.clone()

        class Meta:
            app_label = "tenants"

        def __str__(self) -> str:
            return "canary"

    found = found_in(Canary, classify("tenants.Canary", ABOUT, id=KEY, value=entry))

    assert [problem.code for problem in found] == ([code] if code else [])


@pytest.mark.parametrize(
    ("about", "codes"),
    [
        (About(), ["G004", "G011"]),
        (About(subject="self"), ["G011"]),
        (About(subject="nobody", purpose="p", basis="b", retention="r"), ["G005"]),
        (About(subject="memberships__nobody", purpose="p", basis="b", retention="r"), ["G005"]),
        (About(subject="memberships__user", purpose="p", basis="b", retention="r"), []),
    ],
)
def test_path_to_the_person(about: About, codes: list[str]):
    real = personal_data["tenants.user"]
    table = TableClass(real.label, about, real.fields)

    assert [problem.code for problem in found_in(User, table)] == codes
