"""The quality page: alarms, licences at a glance, rates with intervals, agreement; for leads."""

from datetime import timedelta
from typing import cast
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from moderation.admin.brand_pages import BrandPage
from moderation.domain.quality.alarm_words import alarm_words
from moderation.domain.quality.alarms import close_alarm
from moderation.domain.quality.figures import figures_of
from moderation.domain.quality.samples import MOST, Sizes, draw_samples
from moderation.domain.quality.tables import as_csv, file_name
from moderation.models import HidingLicence, QualityAlarm, QualityRun, QualitySample
from moderation.models.licence import ELIGIBLE
from moderation.permissions import DRAW_SAMPLE, MANAGE_LICENCE, REVIEW_SAMPLE, VIEW_QUALITY
from tenants.admin.acts import perform
from tenants.models import Brand, User
from tenants.permissions import can

SPANS = (30, 90, 180)
RUNS = 8


@admin.register(QualityAlarm)
class QualityPage(BrandPage):
    view_capability = VIEW_QUALITY

    def get_urls(self) -> list[URLPattern]:
        return [
            path(
                "export/",
                self.admin_site.admin_view(self.export),
                name="moderation_qualityalarm_export",
            ),
            path("draw/", self.post_view(self.draw), name="moderation_qualityalarm_draw"),
            path(
                "<uuid:pk>/close/", self.post_view(self.close), name="moderation_qualityalarm_close"
            ),
            *super().get_urls(),
        ]

    def brand_view(self, request: HttpRequest, brand: Brand) -> HttpResponse:
        now, days = timezone.now(), _days(request)
        samples = QualitySample.objects.filter(brand=brand)
        figures = figures_of(samples, since=now - timedelta(days=days))
        alarms = QualityAlarm.objects.filter(brand=brand, closed_at=None).order_by("-opened_at")
        stored = {one.category: one for one in HidingLicence.objects.filter(brand=brand)}
        return self.page(
            request,
            "quality",
            title=_("Quality of moderation"),
            figures=figures,
            tables=[
                (
                    _("Wrongly hidden"),
                    _("Of what was hidden without a person, or would have been."),
                    figures.false_hides,
                ),
                (
                    _("Missed"),
                    _("Of what passed without a person; first all, then by the rule it breaks."),
                    figures.missed,
                ),
                (
                    _("Seen differently by a second person"),
                    _("Of what people decided."),
                    figures.overruled,
                ),
            ],
            days=days,
            spans=SPANS,
            alarms=[(alarm, alarm_words(alarm)) for alarm in alarms],
            licences=[
                stored.get(category) or HidingLicence(brand=brand, category=category)
                for category in ELIGIBLE
            ],
            runs=QualityRun.objects.filter(brand=brand).order_by("-started_at")[:RUNS],
            waiting=samples.filter(reviewed_at=None).count(),
            most=MOST,
            may_review=can(request.user, REVIEW_SAMPLE, brand),
            may_draw=can(request.user, DRAW_SAMPLE, brand),
            may_manage=can(request.user, MANAGE_LICENCE, brand),
        )

    def export(self, request: HttpRequest) -> HttpResponse:
        """The tables as a file. They name nobody, so no event tells of it."""
        brand = self.brand_of(request, needs=VIEW_QUALITY)
        now = timezone.now()
        samples = QualitySample.objects.filter(brand=brand)
        figures = figures_of(samples, since=now - timedelta(days=_days(request)))
        answer = HttpResponse(as_csv(figures), content_type="text/csv; charset=utf-8")
        name = file_name(brand.slug, now.date().isoformat())
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        return answer

    def draw(self, request: HttpRequest) -> HttpResponse:
        brand = self.brand_of(request, needs=DRAW_SAMPLE)
        count = request.POST.get("count", "")
        return perform(
            request,
            lambda: draw_samples(
                brand,
                actor=cast(User, request.user),
                now=timezone.now(),
                sizes=Sizes.even(int(count) if count.isascii() and count.isdecimal() else 0),
                by_hand=True,
            ),
            done=_("Drawn. What was drawn stands on this page."),
            back=self.home,
            brand_id=brand.pk,
        )

    def close(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        brand = self.brand_of(request, needs=MANAGE_LICENCE)
        alarm = QualityAlarm.objects.filter(brand=brand, pk=pk).first()
        if alarm is None:
            raise Http404
        return perform(
            request,
            lambda: close_alarm(
                alarm, note=request.POST.get("note", ""), actor=cast(User, request.user)
            ),
            done=_("The alarm is closed."),
            back=self.home,
            brand_id=brand.pk,
        )


def _days(request: HttpRequest) -> int:
    wanted = request.GET.get("days", "")
    return int(wanted) if wanted in map(str, SPANS) else SPANS[1]
