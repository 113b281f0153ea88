"""Brands, team and API tokens of a workspace; the base of all other admin pages."""

from django.contrib import admin
from django.contrib.auth.models import Group

from tenants.admin import brand, invitation, membership, quota, role, signin, support, token

# Rights come from memberships; Django's groups belong to no brand and mean nothing here.
if admin.site.is_registered(Group):
    admin.site.unregister(Group)

__all__ = ["brand", "invitation", "membership", "quota", "role", "signin", "support", "token"]
