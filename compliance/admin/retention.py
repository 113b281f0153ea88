"""Retention of a brand on one page: what is in effect, what a run would erase, new versions."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _

from compliance.admin.retention_parts import (
    bars_of,
    choices_of_lines,
    compared,
    lines_from,
    table_titles,
)
from compliance.choices import PolicyState
from compliance.domain.retention import policies, runs
from compliance.domain.retention.in_effect import lines_of, stored_lines
from compliance.domain.retention.preview import preview
from compliance.domain.retention.schedules import set_schedule
from compliance.domain.retention.sweeps import next_look
from compliance.models import RetentionPolicy, RetentionRun, RetentionSchedule
from compliance.permissions import MANAGE_RETENTION, VIEW_RETENTION
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.exceptions import DomainError
from tenants.models import Brand, User
from tenants.permissions import can

LIST = "admin:compliance_retentionpolicy_changelist"
PAGE = "admin:compliance_retentionpolicy_change"
RUN = "admin:compliance_retentionrun_change"
SHOWN = 10


@admin.register(RetentionPolicy)
class RetentionPage(BrandAdmin):
    """The list is the brand's own page; in the agency's workspace it leads to the brands."""

    view_capability = VIEW_RETENTION

    def get_urls(self) -> list[URLPattern]:
        def act(route: str, view: Callable[..., HttpResponse]) -> URLPattern:
            name = f"compliance_retentionpolicy_{view.__name__}"
            return path(route, self.post_view(view), name=name)

        def page(route: str, view: Callable[..., HttpResponse]) -> URLPattern:
            name = f"compliance_retentionpolicy_{view.__name__}"
            shown: URLPattern = path(route, self.admin_site.admin_view(view), name=name)
            return shown

        return [
            page("draft/", self.draft),
            page("manifest/", self.manifest),
            act("run/", self.run),
            act("schedule/", self.schedule),
            act("<uuid:pk>/submit/", self.submit),
            act("<uuid:pk>/confirm/", self.confirm),
            act("<uuid:pk>/withdraw/", self.withdraw),
            *super().get_urls(),
        ]

    def _brand(self, request: HttpRequest) -> Brand:
        """The brand of this workspace. Raises: Http404 in the agency's, PermissionDenied."""
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is None:
            raise Http404
        if not can(request.user, VIEW_RETENTION, workspace.brand):
            raise PermissionDenied
        brand: Brand = workspace.brand
        return brand

    def _page(self, request: HttpRequest, template: str, **context: Any) -> HttpResponse:
        whole = self.admin_site.each_context(request) | {"opts": self.opts} | context
        return TemplateResponse(request, f"retention/{template}.html", whole)

    # Pages

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """What a run would erase now is counted on each view: looking is the usual act here."""
        workspace = workspace_of(request)
        if workspace is None or not self.has_view_permission(request):
            raise PermissionDenied
        if workspace.brand is None:
            mine = [b for b in workspace.brands if can(request.user, VIEW_RETENTION, b)]
            title = _("Retention")
            return self._page(request, "brands", title=title, brands=mine, agency=workspace.agency)
        brand = self._brand(request)
        shown, plan = preview(brand), RetentionSchedule.objects.filter(brand=brand).first()
        titles = table_titles()
        versions = RetentionPolicy.objects.filter(brand=brand).order_by("-number")
        return self._page(
            request,
            "brand",
            title=_("Retention"),
            brand=brand,
            shown=shown,
            places=[place for place in shown.places if place.survey.rows or place.survey.held],
            tables=[(titles.get(name, name), n) for name, n in shown.counts.most_common()],
            bars=bars_of(shown.total.months),
            lines=choices_of_lines(lines_of(brand.pk)),
            open_one=policies.open_policy(brand.pk),
            versions=versions.select_related("created_by", "confirmed_by")[:SHOWN],
            runs=RetentionRun.objects.filter(brand=brand).order_by("-requested_at")[:SHOWN],
            running=runs.open_run(brand),
            plan=plan or RetentionSchedule(),
            weekdays=list(WEEKDAYS.items()),
            next_look=next_look(plan, brand.time_zone, now=timezone.now()),
            may_manage=can(request.user, MANAGE_RETENTION, brand),
        )

    def draft(self, request: HttpRequest) -> HttpResponse:
        """The form of a new version, filled with what is in effect or with the draft there is."""
        brand = self._brand(request)
        if not can(request.user, MANAGE_RETENTION, brand):
            raise PermissionDenied
        open_one = policies.open_policy(brand.pk)
        lines = lines_of(brand.pk)
        if open_one is not None and open_one.state == PolicyState.DRAFT:
            lines = stored_lines(open_one)
        wrong, field = "", ""
        if request.method == "POST":
            try:
                with transaction.atomic():
                    policy = policies.draft_policy(
                        brand,
                        lines_from(request.POST),
                        reason=request.POST.get("reason", ""),
                        actor=cast(User, request.user),
                    )
            except DomainError as error:
                wrong, field = str(error), str(getattr(error, "field", ""))
            else:
                messages.success(request, _("Drafted. See what it would do."))
                return HttpResponseRedirect(reverse(PAGE, args=[policy.pk]))
        entered = request.POST if request.method == "POST" else None
        return self._page(
            request,
            "draft",
            title=_("New version of the retention policy"),
            rows=choices_of_lines(lines, entered=entered),
            wrong=wrong,
            wrong_field=field,
            reason=request.POST.get("reason", open_one.reason if open_one else ""),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One version: what it changes, and for one that is not in effect what it would erase."""
        policy: RetentionPolicy = self.find(request, object_id)
        is_open = policy.state in policies.OPEN
        before = lines_of(policy.brand_id) if is_open else {}
        now = preview(policy.brand) if is_open else None
        then = policies.preview_policy(policy) if is_open else None
        people = {policy.submitted_by_id, policy.created_by_id}
        return self._page(
            request,
            "policy",
            title=_("Retention policy, version %d") % policy.number,
            policy=policy,
            is_open=is_open,
            rows=compared(before, stored_lines(policy), with_before=is_open),
            now=now,
            then=then,
            more=(then.rows - now.rows) if then is not None and now is not None else 0,
            bars=bars_of(then.total.months) if then is not None else [],
            is_mine=request.user.pk in people,
            may_manage=can(request.user, MANAGE_RETENTION, policy),
        )

    def manifest(self, request: HttpRequest) -> HttpResponse:
        """What a run would erase now, as a file: criteria and counts, nobody's data."""
        brand = self._brand(request)
        shown = preview(brand)
        answer = HttpResponse(shown.manifest(), content_type="application/json")
        name = f"retention-{brand.slug}-{shown.terms.as_of:%Y%m%d-%H%M%S}.json"
        answer["Content-Disposition"] = f'attachment; filename="{name}"'
        answer["X-Manifest-SHA256"] = shown.sha256
        return answer

    # Acts. Each body names the verb; the verb asks for the right.

    def _do(
        self, request: HttpRequest, verb: Callable[[], Any], *, done: str, back: str
    ) -> HttpResponse:
        return perform(request, verb, done=done, back=back, brand_id=None)

    @needs_fresh_sign_in
    def run(self, request: HttpRequest) -> HttpResponse:
        """To the page of the run."""
        brand = self._brand(request)
        typed = request.POST.get("rows", "")
        try:
            with transaction.atomic():
                run = runs.request_run(brand, typed=typed, actor=cast(User, request.user))
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(LIST))
        messages.success(request, _("The run begins."))
        return HttpResponseRedirect(reverse(RUN, args=[run.pk]))

    def schedule(self, request: HttpRequest) -> HttpResponse:
        brand = self._brand(request)
        return self._do(
            request,
            lambda: set_schedule(
                brand,
                hour=request.POST.get("hour", ""),
                weekday=request.POST.get("weekday", ""),
                is_on=bool(request.POST.get("is_on")),
                actor=cast(User, request.user),
            ),
            done=_("Saved."),
            back=reverse(LIST),
        )

    def _on(
        self, request: HttpRequest, pk: UUID, verb: Callable[..., Any], done: str, **more: Any
    ) -> HttpResponse:
        policy: RetentionPolicy = self.find(request, pk)
        return self._do(
            request,
            lambda: verb(policy, actor=cast(User, request.user), **more),
            done=done,
            back=reverse(PAGE, args=[policy.pk]),
        )

    @needs_fresh_sign_in
    def submit(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        done = _("Asked for. What shortens waits for a second person, what lengthens is in effect.")
        return self._on(request, pk, policies.submit_policy, done)

    @needs_fresh_sign_in
    def confirm(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        done = _("Confirmed. It takes effect in 72 hours.")
        return self._on(request, pk, policies.confirm_policy, done)

    def withdraw(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        words = request.POST.get("reason", "")
        done = _("Withdrawn. What was in effect stays so.")
        return self._on(request, pk, policies.withdraw_policy, done, reason=words)
