"""Signing in: django-allauth in our shell, second factor, single sign-on, sessions."""
