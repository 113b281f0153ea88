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
        """Object grants on brands; the words of the capabilities after each migration."""
        from tenants.models import BrandGrant  # noqa: PLC0415 -- app ready
        from tenants.registries import object_grants  # noqa: PLC0415 -- app ready

        object_grants.register("tenants.brand", BrandGrant)
        post_migrate.connect(_name_capabilities)
