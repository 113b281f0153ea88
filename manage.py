"""Django's command line. Outside a prepared environment use ``make`` (see ``make help``)."""

import os
import sys


def main() -> None:
    """Run a management command."""
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "engage.settings")
    from django.core.management import execute_from_command_line  # noqa: PLC0415 -- see above

    # Commands that wake workers find the broker through the app.
    import engage.celery  # noqa: F401, PLC0415 -- see above

    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
