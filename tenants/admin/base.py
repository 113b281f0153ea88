"""The base of every admin page over rows of a brand."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import Any, ClassVar
from urllib.parse import urlencode

from django.contrib import messages
from django.contrib.admin.options import ActionLocation
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import NoReverseMatch, reverse
from django.utils.text import capfirst
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST
from django_stubs_ext import StrOrPromise
from unfold.admin import ModelAdmin

from tenants.admin.choices import choices_of
from tenants.admin.labels import give_labels
from tenants.domain.agencies import own_brand
from tenants.domain.directory import Workspace
from tenants.domain.reach import within
from tenants.domain.reads import tell_reads
from tenants.exceptions import DomainError
from tenants.models import Brand, BrandModel
from tenants.permissions import can
from tenants.registries import Seen
from tenants.scope import active_brand_id


def workspace_of(request: HttpRequest) -> Workspace | None:
    return getattr(request, "workspace", None)


class BrandAdmin(ModelAdmin):  # type: ignore[misc]  # unfold is untyped
    """Rows of the workspace only, rights from ``can()`` only, nothing written by GET.

    ``view_capability`` is needed to see, ``change_capability`` to change ``editable_fields``;
    without it the page is read-only. ``add_capability`` allows adding, in a brand's own workspace.
    Nothing is deleted here. ``palette_icon`` puts the rows into the command palette.
    ``empty_hint``: what would stand in an empty list, and how it gets there.

    ``reads``: where the rows tell of people, ``<app>.<noun>``; opening one, listing and finding
    them are then events. Whoever answers past ``changelist_view`` and ``changeform_view`` hands
    ``opened`` and ``listed`` to ``tell_reads``.
    """

    view_capability: ClassVar[str]
    change_capability: ClassVar[str | None] = None
    add_capability: ClassVar[str | None] = None
    editable_fields: ClassVar[tuple[str, ...]] = ()
    palette_icon: ClassVar[str] = ""
    empty_hint: ClassVar[StrOrPromise] = ""
    reads: ClassVar[str] = ""
    account_path: ClassVar[str] = ""  # to the channel account's id, where grants on one count

    # The four ways in which unfold writes by GET: tests/tenants/admin checks that none is used.
    actions_list = ()
    actions_row = ()
    actions_detail = ()
    actions_submit_line = ()

    list_per_page = 50
    show_full_result_count = False

    def __init__(self, model: type[models.Model], admin_site: Any) -> None:
        give_labels(model)
        super().__init__(model, admin_site)

    # Rights

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return workspace_of(request) is not None and can(request.user, self.view_capability, obj)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (
            workspace_of(request) is not None
            and self.change_capability is not None
            and can(request.user, self.change_capability, obj)
        )

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return (
            self.add_capability is not None
            and active_brand_id() is not None
            and can(request.user, self.add_capability)
        )

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_module_permission(self, request: HttpRequest) -> bool:
        return self.has_view_permission(request)

    def seen_with(self) -> tuple[str, ...]:
        """Capabilities of which one is enough to see a row."""
        return (self.view_capability,)

    def admit(self, request: HttpRequest) -> None:
        """Before anything is looked up, so that the answer tells nothing of what there is.

        Raises: PermissionDenied for a colleague without the right, Http404 outside a workspace.
        """
        if not self.has_view_permission(request):
            raise Http404 if workspace_of(request) is None else PermissionDenied

    # Rows

    def get_queryset(self, request: HttpRequest) -> models.QuerySet[Any]:
        """Through the scoped manager, whatever ``_default_manager`` a model may have."""
        queryset: models.QuerySet[Any] = self.model.objects.all()
        if issubclass(self.model, BrandModel):
            queryset = within(queryset, request.user, *self.seen_with(), via=self.account_path)
        ordering = self.get_ordering(request)
        return queryset.order_by(*ordering) if ordering else queryset

    def find(self, request: HttpRequest, pk: Any) -> Any:
        """The row, if it is in this workspace and the person may see it.

        Raises: PermissionDenied, Http404 for a foreign row exactly as for one that does not exist.
        """
        self.admit(request)
        row = self.get_object(request, str(pk))
        if row is None or not self.has_view_permission(request, row):
            raise Http404
        return row

    def _get_obj_does_not_exist_redirect(
        self, request: HttpRequest, _opts: Any, _object_id: str
    ) -> HttpResponse:
        """Django would answer 302 with a sentence that repeats the id."""
        self.admit(request)
        raise Http404

    def get_list_select_related(self, request: HttpRequest) -> Any:
        related = super().get_list_select_related(request)
        if self._shows_brand(request) and isinstance(related, list | tuple):
            return [*related, "brand"]
        return related

    def get_list_display(self, request: HttpRequest) -> Any:
        columns = list(super().get_list_display(request))
        if self._shows_brand(request):
            columns.insert(1, "brand")
        return columns

    def _shows_brand(self, request: HttpRequest) -> bool:
        """Only in an agency's workspace: in a brand's there is nothing to tell apart."""
        workspace = workspace_of(request)
        has_brand = any(field.name == "brand" for field in self.opts.fields)
        return workspace is not None and workspace.brand is None and has_brand

    # Forms

    def get_exclude(self, request: HttpRequest, obj: Any = None) -> Any:
        return [*(super().get_exclude(request, obj) or ()), "brand"]

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        """Everything that is not named in ``editable_fields``, above all states."""
        declared = list(super().get_readonly_fields(request, obj))
        shown = self.fields or [
            field.name
            for field in self.opts.fields
            if field.name not in {"brand", "id"} and not field.name.endswith("_sha256")
        ]
        for name in shown:
            if name not in self.editable_fields and name not in declared:
                declared.append(name)
        return declared

    def formfield_for_foreignkey(
        self, db_field: Any, request: HttpRequest | None, **kwargs: Any
    ) -> Any:
        kwargs["queryset"] = choices_of(db_field.remote_field.model, request)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)

    def formfield_for_manytomany(
        self, db_field: Any, request: HttpRequest | None, **kwargs: Any
    ) -> Any:
        kwargs["queryset"] = choices_of(db_field.remote_field.model, request)
        return super().formfield_for_manytomany(db_field, request, **kwargs)

    def save_model(self, request: HttpRequest, obj: Any, form: Any, change: bool) -> None:  # noqa: FBT001 -- Django's signature
        if not change and hasattr(obj, "brand_id"):
            obj.brand_id = active_brand_id()
        super().save_model(request, obj, form, change)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        title = capfirst(self.opts.verbose_name_plural)
        response: HttpResponse = super().changelist_view(
            request, {"title": title} | (extra_context or {})
        )
        shown = (getattr(response, "context_data", None) or {}).get("cl")
        if self.reads and shown is not None:
            term, page = str(shown.query).strip(), f"page.{shown.page_num}"
            tell_reads(
                self.listed(request, list(shown.result_list), term=term, page=page),
                actor=request.user,
            )
        return response

    def changeform_view(
        self,
        request: HttpRequest,
        object_id: str | None = None,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        may_audit = can(request.user, "compliance.audit.view")
        context = {"may_see_audit": may_audit} | (extra_context or {})
        try:
            with transaction.atomic():
                response: HttpResponse = super().changeform_view(
                    request, object_id, form_url, context
                )
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())
        row = (getattr(response, "context_data", None) or {}).get("original")
        if self.reads and row is not None:
            tell_reads([self.opened(request, row)], actor=request.user)
        return response

    # Readings

    def opened(self, request: HttpRequest, row: models.Model, **facts: Any) -> Seen:
        """That one row was shown. What has no brand is told to the agency's own ledger."""
        owner = None if hasattr(row, "brand_id") else self._own(request)
        return Seen(f"{self.reads}.read", row, facts, brand_id=owner)

    def listed(
        self, request: HttpRequest, rows: Sequence[Any], *, term: str = "", page: str = ""
    ) -> list[Seen]:
        """That these rows were shown or found: one entry for each brand, with the count. What was
        searched for may be a name: it can be erased."""
        kind = f"{self.reads}.{'searched' if term else 'listed'}"
        personal = {"term": term} if term else None
        counts = Counter(getattr(row, "brand_id", None) for row in rows) if self.reads else {}
        seen = []
        for brand_id, count in counts.items():
            owner = self._own(request) if brand_id is None else None
            place = Brand(pk=brand_id or owner)
            seen.append(Seen(kind, place, {"count": count}, personal, page, owner))
        return seen

    @staticmethod
    def _own(request: HttpRequest) -> Any:
        workspace = workspace_of(request)
        return own_brand(workspace.agency).pk if workspace is not None else None

    # History and actions

    def history_view(
        self, request: HttpRequest, object_id: str, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The audit trail of this object, instead of Django's own log."""
        row = self.find(request, object_id)
        if not can(request.user, "compliance.audit.view", row):
            raise PermissionDenied
        return HttpResponseRedirect(audit_url(row))

    def log_addition(self, *_args: Any) -> None:
        """Nothing: the audit trail is the only log. Django's would know no brand."""

    def log_change(self, *_args: Any) -> None:
        """Nothing, as above."""

    def log_deletions(self, *_args: Any) -> None:
        """Nothing, as above."""

    def get_action_choices(
        self,
        request: HttpRequest,
        default_choices: Any = None,
        action_location: ActionLocation = ActionLocation.CHANGE_LIST,
    ) -> Any:
        """Past unfold, whose signature lacks the place that Django 6.1 asks for."""
        choices = default_choices or [("", _("Choose an action"))]
        return super(ModelAdmin, self).get_action_choices(request, choices, action_location)

    def response_action(self, request: HttpRequest, queryset: Any, **where: Any) -> Any:
        """Run a list action (always a POST); a rule that says no is shown in its own words."""
        try:
            with transaction.atomic():
                return super().response_action(request, queryset, **where)
        except DomainError as error:
            messages.error(request, str(error))
            return HttpResponseRedirect(request.get_full_path())

    def post_view(self, view: Callable[..., HttpResponse]) -> Callable[..., HttpResponse]:
        """For ``get_urls``: signed in, CSRF-checked, POST or 405."""
        wrapped: Callable[..., HttpResponse] = self.admin_site.admin_view(require_POST(view))
        return wrapped


def audit_url(row: models.Model) -> str:
    """Address of the audit trail limited to one object and what belongs to it; empty if the trail
    has no screen."""
    try:
        url = reverse("admin:compliance_auditevent_changelist")
    except NoReverseMatch:
        return ""
    return f"{url}?{urlencode({'object': f'{row._meta.label_lower}:{row.pk}', 'related': 1})}"
