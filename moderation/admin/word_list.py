"""A brand's word lists and patterns: write them, try them, see what they would have found."""

from dataclasses import dataclass
from typing import Any, cast
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils.text import slugify
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from moderation.admin.evidence import Piece, pieces_of
from moderation.choices import Category, ListEffect, ListMatch
from moderation.domain import word_lists
from moderation.domain.assessment import ListHit
from moderation.domain.list_files import LARGEST_BYTES, csv_of, terms_from_csv
from moderation.domain.list_trial import Trial, hits_in, try_on_history
from moderation.domain.word_lists import CAPABILITY, Draft, check_draft, draft_of, terms_of
from moderation.models import WordList, WordListVersion
from tenants.admin.acts import perform
from tenants.admin.base import BrandAdmin, workspace_of
from tenants.domain.reads import tell_reads
from tenants.exceptions import DomainError, InvalidInput
from tenants.models import Brand, User
from tenants.permissions import can
from tenants.registries import Seen

LIST = "admin:moderation_wordlist_changelist"
PAGE = "admin:moderation_wordlist_change"
_LONGEST_TRIAL = 5_000
_MOST_VERSIONS = 20
_LANGUAGES = (
    ("", gettext_lazy("Every language")),
    ("de", gettext_lazy("German")),
    ("en", gettext_lazy("English")),
)
_FIRST = {"match": ListMatch.WHOLE, "effect": ListEffect.QUEUE, "weight_pct": "60"}


@dataclass(frozen=True, slots=True)
class _Shown:
    """A text with what was found in it."""

    who: str
    pieces: list[Piece]
    hits: tuple[ListHit, ...]


@admin.register(WordList)
class WordListPage(BrandAdmin):
    """Saving makes a new version; nothing is deleted, because assessments name versions."""

    view_capability = "moderation.policy.view"
    empty_hint = gettext_lazy(
        "A list of your own words or patterns brings comments before people, beside what "
        "Engage knows already."
    )
    add_capability = CAPABILITY
    list_display = (
        "name",
        "category",
        "match",
        "effect",
        "entries",
        "language",
        "version",
        "is_enabled",
    )
    list_filter = ("category", "match", "effect", "is_enabled")
    search_fields = ("name",)
    ordering = ("name", "id")

    def get_urls(self) -> list[URLPattern]:
        use = self.post_view(self.use)
        export = self.admin_site.admin_view(self.export)
        return [
            path("<uuid:pk>/use/", use, name="moderation_wordlist_use"),
            path("<uuid:pk>/export/", export, name="moderation_wordlist_export"),
            *super().get_urls(),
        ]

    @admin.display(description=gettext_lazy("entries"))
    def entries(self, row: WordList) -> int:
        return len(terms_of(row.terms))

    # The page

    def add_view(
        self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        brand = self._own_brand(request)
        if not can(request.user, CAPABILITY, brand):
            raise PermissionDenied
        if request.method != "POST":
            return self._page(request, None, given=_FIRST)
        return self._answer(request, brand, None)

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        row: WordList = self.find(request, object_id)
        if request.method != "POST":
            return self._page(request, row, given=_written(row))
        if not can(request.user, CAPABILITY, row):
            raise PermissionDenied
        return self._answer(request, Brand.objects.get(pk=row.brand_id), row)

    @staticmethod
    def _own_brand(request: HttpRequest) -> Brand:
        workspace = workspace_of(request)
        if workspace is None or workspace.brand is None:
            raise Http404
        return workspace.brand

    def _answer(self, request: HttpRequest, brand: Brand, row: WordList | None) -> HttpResponse:
        """What the button asks: save, try on a text, look back, or take entries from a file."""
        given = {name: value for name, value in request.POST.items() if isinstance(value, str)}
        more: dict[str, Any] = {}
        try:
            if request.POST.get("do") == "import":
                given["terms"] = _imported(request)
                messages.info(request, _("Read from the file. Look it over, then save."))
            elif request.POST.get("do") == "try":
                more["tried"] = _tried(_draft(request), given.get("text", ""))
            elif request.POST.get("do") == "preview":
                more["trial"], more["found"] = self._look_back(request, row)
            else:
                saved = self._save(request, brand, row)
                messages.success(request, _("Saved. Comments are compared with it from now on."))
                return HttpResponseRedirect(reverse(PAGE, args=[saved.pk]))
        except InvalidInput as error:
            more["wrong"] = error.field
            more["why"] = str(error)
            messages.error(request, str(error))
        except DomainError as error:
            messages.error(request, str(error))
        return self._page(request, row, given=given, **more)

    def _save(self, request: HttpRequest, brand: Brand, row: WordList | None) -> WordList:
        draft, actor = _draft(request), cast(User, request.user)
        with transaction.atomic():
            if row is None:
                return word_lists.add_list(brand, draft, actor=actor)
            seen = request.POST.get("version", "")
            return word_lists.change_list(
                row, draft, actor=actor, seen_version=int(seen) if seen.isdecimal() else None
            )

    def _look_back(
        self, request: HttpRequest, row: WordList | None
    ) -> tuple[Trial | None, list[_Shown]]:
        if not can(request.user, "moderation.case.view"):
            raise InvalidInput("do", _("Your role may not read comments, so it cannot look back."))
        draft = _draft(request)
        check_draft(draft)
        before = draft_of(row).as_list() if row is not None else None
        trial = try_on_history(draft.as_list(), before=before, actor=request.user)
        brand = Brand(pk=self._own_brand(request).pk if row is None else row.brand_id)
        facts = {"count": len(trial.shown)}
        if trial.shown:
            seen = Seen("inbox.message.listed", brand, facts, page="word_list")
            tell_reads([seen], actor=request.user)
        return trial, [
            _shown(hit.message.text, hit.hits, who=str(hit.message.conversation.contact))
            for hit in trial.shown
        ]

    def _page(
        self, request: HttpRequest, row: WordList | None, *, given: Any, **more: Any
    ) -> HttpResponse:
        versions = WordListVersion.objects.filter(word_list=row).select_related("made_by")
        may_change = can(request.user, CAPABILITY, row) if row else True
        context = self.admin_site.each_context(request) | {
            "title": row.name if row else _("New word list"),
            "opts": self.opts,
            "row": row,
            "given": given,
            "versions": versions.order_by("-version")[:_MOST_VERSIONS] if row else (),
            "categories": Category.choices,
            "matches": ListMatch.choices,
            "effects": ListEffect.choices,
            "languages": _LANGUAGES,
            "may_change": may_change,
            "may_look_back": can(request.user, "moderation.case.view"),
            "longest_trial": _LONGEST_TRIAL,
            **more,
        }
        return TemplateResponse(request, "moderation/word_list.html", context)

    # Acts

    def use(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row: WordList = self.find(request, pk)
        wanted = request.POST.get("is_enabled") == "yes"
        again, retired = _("The list is in use again."), _("The list is out of use.")
        return perform(
            request,
            lambda: word_lists.set_list_in_use(
                row, is_enabled=wanted, actor=cast(User, request.user)
            ),
            done=again if wanted else retired,
            back=reverse(PAGE, args=[row.pk]),
            brand_id=row.brand_id,
        )

    def export(self, request: HttpRequest, pk: UUID) -> HttpResponse:
        row: WordList = self.find(request, pk)
        name = f"{slugify(row.name) or 'list'}-v{row.version}.csv"
        return HttpResponse(
            csv_of(row),
            content_type="text/csv; charset=utf-8",
            headers={"Content-Disposition": f'attachment; filename="{name}"'},
        )


def _draft(request: HttpRequest) -> Draft:
    def text(name: str) -> str:
        return request.POST.get(name, "").replace("\x00", "").strip()

    weight = text("weight_pct")
    return Draft(
        name=text("name"),
        category=text("category"),
        match=text("match"),
        effect=text("effect"),
        weight_pct=int(weight) if weight.isdecimal() and len(weight) < 4 else 0,
        language=text("language"),
        terms=terms_of(request.POST.get("terms", "")),
    )


def _written(row: WordList) -> dict[str, Any]:
    draft = draft_of(row)
    return draft.content() | {"terms": "\n".join(draft.terms), "version": row.version}


def _imported(request: HttpRequest) -> str:
    file = request.FILES.get("file")
    if file is None:
        raise InvalidInput("file", _("Choose a file."))
    return "\n".join(terms_from_csv(file.read(LARGEST_BYTES + 1)))


def _tried(draft: Draft, text: str) -> _Shown:
    check_draft(draft)
    text = text[:_LONGEST_TRIAL]
    return _shown(text, hits_in(text, draft.as_list()))


def _shown(text: str, hits: tuple[ListHit, ...], *, who: str = "") -> _Shown:
    found = [{"start": hit.start, "end": hit.end, "signal": hit.term} for hit in hits]
    return _Shown(who, pieces_of(text, found), hits)
