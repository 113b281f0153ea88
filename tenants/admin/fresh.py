"""Grave acts ask who is there: a sign-in of more than ten minutes ago is not enough."""

from collections.abc import Callable
from functools import wraps
from typing import Any
from urllib.parse import urlencode, urlsplit

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _

from tenants.admin.acts import wants_json
from tenants.domain.signin import is_confirmed


def is_fresh(request: HttpRequest) -> bool:
    """Whether the person signed in or confirmed who they are in the last ten minutes."""
    return is_confirmed(request.session)


def confirm_first(request: HttpRequest) -> HttpResponse:
    """To the page that asks again, and from there back: to this page, or for a POST to its form.

    Scripts get 403 with ``{"error", "code": "not_fresh", "location"}``.
    """
    back = request.get_full_path() if request.method in {"GET", "HEAD"} else _form_of(request)
    target = f"{settings.REAUTHENTICATE_URL}?{urlencode({'next': back})}"
    words = _("Please confirm that it is you, then do it again. Nothing was changed.")
    if wants_json(request):
        answer = {"error": words, "code": "not_fresh", "location": target}
        return JsonResponse(answer, status=403)
    if request.method not in {"GET", "HEAD"}:
        messages.warning(request, words)
    return HttpResponseRedirect(target)


def needs_fresh_sign_in[V: Callable[..., Any]](view: V) -> V:
    """For admin views and methods of admin pages: run only within ten minutes of a proof."""

    @wraps(view)
    def asked(*args: Any, **kwargs: Any) -> Any:
        request = next(arg for arg in args if isinstance(arg, HttpRequest))
        return view(*args, **kwargs) if is_fresh(request) else confirm_first(request)

    return asked  # type: ignore[return-value]  # the same signature


def _form_of(request: HttpRequest) -> str:
    """Address of the page with the form, from the Referer header if it is one of ours."""
    referer = request.headers.get("Referer", "")
    if url_has_allowed_host_and_scheme(referer, {request.get_host()}):
        parts = urlsplit(referer)
        return f"{parts.path}?{parts.query}" if parts.query else parts.path
    return request.path
