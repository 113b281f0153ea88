"""May the actor do this? Asks ``tenants.permissions.can`` and nothing else."""

from typing import Any

from rest_framework.permissions import SAFE_METHODS, BasePermission
from rest_framework.request import Request

from tenants.choices import BrandState
from tenants.exceptions import BrandFrozen, NotAllowed
from tenants.models import ApiToken
from tenants.permissions import can
from tenants.refusals import note_refusal


class HasCapability(BasePermission):
    """The capability that the view declares for the running action. None declared: nobody may."""

    message = NotAllowed.default_message
    code = NotAllowed.code

    def has_permission(self, request: Request, view: Any) -> bool:
        if request.user is None:
            return False
        if getattr(view, "action", None) in {None, "metadata"}:
            return True  # the method does not exist here; the view answers 405
        actor: Any = request.user
        writes = isinstance(actor, ApiToken) and request.method not in SAFE_METHODS
        if writes and actor.brand.state == BrandState.FROZEN:
            raise BrandFrozen
        return self._may(actor, view)

    def has_object_permission(self, request: Request, view: Any, obj: Any) -> bool:
        return self._may(request.user, view, obj)

    @staticmethod
    def _may(actor: Any, view: Any, obj: Any = None) -> bool:
        capability = view.capabilities.get(view.action)
        if capability is not None and can(actor, capability, obj):
            return True
        note_refusal(actor, capability or "", obj)
        return False


class InWorkspace(BasePermission):
    """Any token of the brand and any of its people. The middleware has checked that they are."""

    def has_permission(self, request: Request, view: Any) -> bool:
        return request.user is not None
