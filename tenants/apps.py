from typing import Any

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


def _name_capabilities(sender: AppConfig, **_more: Any) -> None:
    """Guardian's grants name Django permissions: one per capability and kind of object."""
    from tenants.domain.grants import install_permissions  # noqa: PLC0415 -- app ready

    install_permissions(sender)


class TenantsConfig(AppConfig):
    name = "tenants"
    verbose_name = _("Agency")

    def ready(self) -> None:
        """Object grants on brands; the words of the capabilities after each migration; the time
        of the last sign-in in the session."""
        from django.contrib.auth.signals import user_logged_in  # noqa: PLC0415 -- app ready

        from tenants.domain.secret_list import DirectorySecrets  # noqa: PLC0415 -- app ready
        from tenants.domain.signin import mark_confirmed  # noqa: PLC0415 -- app ready
        from tenants.models import BrandGrant  # noqa: PLC0415 -- app ready
        from tenants.registries import (  # noqa: PLC0415 -- app ready
            object_grants,
            secret_sources,
        )

        if "tenants.brand" not in object_grants:  # a test that isolates apps gets ready again
            object_grants.register("tenants.brand", BrandGrant)
            secret_sources.register("tenants", DirectorySecrets())
        post_migrate.connect(_name_capabilities)
        user_logged_in.connect(mark_confirmed, dispatch_uid="tenants.mark_confirmed")
