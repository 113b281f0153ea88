"""After a backup was restored: erase again who was erased since it was made."""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.domain.subjects.reapplying import reapply
from tenants.models import Brand


class Command(BaseCommand):
    help = (
        "Do every erasure of a person again that stands in DATA_DIR/erasures, as after restoring "
        "an older backup. Safe to run twice. Ends with 1 if something could not be erased."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", default="", metavar="AGENCY/BRAND")

    def handle(self, *_args: Any, **options: Any) -> None:
        blocked = 0
        for brand in _brands(options["workspace"]):
            for done in reapply(brand):
                blocked += len(done.blocked)
                self.stdout.write(
                    f"{brand.workspace}  {done.reference}  persons {done.contacts}"
                    f"  rows {done.rows}  blocked {len(done.blocked)}"
                )
                for source, why in done.blocked.items():
                    self.stdout.write(f"  {source}: {why}")
        if blocked:
            raise CommandError(f"{blocked} sources could not be erased.")


def _brands(workspace: str) -> list[Brand]:
    brands = Brand.objects.select_related("agency").order_by("agency__slug", "slug")
    if not workspace:
        return list(brands)
    agency, _slash, slug = workspace.partition("/")
    found = list(brands.filter(agency__slug=agency, slug=slug))
    if not found:
        raise CommandError(f"There is no workspace {workspace}.")
    return found
