"""``make canary``: seed, erase, search everywhere; one line says what was found."""

import os
import sys
import tempfile
from pathlib import Path


def main() -> int:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engage.settings_test")
    import django

    django.setup()
    from django.test.utils import override_settings, setup_test_environment

    from tests import databases
    from tests.canary.run import run
    from tests.factories.tenants import make_agency, make_brand

    setup_test_environment()
    server = databases.TestServer()
    server.start()
    try:
        databases.make_database("canary")
        databases.use("APP", "canary")
        with (
            tempfile.TemporaryDirectory() as folder,
            override_settings(DATA_DIR=Path(folder), MEDIA_ROOT=Path(folder) / "files"),
        ):
            brand = make_brand(make_agency("acme"), "north")
            report = run(brand, database="canary")
    finally:
        from django.db import connections

        connections.close_all()
        server.stop()
    for problem in report.problems:
        print(problem)  # noqa: T201
    print(  # noqa: T201
        f"searched {report.lines} lines of two dumps, {report.opened} values opened,"
        f" {report.files} files; {report.others} canaries of another person, {len(report.lost)}"
        f" lost; a sabotaged erasure left {len(report.bites)}"
    )
    print(report.line)  # noqa: T201
    return int(bool(report.problems))


if __name__ == "__main__":
    sys.exit(main())
