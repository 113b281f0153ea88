"""``manage.py set_quota acme/north api 12000 --reason "…"``: the platform's limit for a brand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from tenants.actors import SystemActor
from tenants.choices import Quota
from tenants.domain.directory import find_brand
from tenants.domain.quotas import set_quota
from tenants.exceptions import DomainError
from tenants.scope import brand_scope

PLATFORM = SystemActor("system", "platform")


class Command(BaseCommand):
    help = "Give a brand a limit of its own, also beyond what its agency may set."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("brand", help="<agency>/<brand>")
        parser.add_argument("resource", choices=Quota.values)
        parser.add_argument("limit", type=int, help="0: the usual limit again")
        parser.add_argument("--reason", required=True)

    def handle(self, **options: Any) -> None:
        brand = find_brand(options["brand"])
        if brand is None:
            raise CommandError(f"There is no brand {options['brand']!r}; write <agency>/<brand>.")
        limit = options["limit"] or None
        try:
            with brand_scope(brand.pk):
                set_quota(
                    brand,
                    options["resource"],
                    limit=limit,
                    reason=options["reason"],
                    actor=PLATFORM,
                )
        except DomainError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{options['brand']} {options['resource']}: {limit or 'usual limit'}")
