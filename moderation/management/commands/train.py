"""``manage.py train de --data FOLDER --out FOLDER``: a moderation model from labelled texts."""

from argparse import ArgumentParser
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError

from moderation.domain.training.examples import LabelledSet
from moderation.domain.training.formats import UnknownFormat
from moderation.domain.training.reviewed import reviewed_items, tell_of_training
from moderation.domain.training.sets import may_ship, read_folder
from tenants.actors import SystemActor
from tenants.domain.directory import find_brand
from tenants.models import Brand
from tenants.scope import brand_scope

TRAINER = SystemActor("system", "train")


class Command(BaseCommand):
    help = (
        "Train a model for one language on the sets in a folder, on a brand's own reviewed items,"
        " or both. Test parts are never trained on. See docs/moderation-models.md."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("language", help="de or en")
        parser.add_argument("--data", type=Path, metavar="FOLDER", help="labelled sets")
        parser.add_argument(
            "--brand", default="", metavar="AGENCY/BRAND", help="its reviewed items; only for it"
        )
        parser.add_argument("--out", type=Path, metavar="FOLDER", help="default: MODERATION_MODELS")
        parser.add_argument(
            "--shippable", action="store_true", help="only sets whose licence lets one pass it on"
        )

    def handle(self, **options: Any) -> None:
        if find_spec("sklearn") is None:
            raise CommandError("Training needs scikit-learn: pip install scikit-learn")
        # Loaded when asked for: nothing else needs scikit-learn.
        from moderation.domain.training import fit  # noqa: PLC0415 -- heavy and optional

        out = options["out"] or (
            Path(settings.MODERATION_MODELS) if settings.MODERATION_MODELS else None
        )
        if out is None:
            raise CommandError("Say where the model goes: --out FOLDER, or set MODERATION_MODELS.")
        brand = _brand(options["brand"])
        sets = [*_sets(options["data"], shippable=options["shippable"]), *_reviewed(brand)]
        if not sets:
            raise CommandError("There is nothing to train on: give --data, --brand or both.")
        try:
            trained = fit.train(sets, options["language"])
            path = fit.write(trained, out / str(brand.pk) if brand else out)
        except fit.NothingToTrain as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{out}: {error.strerror}") from error
        if brand:
            with brand_scope(brand.pk):
                tell_of_training(brand, trained.card, actor=TRAINER)
        for category, (yes, no) in trained.too_few.items():
            self.stdout.write(f"left out {category}: {yes} yes and {no} no are too few")
        for name, head in trained.card["heads"].items():
            self.stdout.write(
                f"{name}: {head['positives']} yes, {head['negatives']} no,"
                f" look from {head['look_from']}"
            )
        self.stdout.write(f"{trained.card['version']} {path}")


def _brand(workspace: str) -> Brand | None:
    if not workspace:
        return None
    brand = find_brand(workspace)
    if brand is None:
        raise CommandError(f"There is no brand {workspace!r}; write <agency>/<brand>.")
    return brand


def _sets(folder: Path | None, *, shippable: bool) -> list[LabelledSet]:
    if folder is None:
        return []
    if not folder.is_dir():
        raise CommandError(f"{folder} is no folder.")
    try:
        return [each for each in read_folder(folder) if not shippable or may_ship(each.name)]
    except UnknownFormat as error:
        raise CommandError(str(error)) from error


def _reviewed(brand: Brand | None) -> list[LabelledSet]:
    if brand is None:
        return []
    with brand_scope(brand.pk):
        whole = reviewed_items(brand)
    return whole.by_language()
