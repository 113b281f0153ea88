"""``manage.py rotate_signing_key --reason "…"``: a new key signs the ledgers from now on."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.domain.key_chain import rotate_signing_key
from compliance.domain.keys import public_key_text
from tenants.exceptions import DomainError


class Command(BaseCommand):
    help = (
        "Make a new signing key. The old one vouches for it and is then destroyed; whoever holds"
        " the old public key can go on verifying. Each agency's ledger tells of it."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--reason", required=True)
        parser.add_argument("--yes", action="store_true", help="do not ask")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["yes"]:
            answer = input("The old private key is destroyed and cannot come back. Go on? [y/N] ")
            if answer.strip().lower() not in {"y", "yes", "j", "ja"}:
                raise CommandError("Nothing was changed.")
        try:
            key = rotate_signing_key(reason=options["reason"])
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(public_key_text(key, "note"), ending="")
        self.stdout.write(key.chain_note, ending="")
