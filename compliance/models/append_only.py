"""Tables that only grow. The database refuses the same by privilege and by trigger."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import models
from django.db.models.base import ModelBase

from compliance.exceptions import AppendOnly
from tenants.models import ScopedQuerySet

M = TypeVar("M", bound=models.Model, covariant=True)


class AppendOnlyQuerySet(ScopedQuerySet[M]):
    def update(self, **_kwargs: Any) -> int:
        raise AppendOnly

    def bulk_update(self, _objs: Iterable[Any], _fields: Any, **_kwargs: Any) -> int:  # type: ignore[override]  # always refuses
        raise AppendOnly

    def delete(self) -> tuple[int, dict[str, int]]:
        raise AppendOnly


class AppendOnlyMixin(models.Model):
    """Rows are inserted once. ``append_only`` tells ``grant_app_role`` to grant no more."""

    append_only = True

    class Meta:
        abstract = True

    def save(
        self,
        *,
        force_insert: bool | tuple[ModelBase, ...] = True,
        force_update: bool = False,
        using: str | None = None,
        update_fields: Iterable[str] | None = None,
    ) -> None:
        """Insert. Raises: AppendOnly for everything else."""
        if not self._state.adding or force_update or update_fields is not None:
            raise AppendOnly
        super().save(force_insert=force_insert or True, using=using)

    def delete(self, *_args: Any, **_kwargs: Any) -> tuple[int, dict[str, int]]:
        raise AppendOnly
