"""What people had to look at, and the brand's settings of its queue."""

from typing import Any, cast

from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.urls import reverse
from django.utils.translation import gettext as _

from moderation.choices import Category, Severity
from moderation.domain.exposure import Seen, seen_by, seen_by_team
from moderation.domain.queue_settings import (
    change_queue_settings,
    settings_of,
    undo_window,
)
from moderation.models.queue import LONGEST_UNDO_S
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.models import Brand, User
from tenants.permissions import can


class WellbeingPages(BrandAdmin):
    """Part of the queue's page."""

    def seen_page(self, request: HttpRequest) -> HttpResponse:
        """One's own counts; whoever leads the brand's people sees theirs, by name."""
        self.admit(request)
        user, brand = cast(User, request.user), _brand_of(request)
        team: list[Seen] = []
        if brand is not None and can(user, "moderation.exposure.oversee", brand):
            team = seen_by_team(brand, actor=user)
        context = self.admin_site.each_context(request) | {
            "title": _("What you had to look at"),
            "severities": Severity.choices[::-1],
            "own": _line(seen_by(user)),
            "team": [_line(one) for one in team],
        }
        return TemplateResponse(request, "moderation/seen.html", context)

    def settings_page(self, request: HttpRequest) -> HttpResponse:
        """GET shows, POST sets. In a brand's own workspace only."""
        brand = _brand_of(request)
        if brand is None:
            raise Http404
        if not can(request.user, "moderation.policy.view", brand):
            raise PermissionDenied
        here = reverse("admin:moderation_queuesettings_edit")
        if request.method == "POST":
            post = request.POST
            return perform(
                request,
                lambda: change_queue_settings(
                    brand,
                    undo_seconds=_number(post.get("undo_seconds", "")),
                    second_person_for=post.getlist("second_person_for"),
                    pause_after=_number(post.get("pause_after", "")) or 0,
                    actor=cast(User, request.user),
                ),
                done=_("Kept."),
                back=here,
                brand_id=brand.pk,
            )
        chosen = settings_of(brand.pk)
        context = self.admin_site.each_context(request) | {
            "title": _("Settings of the queue"),
            "chosen": chosen,
            "usual_s": int(undo_window(type(chosen)()).total_seconds()),
            "longest_s": LONGEST_UNDO_S,
            "categories": Category.choices,
            "may_change": can(request.user, "moderation.policy.manage", brand),
        }
        return TemplateResponse(request, "moderation/queue_settings.html", context)


def _brand_of(request: HttpRequest) -> Brand | None:
    workspace = workspace_of(request)
    return workspace.brand if workspace else None


def _number(text: str) -> int | None:
    """Digits, else nothing; a number nobody means is refused by the verb."""
    text = text.strip()
    if not text:
        return None
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 7 else -1


def _line(seen: Seen) -> dict[str, Any]:
    """Counts in the order of the columns, gravest first."""
    grades = [grade for grade, _label in Severity.choices[::-1]]
    return {
        "person": seen.person,
        "today": [seen.today[grade] for grade in grades],
        "week": [seen.week[grade] for grade in grades],
    }
