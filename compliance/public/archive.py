"""Taking a brand's archive by a link: signed, for 72 hours, once. No account, no cookie."""

from http import HTTPStatus

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import timezone, translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.domain.closing.exports import Link, linked_export, open_by_link, read_link
from compliance.exceptions import LinkSpent
from tenants.exceptions import DomainError
from tenants.models import Brand
from tenants.scope import brand_scope


@csrf_exempt  # the token in the address is the key; there is no session to ride on
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_archive(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET shows what there is, POST gives it and spends the link: looking does not spend it."""
    link = read_link(token)
    brand = Brand.objects.filter(pk=link.brand_id).first() if link else None
    if link is None or brand is None:
        return _page(request, problem=LinkSpent(), status=HTTPStatus.NOT_FOUND)
    with translation.override(brand.language):
        try:
            # The signature names the brand, so the scope may be entered for it.
            with brand_scope(brand.pk):
                return _answer(request, brand, link)
        except LinkSpent as error:
            return _page(request, problem=error, status=HTTPStatus.GONE)


def _answer(request: HttpRequest, brand: Brand, link: Link) -> HttpResponseBase:
    if request.method == "POST":
        export, file = open_by_link(link)
        return FileResponse(
            file,
            as_attachment=True,
            filename=export.download_name,
            content_type="application/zip",
        )
    export = linked_export(link, now=timezone.now())
    return render(
        request,
        "offboarding/public.html",
        {"export": export, "brand": brand, "language": translation.get_language()},
    )


def _page(request: HttpRequest, *, problem: DomainError, status: int) -> HttpResponse:
    context = {"problem": str(problem), "language": translation.get_language()}
    return render(request, "offboarding/public.html", context, status=status)
