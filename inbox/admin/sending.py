"""The kill switch: stop and resume sending for a brand or one account. Two inputs and a reason."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.contrib.admin import AdminSite
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
from tenants.models import Brand, User
from tenants.permissions import can

CAPABILITY = "inbox.sending.stop"


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
    if workspace is None or not can(request.user, CAPABILITY):
        raise Http404
    return workspace


def _page(site: AdminSite, request: HttpRequest) -> HttpResponse:
    workspace = _workspace(request)
    accounts: dict[UUID, list[ChannelAccount]] = {}
    for account in ChannelAccount.objects.order_by("channel", "name"):
        accounts.setdefault(account.brand_id, []).append(account)
    context = site.each_context(request) | {
        "title": _("Stop sending"),
        "blocks": [
            {"brand": brand, "targets": [brand, *accounts.get(brand.pk, [])]}
            for brand in workspace.brands
            if can(request.user, CAPABILITY, brand)
        ],
    }
    return TemplateResponse(request, "inbox/sending.html", context)


def _target(request: HttpRequest) -> Brand | ChannelAccount:
    """The brand or account named by the form, if this workspace holds it. Raises: Http404."""
    workspace = _workspace(request)
    try:
        wanted = UUID(request.POST.get("target", ""))
    except ValueError:
        raise Http404 from None
    for brand in workspace.brands:
        if brand.pk == wanted:
            return brand
    account = ChannelAccount.objects.filter(pk=wanted).first()
    if account is None:
        raise Http404
    return account


def _stop(_site: AdminSite, request: HttpRequest) -> HttpResponse:
    target = _target(request)
    return perform(
        request,
        lambda: channels.stop_sending(
            target, actor=cast(User, request.user), reason=request.POST.get("reason", "")
        ),
        done=_("Stopped. No text leaves any more."),
        back=reverse("admin:inbox_channelaccount_sending"),
        brand_id=target.brand_id,
    )


def _resume(_site: AdminSite, request: HttpRequest) -> HttpResponse:
    target = _target(request)
    return perform(
        request,
        lambda: channels.resume_sending(target, actor=cast(User, request.user)),
        done=_("Sending is on again. What was held stays held until somebody releases it."),
        back=reverse("admin:inbox_channelaccount_sending"),
        brand_id=target.brand_id,
    )
