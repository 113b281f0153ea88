"""``manage.py evaluate --data FOLDER``: how good lists and models are, as tables of Markdown."""

from argparse import ArgumentParser
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from moderation.domain.assessment import Assessment
from moderation.domain.models import Model, ModelUnusable
from moderation.domain.training.examples import LabelledSet
from moderation.domain.training.formats import UnknownFormat
from moderation.domain.training.functional import assess_with, functional_report
from moderation.domain.training.report import report
from moderation.domain.training.reviewed import reviewed_items
from moderation.domain.training.sets import KNOWN, read_folder
from tenants.domain.directory import find_brand
from tenants.scope import brand_scope


class Command(BaseCommand):
    help = (
        "Measure majority, word lists and model on the sets in a folder or on a brand's reviewed"
        " items, on texts no model was trained on. See docs/moderation-models.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--data", type=Path, metavar="FOLDER", help="labelled sets")
        parser.add_argument("--brand", default="", metavar="AGENCY/BRAND")
        parser.add_argument(
            "--model",
            type=Path,
            action="append",
            default=[],
            metavar="CARD",
            help="a model's .json; without one, one per language is trained on the training parts",
        )
        parser.add_argument(
            "--phenomena", type=Path, metavar="FOLDER", help="functional tests and groups (TOML)"
        )

    def handle(self, **options: Any) -> None:
        sets = _sets(options["data"], options["brand"])
        if not sets and not options["phenomena"]:
            raise CommandError(_what_to_bring())
        try:
            models = {m.language: m for m in map(Model.load, options["model"])}
        except ModelUnusable as error:
            raise CommandError(str(error)) from error
        if sets:
            if not options["model"]:
                models = _trained(sets)
            self.stdout.write(
                "Test parts where their makers drew one, else a fifth drawn by a fixed seed;"
                " no model saw them.\n\n"
            )
            self.stdout.write(report(sets, models))
        if options["phenomena"]:
            self.stdout.write(_functional(options["phenomena"], models))


def _sets(folder: Path | None, workspace: str) -> list[LabelledSet]:
    sets: list[LabelledSet] = []
    if folder is not None:
        if not folder.is_dir():
            raise CommandError(f"{folder} is no folder.\n\n{_what_to_bring()}")
        try:
            sets += read_folder(folder)
        except UnknownFormat as error:
            raise CommandError(str(error)) from error
        if not sets:
            raise CommandError(f"No set that is known lies in {folder}.\n\n{_what_to_bring()}")
    if workspace:
        brand = find_brand(workspace)
        if brand is None:
            raise CommandError(f"There is no brand {workspace!r}; write <agency>/<brand>.")
        with brand_scope(brand.pk):
            sets += reviewed_items(brand).by_language()
    return sets


def _trained(sets: list[LabelledSet]) -> dict[str, Model]:
    if find_spec("sklearn") is None:
        raise CommandError(
            "Without --model one is trained, which needs scikit-learn: pip install scikit-learn"
        )
    # Loaded when asked for: nothing else needs scikit-learn.
    from moderation.domain.training import fit  # noqa: PLC0415 -- heavy and optional

    models = {}
    for language in sorted({each.language for each in sets}):
        try:
            trained = fit.train(sets, language)
        except fit.NothingToTrain:
            continue
        with TemporaryDirectory() as folder:
            models[language] = Model.load(fit.write(trained, Path(folder)))
    return models


def _functional(folder: Path, models: dict[str, Model]) -> str:
    def with_model(language: str) -> Callable[[str], Assessment]:
        return assess_with(models.get(language))

    try:
        return "\n" + functional_report(folder, with_model)
    except (OSError, ValueError) as error:
        raise CommandError(f"{folder}: {error}") from error


def _what_to_bring() -> str:
    lines = ["Give a folder with any of these sets: make moderation-report DATA=folder"]
    for known in KNOWN:
        lines.append(f"  {known.name}: {', '.join(known.patterns)} ({known.licence})")
    return "\n".join(lines)
