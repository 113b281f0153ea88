"""Finding an interpreter and making the environment, with stand-ins on PATH."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

STARTUP = Path(__file__).resolve().parents[2] / "engage" / "startup"
SHELL = "/bin/sh"
DEAD_SHIM = "#!/bin/sh\necho 'pyenv: python3.14: command not found' >&2\nexit 127\n"
# Answers as a Python 3.11 does: the version, and failure when asked whether it is new enough.
OLD = '#!/bin/sh\ncase "$2" in *"exit(1)"*) exit 1;; esac\necho 3.11.7\n'


def put(path: Path, text: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o755)
    return path


def living(path: Path) -> Path:
    return put(path, f'#!/bin/sh\nexec "{sys.executable}" "$@"\n')


@pytest.fixture
def find(tmp_path: Path):
    """Runs python.sh with an empty PATH (but for what a test puts there) and an empty home."""

    def run(**environment: str) -> subprocess.CompletedProcess[str]:
        base = {"PATH": str(tmp_path / "bin"), "HOME": str(tmp_path / "home")}
        return subprocess.run(
            [SHELL, str(STARTUP / "python.sh")],
            env={**base, **environment},
            capture_output=True,
            text=True,
            check=False,
        )

    return run


def test_dead_shim_does_not_hide_a_living_interpreter_behind_it(find, tmp_path: Path) -> None:
    put(tmp_path / "bin" / "python3.14", DEAD_SHIM)
    living(tmp_path / "later" / "python3.14")

    answer = find(PATH=f"{tmp_path / 'bin'}:{tmp_path / 'later'}")

    assert (answer.returncode, answer.stdout.strip()) == (0, sys.executable)


def test_pyenv_version_is_found_although_its_shims_are_inactive(find, tmp_path: Path) -> None:
    put(tmp_path / "bin" / "python3.13", DEAD_SHIM)
    put(tmp_path / "bin" / "python3", OLD)
    living(tmp_path / "home" / ".pyenv" / "versions" / "3.13.1" / "bin" / "python")

    answer = find()

    assert (answer.returncode, answer.stdout.strip()) == (0, sys.executable)


def test_plain_python3_is_taken_when_it_is_new_enough(find, tmp_path: Path) -> None:
    living(tmp_path / "bin" / "python3")

    assert find().stdout.strip() == sys.executable


def test_uv_is_asked_and_installs_when_nothing_else_is_there(find, tmp_path: Path) -> None:
    put(tmp_path / "bin" / "python3", OLD)
    marker = tmp_path / "installed"
    interpreter = living(tmp_path / "uv-python")
    put(
        tmp_path / "bin" / "uv",
        f'#!/bin/sh\n[ "$2" = install ] && : > {marker} && exit 0\n'
        f"[ -f {marker} ] && echo {interpreter} && exit 0\nexit 2\n",
    )

    answer = find()

    assert (answer.returncode, answer.stdout.strip()) == (0, sys.executable)
    assert marker.exists()


def test_nothing_found_is_one_sentence(find, tmp_path: Path) -> None:
    put(tmp_path / "bin" / "python3", OLD)

    answer = find()

    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (
        "Engage needs Python 3.12 or newer and found none; install one or set "
        "PYTHON=/path/to/python3.\n"
    )


def test_chosen_interpreter_that_is_too_old_is_named_with_its_version(find, tmp_path: Path) -> None:
    old = put(tmp_path / "old", OLD)
    living(tmp_path / "bin" / "python3.13")

    answer = find(PYTHON=str(old))

    assert (answer.returncode, answer.stdout) == (1, "")
    assert answer.stderr == (f"Engage needs Python 3.12 or newer; PYTHON={old} is Python 3.11.7.\n")


def test_chosen_interpreter_that_does_not_start_is_named(find, tmp_path: Path) -> None:
    answer = find(PYTHON=str(tmp_path / "missing"))

    assert answer.returncode == 1
    assert answer.stderr == (
        f"Engage needs Python 3.12 or newer; PYTHON={tmp_path / 'missing'} does not start.\n"
    )


def make_environment(folder: Path, *locks: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [SHELL, str(STARTUP / "venv.sh"), "venv", *locks],
        cwd=folder,
        env={**os.environ, "PYTHON": sys.executable},
        capture_output=True,
        text=True,
        check=False,
    )


def test_environment_is_made_once_and_again_only_for_another_lock(tmp_path: Path) -> None:
    lock = tmp_path / "requirements.txt"
    lock.write_text("# nothing\n")

    first = make_environment(tmp_path, "requirements.txt")
    second = make_environment(tmp_path, "requirements.txt")
    lock.write_text("# nothing else\n")
    third = make_environment(tmp_path, "requirements.txt")

    assert [run.returncode for run in (first, second, third)] == [0, 0, 0], first.stderr
    assert "Installing the packages of requirements.txt" in first.stdout
    assert second.stdout == ""
    assert "Making" not in third.stdout
    assert "Installing the packages of requirements.txt" in third.stdout


def test_missing_lock_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").symlink_to(sys.executable)

    answer = make_environment(tmp_path, "requirements.txt")

    assert answer.returncode == 1
    assert answer.stderr == (
        "The lock file requirements.txt is missing; this checkout is not complete.\n"
    )
