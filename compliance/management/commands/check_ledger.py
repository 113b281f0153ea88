"""``manage.py check_ledger``: is every brand's ledger sound?"""

from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.domain.ledger_check import ledger_problems
from tenants.models import Brand


class Command(BaseCommand):
    help = "Check the stored audit ledgers: hashes, places, roots, signatures. Changes nothing."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", default="", metavar="AGENCY/BRAND")

    def handle(self, *_args: Any, **options: Any) -> None:
        brands = Brand.including_agencies.select_related("agency").order_by("agency__slug", "slug")
        if options["workspace"]:
            agency, _slash, slug = options["workspace"].partition("/")
            brands = brands.filter(agency__slug=agency, slug=slug)
        checked = found = 0
        for brand in brands:
            checked += 1
            for problem in ledger_problems(brand.pk):
                found += 1
                self.stderr.write(f"{brand.workspace}: {problem}")
        if not checked:
            raise CommandError(f"There is no workspace {options['workspace']}.")
        if found:
            raise CommandError(f"{found} problems in {checked} ledgers")
        self.stdout.write(f"ledger ok, {checked} brands")
