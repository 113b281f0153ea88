"""A brand that asks too much of the API is told when to come back."""

from rest_framework.request import Request
from rest_framework.throttling import BaseThrottle


class BrandQuota(BaseThrottle):
    """429 with Retry-After for a brand over ``Quota.API``.

    The workspace middleware has counted the request, before its transaction began; so the count
    holds over any number of web processes, and no request waits for another one's lock.
    """

    def allow_request(self, request: Request, view: object) -> bool:
        self._wait_s = getattr(request._request, "retry_after_s", 0)
        return not self._wait_s

    def wait(self) -> float | None:
        return float(self._wait_s)
