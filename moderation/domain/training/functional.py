"""The tables of functional tests and of groups, as Markdown."""

from collections.abc import Callable
from pathlib import Path
from typing import Final

from moderation.domain.assessment import Assessment, assess_text
from moderation.domain.models import Model, scores_by
from moderation.domain.training.phenomena import (
    Assess,
    false_alarms,
    measure,
    read_groups,
    read_phenomena,
)
from moderation.domain.training.report import table

PHENOMENA: Final = "phenomena_*.toml"
GROUPS: Final = "groups_*.toml"
HEAD: Final = (
    "phenomenon",
    "lang",
    "sentences",
    "should be",
    "lists: as it should",
    "with model: as it should",
    "before people or hidden",
    "hidden by itself",
)


def assess_with(model: Model | None) -> Assess:
    """The whole assessment, with this model at its side or none."""

    def assess(text: str) -> Assessment:
        return assess_text(text, model=scores_by(model, text) if model else {})

    return assess


def functional_report(folder: Path, with_model: Callable[[str], Assess]) -> str:
    """Both tables. ``with_model`` gives the assessment of a language.

    Raises: ValueError, OSError (files of another shape).
    """
    rows = []
    for path in sorted(folder.glob(PHENOMENA)):
        for phenomenon in read_phenomena(path):
            lists = measure(phenomenon, assess_text)
            both = measure(phenomenon, with_model(phenomenon.language))
            rows.append(
                [
                    phenomenon.name,
                    phenomenon.language,
                    str(len(phenomenon.sentences)),
                    phenomenon.expect,
                    f"{lists.met:.0%}",
                    f"{both.met:.0%}",
                    f"{both.seen:.0%}",
                    f"{both.hidden:.0%}",
                ]
            )
    return "\n".join([table(HEAD, rows), *_groups(folder, with_model)])


def _groups(folder: Path, with_model: Callable[[str], Assess]) -> list[str]:
    tables = []
    for path in sorted(folder.glob(GROUPS)):
        groups = read_groups(path)
        lists = false_alarms(groups, assess_text)
        both = false_alarms(groups, with_model(groups.language))
        tables.append(
            table(
                (
                    f"group ({groups.language})",
                    "harmless sentences",
                    "lists: flagged",
                    "with model",
                ),
                [
                    [name, str(len(groups.sentences)), f"{lists[name]:.0%}", f"{both[name]:.0%}"]
                    for name in groups.names
                ],
            )
        )
    return tables
