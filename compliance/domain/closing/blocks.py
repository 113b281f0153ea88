"""What stands between a brand and its erasure."""

from collections.abc import Iterator

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django_stubs_ext import StrOrPromise

from compliance.choices import EXPORT_ENDS
from compliance.models import AuditEvent, AuditExport, BrandExport, LegalHold
from compliance.registries import closing_parts
from tenants.choices import BrandState
from tenants.models import Brand

# Events that change nothing of what the archive holds: looking, handing over, the end itself.
_NO_CHANGE = (
    "compliance.export.",
    "compliance.brand_export.",
    "compliance.brand_erasure.",
    "compliance.brand.",
    "compliance.hold.",
    "compliance.detail.",
    "compliance.history.",
    "tenants.support.",
    "tenants.session.",
)


def latest_archive(brand: Brand) -> BrandExport | None:
    """The newest finished archive, whether or not its file is still there."""
    return (
        BrandExport.objects.filter(brand=brand, finished_at__isnull=False)
        .exclude(sha256="")
        .order_by("-finished_at")
        .first()
    )


def changes_since(brand: Brand, export: BrandExport) -> int:
    """Events after the archive began that tell of a change. The ledger knows of every change."""
    events = AuditEvent.objects.filter(brand=brand, at__gt=export.as_of)
    for prefix in _NO_CHANGE:
        events = events.exclude(kind__startswith=prefix)
    return events.count()


def blocks_of(brand: Brand) -> list[StrOrPromise]:
    """Every reason why the brand cannot be erased now, a sentence each; empty if there is none."""
    return [*_state_blocks(brand), *_hold_blocks(brand), *_work_blocks(brand), *_archive(brand)]


def _state_blocks(brand: Brand) -> Iterator[StrOrPromise]:
    if brand.state != BrandState.FROZEN:
        yield _("The brand is not frozen.")
    elif brand.intake_stopped_at is None:
        yield _("Messages still come in: stop the intake.")


def _hold_blocks(brand: Brand) -> Iterator[StrOrPromise]:
    for hold in LegalHold.objects.filter(brand=brand, released_at=None).order_by("placed_at"):
        yield _("A legal hold stands since %(date)s: %(reason)s") % {
            "date": formats.date_format(hold.placed_at, "SHORT_DATE_FORMAT"),
            "reason": hold.reason,
        }


def _work_blocks(brand: Brand) -> Iterator[StrOrPromise]:
    running = sum(
        model._default_manager.filter(brand=brand).exclude(state__in=EXPORT_ENDS).count()
        for model in (AuditExport, BrandExport)
    )
    if running:
        yield ngettext(
            "%d export is not finished.", "%d exports are not finished.", running
        ) % running  # fmt: skip
    for part in closing_parts:
        yield from part.blocks(brand)


def _archive(brand: Brand) -> Iterator[StrOrPromise]:
    export = latest_archive(brand)
    if export is None:
        yield _("Export first: there is no archive for the controller yet.")
        return
    changed = changes_since(brand, export)
    if changed:
        yield ngettext(
            "Export again: the ledger holds %d change since the archive was made.",
            "Export again: the ledger holds %d changes since the archive was made.",
            changed,
        ) % changed  # fmt: skip
    elif not export.downloads:
        yield _("The archive was not taken yet. It goes with the brand: download it first.")
