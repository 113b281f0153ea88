"""The kill switch: stop and resume sending for an agency, a brand or one account.

Two inputs and a reason: the button of the header (or ``g !``), the reason, Enter.
"""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib.admin import AdminSite
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from inbox.domain import channels
from inbox.models import ChannelAccount
from tenants.admin.acts import perform
from tenants.admin.base import workspace_of
from tenants.domain.directory import Workspace
from tenants.models import Agency, Brand, User
from tenants.permissions import can

CAPABILITY = "inbox.sending.stop"
MOST_BRANDS = 50
"""More blocks nobody reads: the search field finds the others, and stopped ones come first."""


def urls(site: AdminSite) -> list[URLPattern]:
    """Addresses of the page and its two acts, below the channel accounts."""

    def view(of: Callable[[AdminSite, HttpRequest], HttpResponse], guard: Any) -> Any:
        return site.admin_view(guard(lambda request: of(site, request)))

    return [
        path("sending/", view(_page, require_safe), name="inbox_channelaccount_sending"),
        path("sending/stop/", view(_stop, require_POST), name="inbox_channelaccount_stop"),
        path("sending/resume/", view(_resume, require_POST), name="inbox_channelaccount_resume"),
    ]


def _workspace(request: HttpRequest) -> Workspace:
    workspace = workspace_of(request)
    if workspace is None:
        raise Http404
    if not can(request.user, CAPABILITY):
        raise PermissionDenied
    return workspace


def _page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    """Every target with its state; ``?part=form`` is only the form of the header's dialog."""
    workspace = _workspace(request)
    term = request.GET.get("q", "").strip()
    brands, more = _brands(request, workspace, term)
    accounts: dict[UUID, list[ChannelAccount]] = {}
    wanted = ChannelAccount.objects.filter(brand__in=[brand.pk for brand in brands])
    for account in wanted.order_by("channel", "name"):
        accounts.setdefault(account.brand_id, []).append(account)
    agency = workspace.agency if can(request.user, CAPABILITY, workspace.agency) else None
    context = {
        "agency": agency,
        "blocks": [
            {"brand": brand, "targets": [brand, *accounts.get(brand.pk, [])]} for brand in brands
        ],
        "more": more,
        "term": term,
        "next": request.GET.get("next", ""),
    }
    if request.GET.get("part") == "form":
        return TemplateResponse(request, "inbox/sending_form.html", context)
    context |= site.each_context(request) | {"title": _("Stop sending")}
    return TemplateResponse(request, "inbox/sending.html", context)


def _brands(request: HttpRequest, workspace: Workspace, term: str) -> tuple[list[Brand], int]:
    """Brands the person may stop, stopped ones first, and how many more there are."""
    words = term.casefold().split()
    found = [
        brand
        for brand in workspace.brands
        if all(word in brand.name.casefold() for word in words)
        and can(request.user, CAPABILITY, brand)
    ]
    found.sort(key=lambda brand: brand.sending_stopped_at is None)
    return found[:MOST_BRANDS], max(0, len(found) - MOST_BRANDS)


def _target(request: HttpRequest) -> channels.Stoppable:
    """Agency, brand or account named by the form, if it is in this workspace. Raises: Http404."""
    workspace = _workspace(request)
    try:
        wanted = UUID(request.POST.get("target", ""))
    except ValueError:
        raise Http404 from None
    if workspace.agency.pk == wanted:
        return workspace.agency
    for brand in workspace.brands:
        if brand.pk == wanted:
            return brand
    account = ChannelAccount.objects.filter(pk=wanted).first()
    if account is None:
        raise Http404
    return account


def _stop(_site: AdminSite, request: HttpRequest) -> HttpResponse:
    target = _target(request)
    return _perform(
        request,
        target,
        lambda: channels.stop_sending(
            target, actor=cast(User, request.user), reason=request.POST.get("reason", "")
        ),
        done=_("Stopped. No text leaves any more."),
    )


def _resume(_site: AdminSite, request: HttpRequest) -> HttpResponse:
    target = _target(request)
    return _perform(
        request,
        target,
        lambda: channels.resume_sending(target, actor=cast(User, request.user)),
        done=_("Sending is on again. What was held stays held until somebody releases it."),
    )


def _perform(
    request: HttpRequest, target: channels.Stoppable, verb: Callable[[], Any], *, done: str
) -> HttpResponse:
    """An agency as a whole is in nobody's scope: its verb tells the agency's own ledger."""
    return perform(
        request,
        verb,
        done=done,
        back=reverse("admin:inbox_channelaccount_sending"),
        brand_id=None if isinstance(target, Agency) else target.brand_id,
    )
