"""Who asks: a program by its token, or a signed-in person (DRF's SessionAuthentication)."""

from django.utils.translation import gettext_lazy as _
from rest_framework.authentication import BaseAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.request import Request

from tenants.models import ApiToken

REALM = 'Bearer realm="Engage"'


class TokenAuthentication(BaseAuthentication):
    """``Authorization: Bearer …``. The workspace middleware has looked the token up already.

    A header without a live token is refused even when a session would do: a program must learn
    that its token ended. Raises: AuthenticationFailed.
    """

    def authenticate(self, request: Request) -> tuple[ApiToken, ApiToken] | None:
        token = getattr(request._request, "api_token", None)
        if isinstance(token, ApiToken):
            return token, token
        if "Authorization" in request.headers:
            raise AuthenticationFailed(
                _("The token is unknown, has expired or was revoked."), "invalid_token"
            )
        return None

    def authenticate_header(self, request: Request) -> str:
        return challenge(has_credentials="Authorization" in request.headers)


def challenge(*, has_credentials: bool) -> str:
    """Value of ``WWW-Authenticate``. Source: RFC 6750 section 3."""
    return f'{REALM}, error="invalid_token"' if has_credentials else REALM
