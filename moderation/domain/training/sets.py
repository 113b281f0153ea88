"""Which sets lie in a folder, told by the file names their makers gave them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from moderation.domain.training import formats
from moderation.domain.training.examples import Example, LabelledSet, without_copies

CC_BY = "CC BY 4.0"
UNCLEAR = "not stated; ask before a model trained on it is passed on"


@dataclass(frozen=True, slots=True)
class KnownSet:
    """``patterns`` are matched against paths below the folder, in any depth.

    ``may_ship``: a model trained on it may be passed on, with its source named.
    """

    name: str
    patterns: tuple[str, ...]
    read: Callable[[Path], Iterator[Example]]
    licence: str
    source: str
    may_ship: bool = False
    ordinary: bool = False


KNOWN: Final = (
    KnownSet(
        "GAHD",
        ("gahd.csv", "gahd_de_*.csv"),
        formats.gahd,
        CC_BY,
        "Goldzycher, Röttger, Schneider 2024, GAHD: A German Adversarial Hate Speech Dataset,"
        " github.com/jagol/gahd",
        may_ship=True,
    ),
    KnownSet(
        "GermEval 2018",
        ("germeval2018.training.txt", "germeval2018.test.txt"),
        formats.germeval_lines,
        CC_BY,
        "Wiegand, Siegel, Ruppenhofer 2018, GermEval 2018 shared task,"
        " github.com/uds-lsv/GermEval-2018-Data",
        may_ship=True,
    ),
    KnownSet(
        "GermEval 2018",
        ("germeval2018_de_*.csv",),
        formats.germeval_table,
        CC_BY,
        "Wiegand, Siegel, Ruppenhofer 2018, GermEval 2018 shared task,"
        " github.com/uds-lsv/GermEval-2018-Data",
        may_ship=True,
    ),
    KnownSet(
        "GermEval 2019",
        ("germeval2019*ubtask1_2*.txt",),
        formats.germeval_lines,
        UNCLEAR,
        "GermEval 2019 task 2",
    ),
    KnownSet(
        "GermEval 2021",
        ("GermEval21_*.csv",),
        formats.germeval_2021,
        UNCLEAR,
        "GermEval 2021 shared task, github.com/germeval2021toxic/SharedTask",
    ),
    KnownSet(
        "Davidson 2017",
        ("labeled_data.csv",),
        formats.davidson,
        "MIT",
        "Davidson, Warmsley, Macy, Weber 2017,"
        " github.com/t-davidson/hate-speech-and-offensive-language",
        may_ship=True,
    ),
    KnownSet(
        "HateXplain",
        ("dataset.json",),
        formats.hatexplain,
        "MIT",
        "Mathew et al. 2021, github.com/hate-alert/HateXplain",
        may_ship=True,
    ),
    KnownSet(
        "TweetEval hate",
        ("hate/*_text.txt",),
        partial(formats.tweeteval, category="hate", yes="1"),
        UNCLEAR,
        "Barbieri et al. 2020, github.com/cardiffnlp/tweeteval",
    ),
    KnownSet(
        "TweetEval offensive",
        ("offensive/*_text.txt",),
        partial(formats.tweeteval, category="insult", yes="1"),
        UNCLEAR,
        "Barbieri et al. 2020, github.com/cardiffnlp/tweeteval",
    ),
    *(
        KnownSet(
            f"UMSAB {folder}",
            (f"{folder}/*_text.txt",),
            partial(formats.tweeteval, category="negative", yes="0", language=language),
            UNCLEAR,
            "Barbieri, Espinosa Anke, Camacho-Collados 2022, github.com/cardiffnlp/xlm-t",
        )
        for folder, language in (("german", "de"), ("english", "en"))
    ),
    KnownSet(
        "YouTube spam",
        ("Youtube0*.csv",),
        formats.youtube_spam,
        UNCLEAR,
        "Alberto, Lochter, Almeida 2015, YouTube Spam Collection",
    ),
    KnownSet(
        "SMS spam",
        ("SMSSpamCollection", "SMSSpamCollection.txt"),
        formats.sms_spam,
        UNCLEAR,
        "Almeida, Gómez Hidalgo, Yamakami 2011, SMS Spam Collection v.1",
    ),
    KnownSet(
        "CLINC150 questions",
        ("clinc150_en_*.csv",),
        formats.questions,
        "CC BY 3.0",
        "Larson et al. 2019, github.com/clinc/oos-eval",
        may_ship=True,
        ordinary=True,
    ),
    KnownSet(
        "Banking77 questions",
        ("banking77_en_*.csv",),
        formats.questions,
        CC_BY,
        "Casanueva et al. 2020, github.com/PolyAI-LDN/task-specific-datasets",
        may_ship=True,
        ordinary=True,
    ),
    KnownSet(
        "Bitext support questions",
        ("bitext_support_en_*.csv",),
        formats.questions,
        "CDLA-Sharing-1.0",
        "Bitext customer support intents",
        may_ship=True,
        ordinary=True,
    ),
    KnownSet("own rows", ("*.moderation.jsonl",), formats.own_rows, "per row", "own rows"),
)


def read_folder(folder: Path) -> list[LabelledSet]:
    """Every known set below the folder, in the order of ``KNOWN``; nothing else is opened.

    Raises: UnknownFormat, OSError.
    """
    found: dict[tuple[str, str], LabelledSet] = {}
    for known in KNOWN:
        paths = sorted({path for pattern in known.patterns for path in folder.rglob(pattern)})
        rows = without_copies(row for path in paths for row in known.read(path))
        for language in sorted({row.language for row in rows}):
            chosen = tuple(row for row in rows if row.language == language)
            key = (known.name, language)
            if key in found:
                chosen = without_copies((*found[key].examples, *chosen))
            found[key] = LabelledSet(
                known.name, chosen, known.licence, known.source, ordinary=known.ordinary
            )
    return list(found.values())


def may_ship(name: str) -> bool:
    """Whether a model trained on the set may be passed on. Unknown names may not."""
    return any(known.may_ship for known in KNOWN if known.name == name)
