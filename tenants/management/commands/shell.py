"""``manage.py shell --brand acme/north``: Django's shell, inside one brand."""

from argparse import ArgumentParser
from typing import Any

from django.core.management.base import CommandError
from django.core.management.commands.shell import Command as DjangoShell

from tenants.domain.directory import find_brand
from tenants.scope import brand_scope


class Command(DjangoShell):
    def add_arguments(self, parser: ArgumentParser) -> None:
        super().add_arguments(parser)  # type: ignore[arg-type]  # the stub wants its own subclass
        parser.add_argument("--brand", default="", help="<agency>/<brand>; one transaction")

    def handle(self, **options: Any) -> None:
        workspace = options.pop("brand")
        if not workspace:
            super().handle(**options)
            return
        brand = find_brand(workspace)
        if brand is None:
            raise CommandError(f"There is no brand {workspace!r}; write <agency>/<brand>.")
        with brand_scope(brand.pk):
            super().handle(**options)
