"""Files: the example works; a bad one is refused by line, field and reason, never by a crash."""

import json
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.core.management import CommandError, call_command
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from engage.onboarding.document import KEYS, Document, parse
from engage.onboarding.presets import preset, preset_names
from engage.onboarding.problems import BadDocument
from engage.onboarding.reading import read_yaml
from inbox.admin.intents import intent_label
from inbox.domain.automation import INTENTS, NEVER_ALONE, PEOPLE_ONLY
from inbox.domain.templates import check_wording
from tenants.models import Agency, Brand, Invitation, User

EXAMPLE = Path(settings.BASE_DIR) / "docs" / "examples" / "brand.yaml"


def problems(text: str) -> list[str]:
    with pytest.raises(BadDocument) as refused:
        parse(*read_yaml(text.encode()))
    return [str(problem) for problem in refused.value.problems]


def test_the_example_is_read_and_applied(
    acme: Agency, settings: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    settings.SANDBOX_URL = "http://127.0.0.1:9"

    call_command("onboard", str(EXAMPLE), "--agency", "acme", "--dry-run")
    dry = capsys.readouterr().out
    assert "+ brand.name: Nordlicht Outdoor" in dry
    assert "nothing was written (dry run)" in dry
    assert not Brand.objects.exists()

    call_command("onboard", str(EXAMPLE))
    real = capsys.readouterr().out
    assert real.splitlines()[:-1] == dry.splitlines()[:-1]
    call_command("onboard", str(EXAMPLE))
    again = capsys.readouterr().out.splitlines()[-1]
    assert again.startswith("nordlicht: 0 created, 0 changed,")
    assert Invitation.objects.count() == 2


def test_json_is_yaml_too() -> None:
    value = yaml.safe_load(EXAMPLE.read_text())

    assert parse(*read_yaml(json.dumps(value).encode())).slug == "nordlicht"


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("brand: {slug: a, nam: x}", "line 1, brand.nam: “nam” is not known. Did you mean “name”?"),
        ("brand:\n  slug: a\n  slug: b", "line 3, brand.slug: This key stands here twice."),
        ("brand:\n  slug: a\npresett: retail", "line 3, presett: “presett” is not known."),
        ("preset: retail", "line 1, brand: This is missing."),
        ("brand:\n  name: x", "line 1, brand.slug: This is missing."),
        ("brand: {slug: a}\nteam:\n- {email: a@b.de}", "line 3, team[1].role: This is missing."),
        ("brand: {slug: [", "line 1, document: This is no YAML"),
        ("brand: &x {slug: a}\nteam: *x", "line 1, document: Anchors and aliases"),
        ("brand: !!python/name:os.system", "line 1, brand: Tags are not understood."),
        ("", "line 1, document: The file is empty."),
        ("- a", "line 1, document: Here must stand a mapping"),
        ("brand: {slug: a, name: 5}", "line 1, brand.name: This must be text."),
        ("brand: {slug: api}", "has a meaning of its own in addresses"),
        ("brand: {slug: a}\nautomation: {price: send}", "“draft” is the most"),
        ("brand: {slug: a}\nretention_months: {consent_proof: 3}", "At least 60 months"),
        ("brand: {slug: a}\ndisclosure: {de: Hallo STOP}", "Say how to reach a person"),
        ("brand: {slug: a}\npolicies: {spam: {ground: law}}", "Possible: terms, legal"),
        ("brand: {slug: a}\nchannels: [{network: facebook}]", "channels[1].app_secret"),
    ],
)
def test_what_is_wrong_is_told_by_line_field_and_reason(text: str, words: str) -> None:
    assert words in "\n".join(problems(text))


def test_country_codes_and_spans_mean_what_they_say() -> None:
    read = parse(
        *read_yaml(
            b"brand: {slug: a, holidays: {country: NO}, business_hours: {mon: [9:00-17:30]}}"
        )
    )

    assert read.profile == {
        "holiday_country": "NO",
        "business_hours": {"mon": [["09:00", "17:30"]]},
    }


def test_the_command_names_file_line_and_field(acme: Agency, tmp_path: Path) -> None:
    file = tmp_path / "brand.yaml"
    file.write_text("brand: {slug: nova}\npreset: retial\n")

    with pytest.raises(CommandError) as refused:
        call_command("onboard", str(file))

    assert f"{file}: line 2, preset: “retial” is not known. Did you mean “retail”?" in str(
        refused.value
    )
    assert "Nothing was changed." in str(refused.value)
    with pytest.raises(CommandError, match="No such file"):
        call_command("onboard", str(tmp_path / "none.yaml"))


def test_the_command_works_on_somebodys_right(
    acme: Agency, globex: Agency, ada: User, tmp_path: Path
) -> None:
    file = tmp_path / "brand.yaml"
    file.write_text("brand: {slug: nova, name: Nova}\n")

    with pytest.raises(CommandError, match="role does not allow"):
        call_command("onboard", str(file), "--agency", "acme", "--as", ada.email)
    with pytest.raises(CommandError, match="--agency"):
        call_command("onboard", str(file))
    with pytest.raises(CommandError, match="no agency"):
        call_command("onboard", str(file), "--agency", "nobody")
    assert not Brand.objects.filter(slug="nova").exists()


@pytest.mark.parametrize("key", preset_names())
def test_presets_keep_the_rules_and_speak_both_languages(key: str) -> None:
    one = preset(key)
    keys = {(w.shortcut, w.language) for w in one.settings.templates}

    for wording in one.settings.templates:
        check_wording(wording)
    assert {s for s, language in keys if language == "de"} == {
        s for s, language in keys if language == "en"
    }
    assert set(one.title) == set(one.summary) == set(one.notes) == {"de", "en"}
    assert len(one.settings.service_minutes) == 6
    assert not PEOPLE_ONLY & one.settings.automation.keys()
    assert set(INTENTS) >= PEOPLE_ONLY | NEVER_ALONE


def test_every_intent_has_a_name_for_people() -> None:
    assert [intent for intent in INTENTS if str(intent_label(intent)) == intent] == []


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(KEYS) | st.text(max_size=6), inner, max_size=3)
    ),
    max_leaves=12,
)
sections = st.fixed_dictionaries(
    {"brand": st.fixed_dictionaries({"slug": st.just("nova")}, optional={"name": values})},
    optional={name: values for name in KEYS if name != "brand"},
)


def outcome_of(value: Any, lines: Any = None) -> Document | BadDocument:
    try:
        return parse(value, lines)
    except BadDocument as refused:
        return refused


def outcome_of_file(source: bytes) -> Document | BadDocument:
    try:
        return outcome_of(*read_yaml(source))
    except BadDocument as refused:
        return refused


@hypothesis_settings(max_examples=150)
@given(value=values | sections)
def test_no_value_makes_the_parser_crash(value: Any) -> None:
    found = outcome_of(value)

    if isinstance(found, BadDocument):
        assert found.problems
        assert all(one.message for one in found.problems)


@hypothesis_settings(max_examples=150)
@given(
    source=st.binary(max_size=60)
    | st.text(max_size=60).map(str.encode)
    | sections.map(lambda value: yaml.safe_dump(value).encode())
)
def test_no_file_makes_the_reader_crash_and_every_problem_has_a_line(source: bytes) -> None:
    found = outcome_of_file(source)

    for one in found.problems if isinstance(found, BadDocument) else ():
        assert one.message
        assert one.line is not None or "deeply" in one.message
