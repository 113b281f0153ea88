"""``manage.py train`` and ``evaluate`` as an operator types them."""

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from compliance.models import AuditEvent
from moderation.domain.models import Model
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.moderation import make_decision
from tests.factories.tenants import make_user
from tests.moderation.training.rows import small_set

PHENOMENA = Path(__file__).parents[2] / "data" / "moderation"


def _run(*arguments: Any) -> str:
    out = StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Own rows and a little GAHD."""
    data = tmp_path / "data"
    data.mkdir()
    rows = [
        {
            "text": row.text,
            "language": "de",
            "labels": dict(row.labels),
            "licence": "own",
            "labelled_by": "people",
        }
        for row in small_set().examples
    ]
    (data / "mine.moderation.jsonl").write_text("".join(json.dumps(row) + "\n" for row in rows))
    lines = [f"{row.text},{int(row.labels['hate'])},train" for row in small_set("hate").examples]
    (data / "gahd.csv").write_text("text,label,split\n" + "\n".join(lines) + "\n")
    return data


def test_train_writes_a_model_that_loads(folder: Path, tmp_path: Path) -> None:
    said = _run("train", "de", "--data", folder, "--out", tmp_path / "out")

    model = Model.load(tmp_path / "out" / "de.json")
    assert f"{model.version} {tmp_path / 'out' / 'de.json'}" in said
    assert set(model.score("Trottel im Laden")) == {"hate", "insult"}


def test_shippable_leaves_out_what_may_not_be_passed_on(folder: Path, tmp_path: Path) -> None:
    _run("train", "de", "--data", folder, "--out", tmp_path, "--shippable")

    card = json.loads((tmp_path / "de.json").read_text())
    assert list(card["heads"]) == ["hate"]
    assert [origin["name"] for origin in card["trained_on"]] == ["GAHD", "harmless mentions"]


def test_evaluate_prints_a_row_per_set_and_judge(folder: Path) -> None:
    said = _run("evaluate", "--data", folder, "--phenomena", PHENOMENA)

    rows = [line.split(" | ") for line in said.splitlines() if line.startswith(("| GAHD", "| own"))]
    assert [(row[0], row[2], row[3], row[5]) for row in rows] == [
        ("| GAHD", "hate", "held-out fifth", "majority"),
        ("| GAHD", "hate", "held-out fifth", "word lists"),
        ("| GAHD", "hate", "held-out fifth", "model"),
        ("| own rows", "insult", "held-out fifth", "majority"),
        ("| own rows", "insult", "held-out fifth", "word lists"),
        ("| own rows", "insult", "held-out fifth", "model"),
    ]
    accuracy = {(row[0], row[5]): float(row[6]) for row in rows}
    assert accuracy["| own rows", "model"] > accuracy["| own rows", "majority"]
    assert "| counter_speech | de |" in said
    assert "| Flüchtlinge |" in said


def test_evaluate_measures_on_the_test_part_where_there_is_one(tmp_path: Path) -> None:
    (tmp_path / "gahd.csv").write_text(
        "text,label,split\nNur zum Prüfen,0,test\nDanke,0,train\nAusländer raus!,1,test\n"
    )

    said = _run("evaluate", "--data", tmp_path)

    assert "| GAHD | de | hate | official test | 2 (1) | word lists | 1.000 |" in said
    assert "| model |" not in said


def test_evaluate_with_nothing_says_what_to_bring() -> None:
    with pytest.raises(CommandError, match="make moderation-report DATA=folder") as error:
        _run("evaluate")

    assert "GermEval 2018: germeval2018.training.txt" in str(error.value)


@pytest.mark.parametrize("command", [("train", "de", "--out", "x"), ("evaluate",)])
def test_a_folder_that_is_none(command: tuple[str, ...], tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="is no folder"):
        _run(*command, "--data", tmp_path / "nowhere")


def test_a_folder_without_any_known_set(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="No set that is known lies in"):
        _run("evaluate", "--data", tmp_path)
    with pytest.raises(CommandError, match="nothing to train on"):
        _run("train", "de", "--data", tmp_path, "--out", tmp_path)


def test_a_set_of_another_shape_is_named(tmp_path: Path) -> None:
    (tmp_path / "gahd.csv").write_text("text\nx\n")

    with pytest.raises(CommandError, match=r"gahd\.csv: column split is missing"):
        _run("train", "de", "--data", tmp_path, "--out", tmp_path)


def test_a_model_that_is_none(tmp_path: Path, folder: Path) -> None:
    with pytest.raises(CommandError, match="not the card of a model"):
        _run("evaluate", "--data", folder, "--model", tmp_path / "de.json")


def test_training_needs_a_place_and_enough_rows(tmp_path: Path) -> None:
    (tmp_path / "gahd.csv").write_text("text,label,split\nDanke,0,train\n")

    with pytest.raises(CommandError, match="Say where the model goes"):
        _run("train", "de", "--data", tmp_path)
    with pytest.raises(CommandError, match="too few texts in 'de'"):
        _run("train", "de", "--data", tmp_path, "--out", tmp_path)


def test_without_scikit_learn_it_says_how_to_get_it(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("train", "evaluate"):
        monkeypatch.setattr(f"moderation.management.commands.{name}.find_spec", lambda _name: None)

    with pytest.raises(CommandError, match="pip install scikit-learn"):
        _run("train", "de", "--data", folder, "--out", tmp_path)
    with pytest.raises(CommandError, match="pip install scikit-learn"):
        _run("evaluate", "--data", folder)


@pytest.fixture
def reviewed(north: Brand) -> Callable[[], None]:
    def decide() -> None:
        mo = make_user("mo")
        with brand_scope(north.pk):
            conversation = make_conversation(make_account(north), language="de")
            for number, row in enumerate(small_set().examples):
                make_decision(
                    make_message(conversation, row.text, external_id=f"m{number}"),
                    action="hide" if row.labels["insult"] else "approve",
                    category="insult",
                    automation="AUTOMATED_DECISION_NOT_AUTOMATED",
                    decided_by=mo,
                )

    return decide


def test_a_brands_own_items_make_its_own_model(
    north: Brand, reviewed: Callable[[], None], tmp_path: Path, settings: Any
) -> None:
    reviewed()
    settings.MODERATION_MODELS = str(tmp_path)

    _run("train", "de", "--brand", "acme/north")

    model = Model.load(tmp_path / str(north.pk) / "de.json")
    assert list(model.card["heads"]) == ["insult"]
    assert model.score("Trottel im Laden")["insult"].probability > 0.7
    with brand_scope(north.pk):
        event = AuditEvent.objects.get(kind="moderation.model.trained")
        assert json.loads(event.body)["facts"]["version"] == model.version
    said = _run(
        "evaluate", "--brand", "acme/north", "--model", tmp_path / str(north.pk) / "de.json"
    )
    assert "| insult | held-out fifth |" in said


def test_a_brand_that_is_none(north: Brand) -> None:
    for command in (("train", "de", "--out", "x"), ("evaluate",)):
        with pytest.raises(CommandError, match="There is no brand 'acme/nowhere'"):
            _run(*command, "--brand", "acme/nowhere")
