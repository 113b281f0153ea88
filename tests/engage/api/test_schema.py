"""The API's description: current, without warnings, served to those who may ask."""

import io
import json
from pathlib import Path

import pytest
import yaml
from django.conf import settings
from django.core.management import call_command

from tenants.models import Brand
from tests.factories.api import Program, make_program

COMMITTED = Path(settings.BASE_DIR) / "docs" / "openapi.yaml"


def test_the_committed_schema_is_current_and_without_warnings() -> None:
    made = io.StringIO()

    call_command("spectacular", fail_on_warn=True, validate=True, stdout=made)

    assert COMMITTED.read_text().strip() == made.getvalue().strip(), "run: make schema"


@pytest.fixture
def program(north: Brand) -> Program:
    return make_program(north, "inbox.channel.view")


@pytest.mark.parametrize("language", ["en", "de"])
def test_the_served_schema_is_the_committed_one(program: Program, language: str) -> None:
    committed = yaml.safe_load(COMMITTED.read_text())

    as_yaml = program.get("schema/", **{"Accept-Language": language})
    as_json = program.get("schema/", Accept="application/json")

    assert yaml.safe_load(as_yaml.content) == committed
    assert json.loads(as_json.content) == committed


def test_every_operation_names_the_token_and_the_problem() -> None:
    committed = yaml.safe_load(COMMITTED.read_text())
    operations = [one for path in committed["paths"].values() for one in path.values()]

    assert committed["components"]["securitySchemes"]["token"]["scheme"] == "bearer"
    assert len(operations) == 26
    for operation in operations:
        assert operation["security"] == [{"token": []}, {"cookieAuth": []}]
        assert "application/problem+json" in operation["responses"]["default"]["content"]
        assert operation["summary"]
        assert "Needs `" in operation["description"]


def test_errors_of_the_schema_are_problems_too(program: Program) -> None:
    response = program.post("schema/", {})

    assert response.status_code == 405
    assert response.headers["Content-Type"] == "application/problem+json"
    assert response.json()["code"] == "method_not_allowed"
