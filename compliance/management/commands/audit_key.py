"""``manage.py audit_key``: the public key that verifies checkpoints and exports."""

from typing import Any

from django.core.management.base import BaseCommand, CommandParser

from compliance.domain.keys import public_key_text, signing_key


class Command(BaseCommand):
    help = "Print the public key of the audit ledger. Give it to auditors before they need it."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--format", choices=("pem", "base64", "note"), default="pem")

    def handle(self, *_args: Any, **options: Any) -> None:
        self.stdout.write(public_key_text(signing_key(), options["format"]), ending="")
