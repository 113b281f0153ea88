"""``python -m tests.walk``: the whole walk, one line per step, one summary line last."""

import argparse
import contextlib
import shutil
import signal
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from types import FrameType

from playwright.sync_api import Error as BrowserError

from engage.startup.environment import ROOT
from tests.faults.installation import Broken
from tests.walk import appeal, consent, proof, reach, work
from tests.walk.chromium import NoChromium, running_chromium
from tests.walk.product import Product
from tests.walk.stage import Stage

type Step = Callable[[Stage], None]

STEPS: tuple[tuple[str, Step], ...] = (
    ("community manager sees today", work.sees_today),
    ("answers a question by keyboard, with receipt", work.answers_a_question),
    ("hides spam in the queue by key", work.hides_spam_by_key),
    ("hides an insult with a reason", work.hides_an_insult_with_a_reason),
    ("author appeals on a phone, in German", appeal.author_appeals),
    ("moderator overturns, in German", appeal.other_person_overturns),
    ("author reads the answer", appeal.author_reads_the_answer),
    ("compliance officer finds both acts", proof.finds_both_acts),
    ("exports, verifies offline, finds a flipped byte", proof.exports_and_verifies),
    ("STOP is kept", consent.stop_is_kept),
    ("axe, light and dark", reach.reads_well),
    ("nothing sticks out on a phone", reach.fits_a_phone),
    ("dark", reach.goes_dark),
    ("German", reach.speaks_german),
    ("a foreign workspace is not there", reach.hides_from_strangers),
)


def main(arguments: list[str]) -> int:
    """0 if every step went well and the browser had nothing to complain about; else 1."""
    signal.signal(signal.SIGTERM, _end)
    options = _options(arguments)
    folder: Path = options.artefacts
    folder.mkdir(parents=True, exist_ok=True)
    for old in (*folder.glob("[0-9][0-9]-*.png"), folder / "screen.txt"):
        old.unlink(missing_ok=True)
    began = time.monotonic()
    try:
        with running_chromium() as browser, Product() as product:
            say(f"ready after {time.monotonic() - began:.0f} s in {product.data.path}")
            with product.sandbox() as sandbox:
                stage = Stage(product, browser, sandbox, product.facts(), folder)
                stage.pictures = ROOT / "docs/pictures" if options.pictures else None
                with _kept_logs(product, folder):
                    return _walk(stage, began)
    except (Broken, NoChromium, BrowserError) as error:
        say(str(error))
        say("walk failed at step 0: start")
        return 1
    except KeyboardInterrupt:
        say("walk failed: interrupted")
        return 130


def _walk(stage: Stage, began: float) -> int:
    for number, (name, step) in enumerate(STEPS, 1):
        start = time.monotonic()
        try:
            step(stage)
            stage.check()
        except (AssertionError, BrowserError, Broken, LookupError, StopIteration) as error:
            _tell(stage)
            say(f"failed {number:>2} {name}: {_words(error)}")
            for complaint in stage.complaints:
                say(f"   {complaint}")
            with contextlib.suppress(Exception):
                stage.shot(f"failed-{number}")
            say(f"walk failed at step {number}: {name}")
            return 1
        say(f"ok {number:>2} {name} ({time.monotonic() - start:.1f} s)")
        _tell(stage)
    say(f"{time.monotonic() - began:.0f} s in all; pictures in {stage.folder}")
    say(f"walk ok: {len(STEPS)} steps, {len(stage.shots)} screenshots")
    return 0


def _words(error: BaseException) -> str:
    """The message, or where it failed if it has none."""
    trace = error.__traceback__
    lines = []
    while trace is not None:
        file = Path(trace.tb_frame.f_code.co_filename)
        if file.parent == Path(__file__).parent:
            lines.append(f"{file.name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{type(error).__name__} {str(error)[:1500]} ({' '.join(lines)})"


def _tell(stage: Stage) -> None:
    for line in stage.told:
        say(f"      {line}")
    stage.told.clear()


@contextlib.contextmanager
def _kept_logs(product: Product, folder: Path) -> Iterator[None]:
    """What the installation's terminal showed stands beside the pictures."""
    try:
        yield
    finally:
        shutil.copyfile(product.screen, folder / "screen.txt")


def _options(arguments: list[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.walk", description=__doc__)
    parser.add_argument("--artefacts", type=Path, default=ROOT / "tests/walk/artefacts")
    parser.add_argument(
        "--pictures", action="store_true", help="also refresh the README's pictures"
    )
    return parser.parse_args(arguments)


def say(line: str) -> None:
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def _end(_number: int, _frame: FrameType | None) -> None:
    """SIGTERM ends as Ctrl-C does, so that no process is left behind."""
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
