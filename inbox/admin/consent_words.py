"""A brand's own opt-out words, and what a message is heard as, tried before anybody writes it."""

from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect, JsonResponse
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from inbox.choices import ConsentWordKind, ConsentWordMatch
from inbox.domain.consent_words import Heard, OwnWord, hear, normalise, version
from inbox.domain.own_words import CAPABILITY, add_word, own_words, set_word_in_use
from inbox.models import ConsentWord
from tenants.admin.acts import perform, wants_json
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Brand, User
from tenants.permissions import can

LIST = "admin:inbox_consentword_changelist"
_LONGEST_TRIAL = 1000
_HEARD: dict[str | None, StrOrPromise] = {
    None: gettext_lazy("Nothing of the sort: the message goes its usual way."),
    "stop": gettext_lazy("Stop: automatic messages, marketing and surveys end."),
    "start": gettext_lazy("Start: only from somebody who had stopped, or by the word itself."),
    "help": gettext_lazy("Help: the help text answers, or a person is called."),
    "agree": gettext_lazy("Yes: only from somebody who was asked for a consent."),
    "data_request": gettext_lazy("A request about their data: automation stops, a person acts."),
    "unclear": gettext_lazy("Unclear: automation stops, and a person is asked."),
}


@admin.register(ConsentWord)
class ConsentWordPage(BrandAdmin):
    """Own words are heard before the product's; none is ever deleted."""

    view_capability = "compliance.consent.view"
    ordering = ("kind", "language", "word", "id")

    def get_urls(self) -> list[URLPattern]:
        post = self.post_view
        return [
            path("add-word/", post(self.add_word), name="inbox_consentword_add_word"),
            path("try/", post(self.try_message), name="inbox_consentword_try"),
            path("<uuid:pk>/use/", post(self.use), name="inbox_consentword_use"),
            *super().get_urls(),
        ]

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False  # the list has its own form

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        if not self.has_view_permission(request):
            return super().changelist_view(request)
        return self._page(request)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        self.find(request, object_id)
        return HttpResponseRedirect(reverse(LIST))

    def _page(self, request: HttpRequest, **more: Any) -> HttpResponse:
        workspace = workspace_of(request)
        brand = workspace.brand if workspace else None
        context = self.admin_site.each_context(request) | {
            "title": _("Opt-out words"),
            "opts": self.opts,
            "rows": self.get_queryset(request).select_related("brand")[:500],
            "kinds": ConsentWordKind.choices,
            "matches": ConsentWordMatch.choices,
            "version": version(),
            "may_change": brand is not None and can(request.user, CAPABILITY, brand),
            "shows_brand": brand is None,
            "given": request.POST,
            **more,
        }
        return TemplateResponse(request, "inbox/consent_words.html", context)

    def _brand(self, request: HttpRequest) -> Brand:
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is None:
            raise Http404
        if not can(request.user, CAPABILITY, workspace.brand):
            raise PermissionDenied
        return workspace.brand

    def add_word(self, request: HttpRequest) -> HttpResponse:
        brand, wrong = self._brand(request), ""
        try:
            with transaction.atomic():
                add_word(
                    brand,
                    kind=request.POST.get("kind", ""),
                    language=request.POST.get("language", ""),
                    word=request.POST.get("word", ""),
                    match=request.POST.get("match", ""),
                    actor=cast(User, request.user),
                )
        except InvalidInput as error:
            wrong = error.field
            messages.error(request, str(error))
        except DomainError as error:
            messages.error(request, str(error))
        else:
            messages.success(request, _("From now on this word is heard."))
            return HttpResponseRedirect(reverse(LIST))
        return self._page(request, wrong=wrong)

    def use(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row: ConsentWord = self.find(request, pk)
        is_active = request.POST.get("is_active") == "yes"
        again, retired = _("The word is heard again."), _("The word is not heard any more.")
        return perform(
            request,
            lambda: set_word_in_use(row, is_active=is_active, actor=cast(User, request.user)),
            done=again if is_active else retired,
            back=reverse(LIST),
            brand_id=row.brand_id,
        )

    def try_message(self, request: HttpRequest) -> HttpResponse:
        """What a message would be heard as, with the word in the form as if it were stored.

        A POST, because people paste real messages; nothing is stored.
        """
        if not self.has_view_permission(request):
            raise PermissionDenied
        workspace = workspace_of(request)
        brand = workspace.brand if workspace else None
        own = own_words(brand.pk) if brand is not None else ()
        text = request.POST.get("text", "")[:_LONGEST_TRIAL]
        heard = hear(text, own=(*_drafted(request), *own), opted_out=True, asked=True)
        told = {
            "kind": heard.kind or "",
            "words": str(_HEARD[heard.kind]),
            "matched": heard.matched,
            "rule": _rule(heard),
            "read": normalise(text)[:200],
        }
        if wants_json(request):
            return JsonResponse(told)
        return self._page(request, tried=told, text=text)


def _drafted(request: HttpRequest) -> tuple[OwnWord, ...]:
    norm = normalise(request.POST.get("word", "")[:80])
    kind = request.POST.get("kind", "")
    if not norm or kind not in ConsentWordKind.values:
        return ()
    is_whole = request.POST.get("match") != ConsentWordMatch.ANYWHERE
    return (OwnWord("draft", kind, "und", norm, is_whole),)


def _rule(heard: Heard) -> str:
    return str(_("your own word")) if ".own." in f".{heard.rule}" else heard.rule
