"""``manage.py export_audit --workspace acme/north --out FILE``: the audit trail as a file."""

import shutil
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError, CommandParser

from compliance.choices import ExportState
from compliance.domain.export_job import run_export
from compliance.domain.export_rows import FILTER_COLUMNS
from compliance.domain.exports import open_export, request_export
from tenants.actors import SystemActor
from tenants.exceptions import DomainError
from tenants.models import Brand
from tenants.scope import brand_scope

OPERATOR = SystemActor("system", "export_audit")


class Command(BaseCommand):
    help = (
        "Export a brand's audit trail as JSON Lines with proofs. Verify it offline with"
        " compliance/verify_audit.py. Request and download are recorded."
    )

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("--workspace", required=True, metavar="AGENCY/BRAND")
        parser.add_argument("--out", required=True, type=Path, metavar="FILE")
        parser.add_argument("--purpose", default="export on the command line")
        parser.add_argument(
            "--held", type=Path, metavar="FILE", help="a checkpoint that the recipient holds"
        )
        for name in FILTER_COLUMNS:
            parser.add_argument(f"--{name.replace('_', '-')}", default="")

    def handle(self, *_args: Any, **options: Any) -> None:
        agency, _slash, slug = options["workspace"].partition("/")
        brand = Brand.objects.filter(agency__slug=agency, slug=slug).first()
        if brand is None:
            raise CommandError(f"There is no workspace {options['workspace']}.")
        filters: Any = {name: options[name] for name in FILTER_COLUMNS if options[name]}
        try:
            with brand_scope(brand.pk):
                export = request_export(
                    brand,
                    actor=OPERATOR,
                    filters=filters,
                    purpose=options["purpose"],
                    held_checkpoint=_text(options["held"]),
                    wake=False,
                )
            done = run_export(export.pk, brand_id=brand.pk)
            if done is None or done.state != ExportState.DONE:
                raise CommandError(
                    done.failure if done else "A worker makes this export; fetch it in the admin."
                )
            with (
                brand_scope(brand.pk),
                open_export(done, actor=OPERATOR) as source,
                options["out"].open("wb") as target,
            ):
                shutil.copyfileobj(source, target)
        except DomainError as error:
            raise CommandError(str(error)) from error
        except OSError as error:
            raise CommandError(f"{options['out']}: {error.strerror}") from error
        self.stdout.write(f"{done.rows_done} events, SHA-256 {done.sha256}")


def _text(path: Path | None) -> str:
    return path.read_text("utf-8", "replace") if path else ""
