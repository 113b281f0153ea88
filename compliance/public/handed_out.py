"""Taking an export or a pack of evidence by a link: no account, no cookie, every time recorded."""

from http import HTTPStatus

from django.http import FileResponse, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_http_methods

from compliance.domain import exports
from compliance.domain.links import FileLink, check_link, read_link
from compliance.domain.packs import packs
from compliance.exceptions import LinkSpent
from compliance.models import AuditExport, EvidencePack
from tenants.actors import PUBLIC_AUTHOR
from tenants.exceptions import DomainError
from tenants.models import Brand
from tenants.scope import brand_scope


@csrf_exempt  # the token in the address is the key; there is no session to ride on
@never_cache
@require_http_methods(["GET", "HEAD", "POST"])
def take_file(request: HttpRequest, token: str) -> HttpResponseBase:
    """GET shows what there is, POST gives it. Works until the file goes."""
    link = read_link(token)
    brand = Brand.objects.filter(pk=link.brand_id).first() if link else None
    if link is None or brand is None:
        return _page(request, problem=LinkSpent(), status=HTTPStatus.NOT_FOUND)
    with translation.override(brand.language):
        try:
            # The signature names the brand, so the scope may be entered for it.
            with brand_scope(brand.pk):
                return _answer(request, brand, link)
        except DomainError as error:
            return _page(request, problem=error, status=HTTPStatus.GONE)


def _answer(request: HttpRequest, brand: Brand, link: FileLink) -> HttpResponseBase:
    model = AuditExport if link.kind == "export" else EvidencePack
    file: AuditExport | EvidencePack | None = model.objects.filter(pk=link.pk).first()
    check_link(link, file)
    if file is None or not file.is_ready:
        raise LinkSpent
    if request.method != "POST":
        context = {"file": file, "brand": brand, "language": translation.get_language()}
        return render(request, "compliance/handed_out.html", context)
    if isinstance(file, AuditExport):
        opened = exports.take(file, actor=PUBLIC_AUTHOR, way="link")
    else:
        opened = packs.take(file, actor=PUBLIC_AUTHOR, way="link")
    return FileResponse(opened, as_attachment=True, filename=file.download_name)


def _page(request: HttpRequest, *, problem: DomainError, status: int) -> HttpResponse:
    context = {"problem": str(problem), "language": translation.get_language()}
    return render(request, "compliance/handed_out.html", context, status=status)
