"""A model as two files: a card (JSON, for people and the loader) and its weights (npz).

Read without numpy, and never by unpickling: a weights file can hold numbers only.
"""

import hashlib
import json
import struct
import zipfile
from array import array
from ast import literal_eval
from pathlib import Path
from typing import Any, Final, NotRequired, TypedDict

from moderation.domain.models import features

FORMAT: Final = 1
MOST_BYTES: Final = 64 * 1024 * 1024
_MAGIC: Final = b"\x93NUMPY\x01\x00"


class ModelUnusable(Exception):
    """The files are missing, damaged or made for another version of this program."""


class TrainedOn(TypedDict):
    """One source of training rows, as the licence wants it named."""

    name: str
    rows: int
    licence: str
    source: str


class HeadCard(TypedDict):
    """One category: what turns its sum of weights into a probability, and when to look.

    ``probability = 1 / (1 + exp(-(slope * z + offset)))`` with ``z = weights + intercept``.
    ``look_from``: the probability from which a person should look; ``None``: it was not found.
    """

    intercept: float
    slope: float
    offset: float
    look_from: float | None
    positives: int
    negatives: int
    measured: NotRequired[dict[str, Any]]


class Card(TypedDict):
    """``heads`` in the order of the rows of the weights."""

    format: int
    features: int
    language: str
    version: str
    buckets: int
    heads: dict[str, HeadCard]
    trained_on: list[TrainedOn]
    weights_sha256: str
    made: NotRequired[dict[str, Any]]


def read_card(path: Path) -> Card:
    """The card beside the weights.

    Raises: ModelUnusable.
    """
    try:
        card: Card = json.loads(path.read_text("utf-8"))
        fitting = (card["format"], card["features"]) == (FORMAT, features.VERSION)
        buckets = card["buckets"]
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise ModelUnusable(f"{path}: not the card of a model ({error}).") from error
    if not fitting:
        raise ModelUnusable(f"{path}: made for another version of this program; train it anew.")
    if buckets < 1 or buckets & (buckets - 1) or not card["heads"]:
        raise ModelUnusable(f"{path}: buckets are a power of two, and there is one head at least.")
    return card


def read_weights(path: Path, card: Card) -> list[array[float]]:
    """One array of ``card["buckets"]`` weights for each head.

    Raises: ModelUnusable.
    """
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ModelUnusable(f"{path}: {error.strerror}.") from error
    if hashlib.sha256(raw).hexdigest() != card["weights_sha256"]:
        raise ModelUnusable(f"{path}: these are not the weights its card names.")
    rows, columns = len(card["heads"]), card["buckets"]
    if rows * columns * 4 > MOST_BYTES:
        raise ModelUnusable(f"{path}: more weights than a worker should hold.")
    try:
        with zipfile.ZipFile(path) as archive, archive.open("coef.npy") as member:
            data = member.read(rows * columns * 4 + 4096)
        start = _header(data, (rows, columns))
    except (zipfile.BadZipFile, KeyError, ValueError, SyntaxError, struct.error) as error:
        raise ModelUnusable(f"{path}: not the weights of a model ({error}).") from error
    size = columns * 4
    found = []
    for row in range(rows):
        weights = array("f")
        weights.frombytes(data[start + row * size : start + (row + 1) * size])
        if len(weights) != columns:
            raise ModelUnusable(f"{path}: ends too early.")
        found.append(weights)
    return found


def _header(data: bytes, shape: tuple[int, int]) -> int:
    """Where the numbers begin. Source: NumPy enhancement proposal 1, format version 1.0."""
    if not data.startswith(_MAGIC):
        raise ValueError("no npy file of version 1.0")
    (length,) = struct.unpack_from("<H", data, len(_MAGIC))
    start = len(_MAGIC) + 2 + int(length)
    told = literal_eval(data[len(_MAGIC) + 2 : start].decode("latin-1"))
    if told != {"descr": "<f4", "fortran_order": False, "shape": shape}:
        raise ValueError(f"holds {told}")
    return start
