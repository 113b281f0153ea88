"""The blind second look: a comment and the rules, nothing of what was thought of it."""

from typing import cast
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation.admin.brand_pages import BrandPage
from moderation.choices import Category, Finding
from moderation.domain.quality.reviews import open_for, review_sample
from moderation.models import PolicyRule, QualitySample
from moderation.permissions import REVIEW_SAMPLE
from tenants.admin.acts import perform
from tenants.admin.base import workspace_of
from tenants.domain.reads import tell_reads
from tenants.models import Brand, User
from tenants.permissions import can

SHOWN = 20
MARKS = "1234567890qwe"
"""One key per category."""
KEYS = (
    ("j k", gettext_lazy("Next, previous sample")),
    ("a", gettext_lazy("Leave visible")),
    ("1 … 0 q w e", gettext_lazy("Breaks the rule with this key")),
    ("x", gettext_lazy("Cannot tell")),
)


@admin.register(QualitySample)
class SamplePage(BrandPage):
    view_capability = REVIEW_SAMPLE
    reads = "moderation.sample"

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "<uuid:pk>/review/",
                self.post_view(self.review),
                name="moderation_qualitysample_review",
            ),
            *super().get_urls(),
        ]

    def brand_view(self, request: HttpRequest, brand: Brand) -> HttpResponse:
        waiting = open_for(request.user).filter(brand=brand)
        rows = list(waiting.select_related("message__conversation__account")[:SHOWN])
        left = waiting.order_by().count()
        rules = PolicyRule.objects.filter(brand=brand, retired_at=None)
        texts = {rule.category: rule.text(brand.language) for rule in rules}
        tell_reads(self.listed(request, rows, page="review"), actor=request.user)
        return self.page(
            request,
            "review",
            title=_("Review samples"),
            content_subtitle=_("%d left for you") % left,
            rows=rows,
            categories=[
                (mark, category, texts.get(category, ""))
                for mark, category in zip(MARKS, Category, strict=True)
            ],
            page_keys=KEYS,
        )

    def review(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        workspace = workspace_of(request)
        if workspace is None or not can(request.user, REVIEW_SAMPLE):
            raise PermissionDenied
        sample = QualitySample.objects.filter(pk=pk).first()
        wanted = request.POST.get("finding", "")
        if sample is None or not can(request.user, REVIEW_SAMPLE, sample):
            raise Http404
        finding, category = _read(wanted)
        return perform(
            request,
            lambda: review_sample(
                sample, finding=finding, category=category, actor=cast(User, request.user)
            ),
            done=_("Noted."),
            back=self.home,
            brand_id=sample.brand_id,
        )


def _read(wanted: str) -> tuple[Finding, Category | None]:
    """A button's value: ``fine``, ``unsure`` or the category that is broken. Raises: Http404."""
    if wanted in Category.values:
        return Finding.BREAKS, Category(wanted)
    if wanted in {Finding.FINE, Finding.UNSURE}:
        return Finding(wanted), None
    raise Http404
