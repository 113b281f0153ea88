"""Readers of labelled sets, each by the file format its makers document.

A reader takes rows as they are and never guesses: a file of another shape is refused with the name
of what is missing.
"""

import csv
import json
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final, TextIO

from moderation.domain.training.examples import Example, Split

_ORDER: Final[tuple[Split, ...]] = ("test", "dev", "train")
_SPLITS: Final[dict[str, Split]] = {
    "train": "train",
    "training": "train",
    "dev": "dev",
    "val": "dev",
    "valid": "dev",
    "test": "test",
    "gold": "test",
}


class UnknownFormat(Exception):
    """A file is named like a known set and does not look like it."""


def _rows(path: Path, *needed: str) -> Iterator[dict[str, str]]:
    with _open(path) as file:
        reader = csv.DictReader(file)
        missing = [name for name in needed if name not in (reader.fieldnames or ())]
        if missing:
            raise UnknownFormat(f"{path.name}: column {', '.join(missing)} is missing.")
        for row in reader:
            if any(row[name] is None for name in needed):
                raise UnknownFormat(f"{path.name}: line {reader.line_num} ends too early.")
            yield row


def _lines(path: Path) -> list[str]:
    with _open(path) as file:
        # Only line feeds end a line: tweets hold other separators of Unicode.
        return file.read().removesuffix("\n").split("\n")


def _open(path: Path) -> TextIO:
    return path.open(encoding="utf-8-sig", newline="")


def _one_of(value: str, yes: str, no: str, path: Path) -> bool:
    if value not in (yes, no):
        raise UnknownFormat(f"{path.name}: {value!r} is neither {yes} nor {no}.")
    return value == yes


def _split_of(path: Path) -> Split:
    """By a word of the name that begins like a part's; the "val" in "germeval" is none."""
    words = re.split(r"[^a-z]+", path.name.lower())
    found = {split for word, split in _SPLITS.items() for w in words if w.startswith(word)}
    return next((split for split in _ORDER if split in found), "")


def gahd(path: Path) -> Iterator[Example]:
    """Columns ``text``, ``label`` (or ``hate``) 0/1 and ``split``. Source: jagol/gahd, README."""
    for row in _rows(path, "text", "split"):
        label = row.get("label") or row.get("hate") or ""
        yield Example(
            row["text"],
            "de",
            {"hate": _one_of(label, "1", "0", path)},
            _SPLITS.get(row["split"], ""),
        )


def germeval_lines(path: Path) -> Iterator[Example]:
    """Text, OFFENSE or OTHER, then the finer label, by tabs. Source: GermEval 2018 and 2019 task 2.

    A name with ``test`` or ``gold`` in it is the test part.
    """
    split = _split_of(path)
    for number, line in enumerate(_lines(path), 1):
        parts = line.rstrip("\r").split("\t")
        if len(parts) < 2:
            raise UnknownFormat(f"{path.name}: line {number} has no label.")
        offensive = _one_of(parts[1].strip(), "OFFENSE", "OTHER", path)
        yield Example(parts[0], "de", {"insult": offensive}, split)


def germeval_table(path: Path) -> Iterator[Example]:
    """The same labels as columns ``text`` and ``coarse``."""
    for row in _rows(path, "text", "coarse"):
        offensive = _one_of(row["coarse"], "OFFENSE", "OTHER", path)
        yield Example(row["text"], "de", {"insult": offensive}, _split_of(path))


def germeval_2021(path: Path) -> Iterator[Example]:
    """Columns ``comment_text`` and ``Sub1_Toxic`` 0/1. Source: GermEval 2021 shared task."""
    for row in _rows(path, "comment_text", "Sub1_Toxic"):
        toxic = _one_of(row["Sub1_Toxic"], "1", "0", path)
        yield Example(row["comment_text"], "de", {"insult": toxic}, _split_of(path))


def davidson(path: Path) -> Iterator[Example]:
    """Columns ``class`` (0 hate, 1 offensive, 2 neither) and ``tweet``. Source: Davidson 2017."""
    for row in _rows(path, "class", "tweet"):
        if row["class"] not in ("0", "1", "2"):
            raise UnknownFormat(f"{path.name}: class {row['class']!r} is not 0, 1 or 2.")
        yield Example(
            row["tweet"], "en", {"hate": row["class"] == "0", "insult": row["class"] != "2"}
        )


def hatexplain(path: Path) -> Iterator[Example]:
    """Posts with three judgements each; the majority counts, posts without one are left out.

    ``post_id_divisions.json`` beside it names the parts. Source: HateXplain, Data/README.
    """
    posts = _json(path)
    beside = path.with_name("post_id_divisions.json")
    divisions = _json(beside) if beside.is_file() else {}
    split_of = {
        post: _SPLITS.get(name, "") for name, members in divisions.items() for post in members
    }
    for post_id, post in posts.items():
        try:
            votes = Counter(judged["label"] for judged in post["annotators"])
            words = post["post_tokens"]
        except (KeyError, TypeError) as error:
            raise UnknownFormat(f"{path.name}: {post_id} has no {error}.") from error
        label, count = votes.most_common(1)[0]
        if count * 2 > votes.total():
            yield Example(
                " ".join(words),
                "en",
                {"hate": label == "hatespeech", "insult": label != "normal"},
                split_of.get(post_id, ""),
            )


def tweeteval(path: Path, category: str, *, yes: str, language: str = "en") -> Iterator[Example]:
    """``<part>_text.txt`` with one text a line, ``<part>_labels.txt`` beside it.

    Source: cardiffnlp/tweeteval and cardiffnlp/xlm-t (UMSAB), README.
    """
    texts = _lines(path)
    labels = _lines(path.with_name(path.name.replace("_text", "_labels")))
    if len(texts) != len(labels):
        raise UnknownFormat(f"{path}: {len(texts)} texts and {len(labels)} labels.")
    for text, label in zip(texts, labels, strict=True):
        if not label.strip().isdecimal():
            raise UnknownFormat(f"{path}: label {label!r} is no number.")
        yield Example(text, language, {category: label.strip() == yes}, _split_of(path))


def youtube_spam(path: Path) -> Iterator[Example]:
    """Columns ``CONTENT`` and ``CLASS`` 1 (spam) or 0. Source: YouTube Spam Collection."""
    for row in _rows(path, "CONTENT", "CLASS"):
        yield Example(row["CONTENT"], "en", {"spam": _one_of(row["CLASS"], "1", "0", path)})


def sms_spam(path: Path) -> Iterator[Example]:
    """``ham`` or ``spam``, a tab, the text. Source: SMS Spam Collection v.1, readme."""
    for number, line in enumerate(_lines(path), 1):
        label, tab, text = line.rstrip("\r").partition("\t")
        if not tab:
            raise UnknownFormat(f"{path.name}: line {number} has no tab.")
        yield Example(text, "en", {"spam": _one_of(label, "spam", "ham", path)})


def questions(path: Path) -> Iterator[Example]:
    """Columns ``text`` and ``intent``: everyday questions to a company, nothing to moderate."""
    for row in _rows(path, "text", "intent"):
        yield Example(row["text"], "en")


def own_rows(path: Path) -> Iterator[Example]:
    """JSON Lines of one's own: ``text``, ``language``, ``labels``, ``licence``, ``labelled_by``.

    ``labels`` is ``{category: true|false}``; ``split`` may be train, dev or test. A row that does
    not say by what licence or consent it is used, or that no person labelled, is refused.
    """
    for number, line in enumerate(_lines(path), 1):
        if not line.strip():
            continue
        where = f"{path.name}: line {number}"
        try:
            row = json.loads(line)
            text, language, labels = row["text"], row["language"], row["labels"]
        except (ValueError, KeyError, TypeError) as error:
            raise UnknownFormat(f"{where} is no row of a text with labels ({error}).") from error
        if not row.get("licence"):
            raise UnknownFormat(f"{where} does not say by what licence or consent it is used.")
        if row.get("labelled_by") != "people":
            raise UnknownFormat(f"{where} was not labelled by people.")
        if not isinstance(labels, dict) or not all(type(v) is bool for v in labels.values()):
            raise UnknownFormat(f"{where}: labels are true or false per category.")
        yield Example(
            str(text), str(language), labels, _SPLITS.get(row.get("split", ""), ""), row["licence"]
        )


def _json(path: Path) -> dict[str, Any]:
    try:
        with _open(path) as file:
            found = json.load(file)
    except ValueError as error:
        raise UnknownFormat(f"{path.name}: not JSON ({error}).") from error
    if not isinstance(found, dict):
        raise UnknownFormat(f"{path.name}: not an object.")
    return found
