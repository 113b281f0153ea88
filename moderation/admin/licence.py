"""Automatic hiding: where each licence stands, on which evidence, and what may be done with it."""

from typing import Any, cast

from django.contrib import admin
from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.translation import gettext as _

from moderation.admin.brand_pages import BrandPage
from moderation.choices import Category, LicenceState
from moderation.domain.licence import states, steps
from moderation.domain.licence.evidence import evidence_for, running_version
from moderation.domain.licence.ruling import share_of
from moderation.models import HidingLicence, LicenceStep, PolicyRule
from moderation.models.licence import ELIGIBLE
from moderation.permissions import MANAGE_LICENCE, VIEW_QUALITY
from tenants.admin.acts import perform
from tenants.models import Brand, User
from tenants.permissions import can

HISTORY = 50


@admin.register(HidingLicence)
class LicencePage(BrandPage):
    view_capability = VIEW_QUALITY

    def get_urls(self) -> list[URLPattern]:
        acts = {
            "raise": self.raise_it,
            "lower": self.lower_it,
            "restart": self.restart_it,
            "threshold": self.set_threshold,
        }
        return [
            *(
                path(
                    f"<slug:category>/{name}/",
                    self.post_view(view),
                    name=f"moderation_hidinglicence_{name}",
                )
                for name, view in acts.items()
            ),
            *super().get_urls(),
        ]

    def brand_view(self, request: HttpRequest, brand: Brand) -> HttpResponse:
        stored = {one.category: one for one in HidingLicence.objects.filter(brand=brand)}
        wants = dict(
            PolicyRule.objects.filter(
                brand=brand, retired_at=None, category__in=ELIGIBLE
            ).values_list("category", "auto_hide")
        )
        version = running_version(brand.pk)
        return self.page(
            request,
            "licence",
            title=_("Automatic hiding"),
            licences=[
                _card(
                    stored.get(category) or HidingLicence(brand=brand, category=category),
                    version=version,
                    is_wanted=wants.get(category, False),
                )
                for category in ELIGIBLE
            ],
            steps=LicenceStep.objects.filter(brand=brand)
            .select_related("licence", "changed_by")
            .order_by("-at")[:HISTORY],
            version=version,
            may_manage=can(request.user, MANAGE_LICENCE, brand),
        )

    def raise_it(self, request: HttpRequest, category: str) -> HttpResponse:
        return self._act(request, category, steps.raise_licence, wants_state=True)

    def lower_it(self, request: HttpRequest, category: str) -> HttpResponse:
        return self._act(request, category, steps.lower_licence, wants_state=True)

    def restart_it(self, request: HttpRequest, category: str) -> HttpResponse:
        return self._act(request, category, steps.restart_licence)

    def set_threshold(self, request: HttpRequest, category: str) -> HttpResponse:
        try:
            threshold = float(request.POST.get("threshold", "").replace(",", "."))
        except ValueError:
            threshold = 0.0
        return self._act(request, category, steps.set_threshold, threshold=threshold)

    def _act(
        self,
        request: HttpRequest,
        category: str,
        verb: Any,
        *,
        wants_state: bool = False,
        **wanted: Any,
    ) -> HttpResponse:
        brand = self.brand_of(request, needs=MANAGE_LICENCE)
        if wants_state:
            wanted["to"] = _state(request)
        if category not in Category.values:
            raise Http404
        return perform(
            request,
            lambda: verb(
                brand,
                Category(category),
                reason=request.POST.get("reason", ""),
                actor=cast(User, request.user),
                **wanted,
            ),
            done=_("Changed. It counts from the next comment on."),
            back=self.home,
            brand_id=brand.pk,
        )


def _state(request: HttpRequest) -> LicenceState:
    wanted = request.POST.get("to", "")
    if wanted not in LicenceState.values:
        raise Http404
    return LicenceState(wanted)


def _card(licence: HidingLicence, *, version: str, is_wanted: bool) -> dict[str, Any]:
    """One licence as its page shows it. Two queries."""
    state = LicenceState(licence.state)
    measured = evidence_for(licence, version=version)
    up = states.next_up(state)
    return {
        "licence": licence,
        "is_wanted": is_wanted,
        "evidence": evidence_for(licence),
        "measured": measured,
        "share": share_of(licence, version=version),
        "is_other_version": states.SHARES[state] > 0 and version != licence.model_version,
        "up": up,
        "may_rise": states.may_rise(state, measured),
        "missing_new": max(0, states.NEW_PER_STEP - measured.new)
        if state != LicenceState.SHADOW
        else 0,
        "down": states.steps_down(state),
        "is_stopped": state == LicenceState.STOPPED,
    }
