"""Model files: what is not one is refused, whatever it is."""

import io
import pickle
import zipfile
from array import array
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from moderation.domain.models import Model, ModelUnusable
from tests.moderation.models.conftest import BUCKETS, npz

type Write = Callable[..., Path]


def test_a_model_is_read_as_it_was_written(write_model: Write, tmp_path: Path) -> None:
    model = Model.load(write_model(tmp_path))

    assert (model.version, model.language) == ("de-hand", "de")


def _zip(name: str, content: bytes) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr(name, content)
    return out.getvalue()


@pytest.mark.parametrize(
    "weights",
    [
        b"",
        b"no zip",
        _zip("other.npy", b""),
        _zip("coef.npy", pickle.dumps([1.0])),
        _zip("coef.npy", b"\x93NUMPY\x01\x00"),
        _zip("coef.npy", b"\x93NUMPY\x01\x00\x05\x00(((((\n"),
        npz(1, BUCKETS, array("f", [0.0]) * (BUCKETS - 1)),
        npz(2, BUCKETS, array("f", [0.0]) * BUCKETS * 2),
        npz(1, BUCKETS, array("d", [0.0]) * BUCKETS, descr="<f8"),
        npz(1, BUCKETS, array("f", [0.0]) * BUCKETS, descr="|O"),
    ],
)
def test_weights_of_another_shape(write_model: Write, tmp_path: Path, weights: bytes) -> None:
    path = write_model(tmp_path, weights)

    with pytest.raises(ModelUnusable):
        Model.load(path)


@pytest.mark.parametrize(
    ("card", "words"),
    [
        ({"format": 2}, "made for another version"),
        ({"features": 99}, "made for another version"),
        ({"buckets": 1000}, "a power of two"),
        ({"buckets": 0}, "a power of two"),
        ({"heads": {}}, "one head at least"),
        ({"weights_sha256": "0" * 64}, "not the weights its card names"),
        ({"buckets": 1 << 30}, "more weights than"),
    ],
)
def test_cards_that_do_not_fit(
    write_model: Write, tmp_path: Path, card: dict[str, Any], words: str
) -> None:
    path = write_model(tmp_path, **card)

    with pytest.raises(ModelUnusable, match=words):
        Model.load(path)


def test_missing_files(write_model: Write, tmp_path: Path) -> None:
    path = write_model(tmp_path)
    path.with_suffix(".npz").unlink()

    with pytest.raises(ModelUnusable, match="No such file"):
        Model.load(path)
    with pytest.raises(ModelUnusable, match="not the card"):
        Model.load(tmp_path / "en.json")


@given(content=st.binary(max_size=200))
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=50)
def test_any_bytes_as_weights(write_model: Write, tmp_path: Path, content: bytes) -> None:
    path = write_model(tmp_path, content)

    with pytest.raises(ModelUnusable):
        Model.load(path)
