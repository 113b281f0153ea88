"""The policy by category: what is in effect, the drafts, and all versions.

A change is a draft first, seen against what is in effect and tried on what people really wrote.
"""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from moderation.admin import policy_draft
from moderation.admin.brand_pages import BrandPage
from moderation.choices import OPEN_DRAFTS, Category
from moderation.domain import policy_drafts
from moderation.domain.policy_drafts import CAPABILITY
from moderation.models import PolicyDraft, PolicyRule
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin
from tenants.exceptions import InvalidInput
from tenants.models import Brand, User
from tenants.permissions import can

DRAFT = "admin:moderation_policyrule_draft"


@admin.register(PolicyRule)
class PolicyRulePage(BrandPage):
    view_capability = "moderation.policy.view"

    def get_urls(self) -> list[URLPattern]:
        acts = {
            "discard": self.discard,
            "apply": self.apply,
            "schedule": self.schedule,
            "unschedule": self.unschedule,
        }
        draft = self.admin_site.admin_view(self.draft)
        withdraw = self.post_view(self.withdraw)
        return [
            path("draft/<slug:category>/", draft, name="moderation_policyrule_draft"),
            *(
                path(
                    f"drafts/<uuid:pk>/{name}/",
                    self.post_view(view),
                    name=f"moderation_policyrule_{name}",
                )
                for name, view in acts.items()
            ),
            path("<uuid:pk>/withdraw/", withdraw, name="moderation_policyrule_withdraw"),
            *super().get_urls(),
        ]

    # Pages

    def brand_view(self, request: HttpRequest, brand: Brand) -> HttpResponse:
        rules = {
            rule.category: rule
            for rule in PolicyRule.objects.filter(brand=brand, retired_at=None).select_related(
                "made_by"
            )
        }
        drafts = {
            draft.category: draft
            for draft in PolicyDraft.objects.filter(brand=brand, state__in=OPEN_DRAFTS)
        }
        return self.page(
            request,
            "policy",
            title=_("Policy"),
            lines=[(name, rules.get(name), drafts.get(name)) for name in Category],
            may_manage=can(request.user, CAPABILITY, brand),
        )

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """One version as it was, read-only."""
        answer: HttpResponse = BrandAdmin.change_view(
            self, request, object_id, form_url, extra_context
        )
        return answer

    def draft(self, request: HttpRequest, category: str) -> HttpResponse:
        brand = self.brand_of(request, needs=self.view_capability)
        if category not in Category.values:
            raise Http404
        return policy_draft.answer(self, request, brand, Category(category))

    # Acts

    def discard(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        draft, actor = self._draft(request, pk), cast(User, request.user)
        return perform(
            request,
            lambda: policy_drafts.discard_draft(draft, actor=actor),
            done=_("Discarded. The rule stays as it is."),
            back=self.home,
            brand_id=draft.brand_id,
        )

    def apply(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        draft, actor, seen = (
            self._draft(request, pk),
            cast(User, request.user),
            policy_draft.seen_of(request),
        )

        def verb() -> object:
            if request.POST.get("confirm") != "yes":
                raise InvalidInput("confirm", _("Confirm that you have read the difference."))
            return policy_drafts.apply_draft(draft, actor=actor, seen=seen)

        return perform(
            request,
            verb,
            done=_("In effect. Open cases of this category have moved to the new version."),
            back=reverse(DRAFT, args=[draft.category]),
            brand_id=draft.brand_id,
            tell=_told,
        )

    def schedule(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        draft, actor, seen = (
            self._draft(request, pk),
            cast(User, request.user),
            policy_draft.seen_of(request),
        )

        def verb() -> object:
            if request.POST.get("confirm") != "yes":
                raise InvalidInput("confirm", _("Confirm that you have read the difference."))
            return policy_drafts.schedule_draft(draft, at=_day(request), actor=actor, seen=seen)

        return perform(
            request,
            verb,
            done=_("It takes effect by itself then. Until then it can be taken back."),
            back=reverse(DRAFT, args=[draft.category]),
            brand_id=draft.brand_id,
        )

    def unschedule(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        draft, actor = self._draft(request, pk), cast(User, request.user)
        return perform(
            request,
            lambda: policy_drafts.unschedule_draft(draft, actor=actor),
            done=_("Off the schedule. It is a draft again."),
            back=reverse(DRAFT, args=[draft.category]),
            brand_id=draft.brand_id,
        )

    def withdraw(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        brand = self.brand_of(request, needs=CAPABILITY)
        rule = PolicyRule.objects.filter(pk=pk, brand=brand).first()
        if rule is None:
            raise Http404
        return perform(
            request,
            lambda: policy_drafts.withdraw_rule(
                rule, reason=request.POST.get("reason", ""), actor=cast(User, request.user)
            ),
            done=_(
                "Withdrawn. The earlier version is in effect again, as a new one; open cases have "
                "moved to it, decisions keep the version they were made by."
            ),
            back=reverse(DRAFT, args=[rule.category]),
            brand_id=rule.brand_id,
            tell=_told,
        )

    def _draft(self, request: HttpRequest, pk: UUID) -> PolicyDraft:
        brand = self.brand_of(request, needs=CAPABILITY)
        draft = PolicyDraft.objects.filter(pk=pk, brand=brand).first()
        if draft is None:
            raise Http404
        return draft


def _day(request: HttpRequest) -> datetime:
    try:
        found = parse_datetime(request.POST.get("at", ""))
    except ValueError:
        found = None
    if found is None:
        raise InvalidInput("at", _("Choose day and time."))
    return found if timezone.is_aware(found) else timezone.make_aware(found)


def _told(result: Any) -> dict[str, str]:
    rule, moved = result
    words = ngettext(
        "%(n)d open case moved to %(rule)s.", "%(n)d open cases moved to %(rule)s.", moved
    )
    return {"moved": words % {"n": moved, "rule": rule}}
