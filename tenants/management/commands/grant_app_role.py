"""``manage.py grant_app_role``: row-level security and rights of the app role, after migrations."""

from typing import Any

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandParser
from django.db import transaction

from tenants.domain.security import APP_ROLE, secure_database


class Command(BaseCommand):
    help = "Put row-level security and the app role's rights in place. Run as the owner."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--role", default=APP_ROLE)

    def handle(self, *_args: Any, **options: Any) -> None:
        call_command("createcachetable", verbosity=0)
        with transaction.atomic():
            counts = secure_database(options["role"])
        self.stdout.write(
            f"row-level security on {counts['brand']} brand tables and {counts['agency']} agency"
            f" tables; {counts['append_only']} append-only; {counts['plain']} without an owner"
        )
