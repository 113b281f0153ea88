"""What every API endpoint shares: authentication, permission, paging, problem details.

Named by ``settings.REST_FRAMEWORK``; the base views stand in ``tenants.api``, where every app may
import them.
"""

from engage.api.authentication import TokenAuthentication
from engage.api.pagination import NewestFirst
from engage.api.permissions import HasCapability, InWorkspace
from engage.api.problems import problem_details
from engage.api.throttle import BrandQuota

__all__ = [
    "BrandQuota",
    "HasCapability",
    "InWorkspace",
    "NewestFirst",
    "TokenAuthentication",
    "problem_details",
]
