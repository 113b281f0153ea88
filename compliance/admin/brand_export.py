"""A brand's archive: watch it being made, take it, hand it on."""

from typing import Any, cast
from uuid import UUID

from django.conf import settings
from django.contrib import admin, messages
from django.db import transaction
from django.http import FileResponse, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.http.response import HttpResponseBase
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _

from compliance.choices import EXPORT_ENDS
from compliance.domain.closing import exports
from compliance.models import BrandExport
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.domain.freezing import CAPABILITY
from tenants.exceptions import DomainError
from tenants.models import User

PAGE = "admin:compliance_brandexport_change"


@admin.register(BrandExport)
class BrandExportPage(BrandAdmin):
    view_capability = CAPABILITY
    list_display = ("requested_at", "requested_by", "purpose", "state", "rows_done", "expires_at")
    list_select_related = ("requested_by",)
    ordering = ("-requested_at", "-id")

    def get_urls(self) -> list[URLPattern]:
        def act(view: Any) -> URLPattern:
            name = f"compliance_brandexport_{view.__name__}"
            return path(f"<uuid:pk>/{view.__name__}/", self.post_view(view), name=name)

        return [act(self.cancel), act(self.download), act(self.link), *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The job: progress, which the page asks for every two seconds, then the archive."""
        return self._page(request, self.find(request, object_id))

    def _page(self, request: HttpRequest, export: BrandExport, link: str = "") -> HttpResponse:
        if request.GET.get("part") == "state":
            return JsonResponse(
                {
                    "state": export.state,
                    "words": str(export.get_state_display()),
                    "done": export.rows_done,
                    "total": export.rows_total,
                    "has_ended": export.state in EXPORT_ENDS,
                }
            )
        context = self.admin_site.each_context(request) | {
            "title": _("Archive of the brand"),
            "opts": self.opts,
            "export": export,
            "has_ended": export.state in EXPORT_ENDS,
            "link": link,
        }
        response = TemplateResponse(request, "offboarding/export.html", context)
        if link:
            response["Cache-Control"] = "no-store"
        return response

    def cancel(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        export: BrandExport = self.find(request, pk)
        return perform(
            request,
            lambda: exports.cancel_brand_export(export, actor=cast(User, request.user)),
            done=_("The export is stopped."),
            back=reverse(PAGE, args=[export.pk]),
            brand_id=export.brand_id,
        )

    @needs_fresh_sign_in
    def download(self, request: HttpRequest, pk: UUID) -> HttpResponseBase:
        """A POST, because every download is an entry of the trail."""
        export: BrandExport = self.find(request, pk)
        try:
            with transaction.atomic():
                file = exports.open_brand_export(export, actor=cast(User, request.user))
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(PAGE, args=[export.pk]))
        return FileResponse(
            file,
            as_attachment=True,
            filename=export.download_name,
            content_type="application/zip",
        )

    @needs_fresh_sign_in
    def link(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        """Shown this once; the token is not stored."""
        export: BrandExport = self.find(request, pk)
        try:
            with transaction.atomic():
                token = exports.make_link(export, actor=cast(User, request.user))
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(reverse(PAGE, args=[export.pk]))
        # Not reverse(): inside a workspace it would give the workspace's address.
        url = f"{settings.PUBLIC_URL.rstrip('/')}/archive/{token}/"
        export.refresh_from_db()
        return self._page(request, export, url)
