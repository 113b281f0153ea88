"""Where Meta passes on that a person wants to be erased. The signature is the key."""

from uuid import UUID

from django.http import HttpRequest, HttpResponse, JsonResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from compliance.exceptions import RequestRefused
from inbox.domain.data_deletion import take_deletion
from inbox.exceptions import UnknownApp


@csrf_exempt  # signed by the network
@never_cache
@require_POST
def data_deletion(request: HttpRequest, app_id: UUID) -> HttpResponse:
    """``{"url", "confirmation_code"}``, or a refusal that says nothing to a forger."""
    try:
        return JsonResponse(take_deletion(app_id, request.POST.get("signed_request", "")))
    except UnknownApp:
        return JsonResponse({"error": "no such app"}, status=404)
    except RequestRefused:
        return JsonResponse({"error": "the signed request is not valid"}, status=400)
