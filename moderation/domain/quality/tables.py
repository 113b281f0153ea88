"""The figures as a file for spreadsheets."""

import csv
import io

from django.utils.translation import gettext as _

from compliance.domain.spreadsheet import cell
from moderation.domain.quality.figures import Figures

COLUMNS = (
    "table",
    "category",
    "rule_version",
    "version",
    "cases",
    "reviewed",
    "share",
    "lower_bound",
    "upper_bound",
)


def as_csv(figures: Figures) -> str:
    """One line per rate and per measure of agreement; shares 0..1, each bound holds with 95 %."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(COLUMNS)
    for table, lines in (
        ("false_hides", figures.false_hides),
        ("missed", figures.missed),
        ("overruled", figures.overruled),
    ):
        for line in lines:
            found = line.rate
            writer.writerow(
                cell(value)
                for value in (
                    table,
                    line.category or "any",
                    line.rule,
                    line.version,
                    found.hits,
                    found.total,
                    found.share,
                    round(found.lower, 4),
                    round(found.upper, 4),
                )
            )
    for name, agreement in (
        ("cohens_kappa", figures.pairs),
        ("krippendorffs_alpha", figures.reviewers),
    ):
        writer.writerow(
            cell(value)
            for value in (name, "", None, "", None, agreement.samples, agreement.value, None, None)
        )
    return file.getvalue()


def file_name(brand_slug: str, day: str) -> str:
    return _("quality-%(brand)s-%(day)s.csv") % {"brand": brand_slug, "day": day}
