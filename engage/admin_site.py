"""The admin site of the product."""

from unfold.sites import UnfoldAdminSite


class EngageAdminSite(UnfoldAdminSite):
    """Django's admin in a workspace."""
