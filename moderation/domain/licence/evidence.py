"""What the reviewed samples of a brand say about hiding one category."""

from uuid import UUID

from moderation.choices import SampleKind, SampleOutcome, Stratum
from moderation.domain.licence.states import WINDOW, Evidence
from moderation.models import Assessment, HidingLicence, QualitySample

HIDING = (Stratum.HIDDEN, Stratum.WOULD_HIDE)


def licence_of(brand_id: UUID, category: str) -> HidingLicence:
    """The brand's licence; one that was never touched is in shadow and not stored."""
    found = HidingLicence.objects.filter(brand_id=brand_id, category=category).first()
    return found or HidingLicence(brand_id=brand_id, category=category)


def evidence_for(licence: HidingLicence, *, version: str | None = None) -> Evidence:
    """The newest ``WINDOW`` reviewed random samples from the hiding side. One query.

    Targeted samples say nothing about a rate and are left out. ``version``: only what this version
    judged.
    """
    samples = QualitySample.objects.filter(
        brand_id=licence.brand_id,
        category=licence.category,
        kind=SampleKind.RANDOM,
        stratum__in=HIDING,
        score__gte=licence.threshold,
        reviewed_at__isnull=False,
    )
    if licence.evidence_since is not None:
        samples = samples.filter(drawn_at__gte=licence.evidence_since)
    if version is not None:
        samples = samples.filter(model_version=version)
    rows = list(
        samples.order_by("-reviewed_at", "-id").values_list("outcome", "reviewed_at")[:WINDOW]
    )
    since = licence.changed_at
    return Evidence(
        false_hides=sum(outcome == SampleOutcome.FALSE_HIDE for outcome, _ in rows),
        reviewed=len(rows),
        new=sum(since is None or (at is not None and at > since) for _, at in rows),
    )


def running_version(brand_id: UUID) -> str:
    """The version that judged the newest item it would hide; empty if there is none. One query."""
    return (
        Assessment.objects.filter(brand_id=brand_id, verdict="auto_hide")
        .order_by("-created_at")
        .values_list("model_version", flat=True)
        .first()
        or ""
    )
