"""``manage.py rotate_secrets``: every stored secret under the first key of ``FIELD_KEYS``."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from tenants.domain.secret_rotation import left_under_old_keys, rotate_secrets
from tenants.models import SecretRotation
from tenants.models.encrypted import SecretUnreadable


class Command(BaseCommand):
    help = (
        "Put every stored secret under the first key of FIELD_KEYS. May be killed and run again."
        " Old keys can be taken out of FIELD_KEYS when --check says that none is needed."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--renew", action="store_true", help="also with new data keys")
        parser.add_argument("--check", action="store_true", help="only count what is left")

    def handle(self, *_args: Any, **options: Any) -> None:
        if not options["check"]:
            try:
                done = rotate_secrets(renew=options["renew"], tell=self._tell)
            except SecretUnreadable as error:
                raise CommandError(f"{error}. Put the old key back into FIELD_KEYS.") from error
            self.stdout.write(f"{done.changed} of {done.seen} secrets rotated to {done.key_id}")
        left = left_under_old_keys()
        self.stdout.write(f"{left} secrets under older keys")
        if left and options["check"]:
            raise CommandError("Run rotate_secrets before an old key is taken out of FIELD_KEYS.")

    def _tell(self, rotation: SecretRotation) -> None:
        self.stdout.write(f"… {rotation.changed} of {rotation.seen}")
