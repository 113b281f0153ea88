"""The wizard in the agency's workspace: list, start, seven steps, each saved by itself."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import (
    Http404,
    HttpRequest,
    HttpResponse,
    HttpResponseRedirect,
    JsonResponse,
)
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from engage.onboarding import forms, steps
from engage.onboarding.applying import apply
from engage.onboarding.document import parse
from engage.onboarding.problems import BadDocument
from engage.onboarding.progress import progress_of, progress_of_many
from tenants.admin.base import workspace_of
from tenants.choices import ENDED_STATES, BrandState, OnboardingStep
from tenants.domain.directory import Workspace
from tenants.domain.profile import time_zones
from tenants.exceptions import DomainError, NotAllowed
from tenants.models import Brand, User
from tenants.permissions import can, reach_of
from tenants.scope import brand_scope

CREATE, CHANGE = "tenants.brand.create", "tenants.brand.manage"
MOST_LISTED = 200


def urls(site: AdminSite) -> list[URLPattern]:
    """Below ``onboarding/``. In the agency's workspace only: elsewhere there is nothing."""

    def view(of: Callable[..., HttpResponse], guard: Any) -> Any:
        return site.admin_view(guard(lambda request, **where: of(site, request, **where)))

    both = require_http_methods(["GET", "HEAD", "POST"])
    return [
        path("onboarding/", view(_list, require_safe), name="onboarding"),
        path("onboarding/new/", view(_new, both), name="onboarding_new"),
        path("onboarding/<uuid:pk>/", view(_brand, require_safe), name="onboarding_brand"),
        path("onboarding/<uuid:pk>/<slug:step>/", view(_step, both), name="onboarding_step"),
    ]


def _workspace(request: HttpRequest) -> Workspace:
    workspace = workspace_of(request)
    if workspace is None or workspace.brand is not None:
        raise Http404
    return workspace


def _list(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Brands on their way, and the brands whose settings a new one can start from."""
    workspace = _workspace(request)
    may_create = can(request.user, CREATE, workspace.agency)
    mine = reach_of(request.user, CHANGE).brand_ids
    if not (may_create or mine):
        raise PermissionDenied
    brands = Brand.objects.filter(pk__in=mine, agency=workspace.agency).order_by("name")
    waiting = list(brands.filter(state=BrandState.ONBOARDING)[:MOST_LISTED])
    context = site.each_context(request) | {
        "title": _("Onboarding"),
        "brands": progress_of_many(waiting),
        "step_count": len(OnboardingStep),
        "may_create": may_create,
        "origins": list(
            brands.exclude(state__in=[BrandState.ONBOARDING, *ENDED_STATES])[:MOST_LISTED]
        )
        if may_create
        else [],
    }
    return TemplateResponse(request, "onboarding/list.html", context)


def _new(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """The profile of a new brand; ``copy`` names the brand it starts from."""
    workspace = _workspace(request)
    if not can(request.user, CREATE, workspace.agency):
        raise PermissionDenied
    copy = request.GET.get("copy", "")[:50]
    values, errors = forms.first_values(), {}
    origin = _origin(request, workspace, copy) if copy else None
    if origin is not None:
        names = ("slug", "name")
        values = {k: v for k, v in forms.values_of(origin).items() if k not in names}
    if request.method == "POST":
        document: dict[str, Any] = {"brand": forms.profile_document(request.POST)}
        if origin is not None:
            document["copy_from"] = origin.slug
        try:
            with transaction.atomic():
                brand = apply(
                    parse(document),
                    agency=workspace.agency,
                    actor=cast(User, request.user),
                    must_be_new=True,
                ).brand
        except BadDocument as bad:
            values, errors = request.POST.dict(), forms.field_errors(bad.problems)
        else:
            messages.success(request, _("%s is there. Nothing reaches real people yet.") % brand)
            return HttpResponseRedirect(_step_url(brand, OnboardingStep.PRESET))
    context = site.each_context(request) | {
        "title": _("A new brand"),
        "step": OnboardingStep.PROFILE,
        "fields": forms.profile_fields(values, errors, is_new=True),
        "hours": forms.hours_fields(values, errors),
        "general_error": errors.get("", ""),
        "origin": origin,
        "time_zones": time_zones(),
        "is_new": True,
    }
    return TemplateResponse(request, "onboarding/profile.html", context)


def _origin(request: HttpRequest, workspace: Workspace, slug: str) -> Brand:
    found = Brand.objects.filter(agency=workspace.agency, slug=slug).first()
    if found is None or not can(request.user, CHANGE, found):
        raise Http404
    return found


def _find(request: HttpRequest, pk: UUID) -> Brand:
    """A brand of this workspace. Raises: Http404, PermissionDenied."""
    workspace = _workspace(request)
    brand = Brand.objects.select_related("agency").filter(pk=pk, agency=workspace.agency).first()
    if brand is None or pk not in workspace.brand_ids:
        raise Http404
    if not can(request.user, CHANGE, brand):
        raise PermissionDenied
    return brand


def _brand(_site: AdminSite, request: HttpRequest, pk: UUID) -> HttpResponse:
    """On to the step at hand."""
    brand = _find(request, pk)
    with brand_scope(brand.pk):
        return HttpResponseRedirect(progress_of(brand).next_step.url)


def _step(site: AdminSite, request: HttpRequest, pk: UUID, step: str) -> HttpResponse:
    """GET shows a step, POST does one act of it and goes on; what was refused is shown beside it.

    ``?part=state`` of the sandbox test is its checklist as JSON.
    """
    brand = _find(request, pk)
    if step not in steps.PAGES:
        raise Http404
    page = steps.PAGES[step]
    errors: dict[str, str] = {}
    with brand_scope(brand.pk):
        if request.method == "POST":
            try:
                with transaction.atomic():
                    done = page.act(brand, request.POST, cast(User, request.user))
            except BadDocument as bad:
                errors = forms.field_errors(bad.problems)
            except NotAllowed as error:
                raise PermissionDenied(str(error)) from error
            except DomainError as error:
                errors = {"": str(error)}
            else:
                if done.message:
                    messages.success(request, done.message)
                return HttpResponseRedirect(_step_url(brand, done.next_step))
        if request.GET.get("part") == "state" and page.state is not None:
            answer = JsonResponse(page.state(brand))
            answer.headers["Cache-Control"] = "no-store"
            return answer
        progress = progress_of(brand)
        shown = page.show(brand, request, errors)
    title = _("%(brand)s: %(step)s") % {"brand": brand, "step": OnboardingStep(step).label}
    context = site.each_context(request) | {
        "title": title,
        "brand": brand,
        "step": step,
        "progress": progress,
        "this": next(one for one in progress.steps if one.step == step),
        "errors": errors,
        "general_error": errors.get("", ""),
        **shown,
    }
    return TemplateResponse(request, f"onboarding/{step}.html", context)


def _step_url(brand: Brand, step: str) -> str:
    return reverse("admin:onboarding_step", args=[brand.pk, step])
