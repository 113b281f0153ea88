"""The directory's secrets for the list of them: age and end, never a value. C13."""

from collections.abc import Sequence

from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from tenants.models import ApiToken, SsoConnection
from tenants.registries import SecretRow
from tenants.scope import active_brand_ids, active_scope


class DirectorySecrets:
    """Programs' tokens, secrets of sign-in providers. Two queries."""

    def rows(self) -> Sequence[SecretRow]:
        scope = active_scope()
        tokens = ApiToken.objects.filter(brand__in=active_brand_ids(), revoked_at=None)
        found = [_of_token(token) for token in tokens.defer("token_sha256")]
        if scope is not None and scope.agency_ids:
            connections = SsoConnection.objects.defer("client_secret")
            found += [_of_sso(one) for one in connections.filter(agency__in=scope.agency_ids)]
        return found


def _of_token(token: ApiToken) -> SecretRow:
    return SecretRow(
        kind="api_token",
        kind_label=_("API token"),
        ref=token.pk,
        brand_id=token.brand_id,
        title=token.name,
        set_at=token.created_at,
        expires_at=token.expires_at,
        url=reverse("admin:tenants_apitoken_change", args=[token.pk]),
    )


def _of_sso(connection: SsoConnection) -> SecretRow:
    return SecretRow(
        kind="client_secret",
        kind_label=_("Client secret of single sign-on"),
        ref=connection.pk,
        brand_id=None,
        title=connection.name,
        set_at=connection.created_at,
    )
