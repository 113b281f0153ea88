"""Tables and code say the same, and each migration says what it does."""

import re

from django.core.management import call_command

from tests.project.source import files


def _migrations() -> list[str]:
    return [name for name in files() if re.search(r"/migrations/\d{4}_", name)]


def test_no_migration_is_missing(db: None) -> None:
    call_command("makemigrations", check=True, dry_run=True, verbosity=0)


def test_every_migration_has_a_name() -> None:
    found = _migrations()
    nameless = [name for name in found if not re.search(r"/\d{4}_[a-z][a-z0-9_]+\.py$", name)]

    assert len(found) >= 4
    assert nameless + [name for name in found if "_auto" in name or "_alter_" in name] == []


def test_numbers_run_without_gaps() -> None:
    for app in {name.partition("/")[0] for name in _migrations()}:
        numbers = [
            int(name.rpartition("/")[2][:4]) for name in _migrations() if name.startswith(f"{app}/")
        ]

        assert sorted(numbers) == list(range(1, len(numbers) + 1)), app
