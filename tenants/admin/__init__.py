"""Brands, team and API tokens of a workspace; the base of all other admin pages."""

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from django.contrib import admin
from django.contrib.auth.models import Group

from tenants.admin import brand, invitation, membership, quota, role, signin, support, token

# Rights come from memberships; Django's groups belong to no brand and mean nothing here. Factors
# and addresses of people are their own: "My sign-in" and invitations are the only way to them.
for unwanted in (Group, EmailAddress, Authenticator):
    if admin.site.is_registered(unwanted):
        admin.site.unregister(unwanted)

__all__ = ["brand", "invitation", "membership", "quota", "role", "signin", "support", "token"]
