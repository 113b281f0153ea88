"""``manage.py onboard brand.yaml``: make a brand what one file says, or show what would change."""

from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from engage.onboarding.applying import Outcome, apply
from engage.onboarding.document import parse
from engage.onboarding.problems import BadDocument
from engage.onboarding.reading import MAX_BYTES, read_yaml
from tenants.actors import SystemActor
from tenants.exceptions import DomainError
from tenants.models import Agency, User
from tenants.permissions import Actor

OPERATOR = SystemActor("system", "onboard")


class Command(BaseCommand):
    help = "Take a brand on, or change it, from one YAML or JSON file. Run twice, it changes once."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("file", help="the document; docs/examples/brand.yaml shows everything")
        parser.add_argument(
            "--agency", default="", help="slug of the agency; may be left out if there is only one"
        )
        parser.add_argument(
            "--as", dest="person", default="", help="e-mail of the person on whose right it is done"
        )
        parser.add_argument(
            "--dry-run", action="store_true", help="show what would change; change nothing"
        )

    def handle(self, *_args: Any, **options: Any) -> None:
        path = Path(options["file"])
        try:
            with path.open("rb") as file:
                document = parse(*read_yaml(file.read(MAX_BYTES + 1)))
            outcome = apply(
                document,
                agency=_agency(options["agency"]),
                actor=_actor(options["person"]),
                dry_run=options["dry_run"],
            )
        except OSError as error:
            raise CommandError(f"{path}: {error.strerror}") from error
        except BadDocument as bad:
            lines = "\n".join(f"{path}: {problem}" for problem in bad.problems)
            raise CommandError(f"{lines}\nNothing was changed.") from bad
        except DomainError as error:
            raise CommandError(f"{error} Nothing was changed.") from error
        self._tell(outcome)

    def _tell(self, outcome: Outcome) -> None:
        for line in outcome.diff.lines:
            self.stdout.write(str(line))
        counts = outcome.diff.counts
        self.stdout.write(
            f"{outcome.brand.slug}: {counts['created']} created, {counts['changed']} changed,"
            f" {counts['kept']} left as they are"
            + ("; nothing was written (dry run)" if outcome.is_dry_run else "")
        )


def _agency(slug: str) -> Agency:
    if slug:
        agency = Agency.objects.filter(slug=slug).first()
        if agency is None:
            raise CommandError(f"There is no agency {slug!r}.")
        return agency
    found = list(Agency.objects.order_by("slug")[:2])
    if len(found) != 1:
        raise CommandError("Name the agency with --agency.")
    return found[0]


def _actor(email: str) -> Actor:
    if not email:
        return OPERATOR
    person = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if person is None:
        raise CommandError(f"There is no person {email!r}.")
    return person
