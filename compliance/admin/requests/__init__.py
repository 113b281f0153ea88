"""Screens of data requests: the list by days left, one page of steps per case."""

from compliance.admin.requests import jobs, page

__all__ = ["jobs", "page"]
