"""Brands, team and API tokens of a workspace; the base of all other admin pages."""

from tenants.admin import brand, membership, token

__all__ = ["brand", "membership", "token"]
