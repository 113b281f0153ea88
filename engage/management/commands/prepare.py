"""``manage.py prepare``: bring database and static files up to this release."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser

from engage.startup import roles


class Command(BaseCommand):
    """For the owner of the tables: set ``DATABASE_URL`` to the owner for this one command."""

    help = "Apply migrations, grant rights to the app role, collect static files. Idempotent."

    def add_arguments(self, parser: CommandParser) -> None:
        """The role of web and worker."""
        parser.add_argument("--app-role", default=roles.APP_ROLE)

    def handle(self, *args: Any, **options: Any) -> None:
        """Run the three steps; the first failure ends the command."""
        call_command("migrate", interactive=False, verbosity=0, stdout=self.stdout)
        self.stdout.write("Tables are up to date.")
        call_command("grant_app_role", role=options["app_role"], stdout=self.stdout)
        call_command("prepare_broker", stdout=self.stdout)
        call_command("collectstatic", interactive=False, verbosity=0, stdout=self.stdout)
        self.stdout.write("Static files are collected.")
