"""The base of every endpoint: one brand's workspace, declared capabilities, recorded reads."""

from typing import Any, ClassVar, cast

from django.db.models import Model, QuerySet
from django.http import Http404
from rest_framework.parsers import BaseParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.serializers import BaseSerializer
from rest_framework.views import APIView
from rest_framework.viewsets import GenericViewSet

from tenants.api.filters import StrictFilterBackend
from tenants.api.parsers import BoundedJSONParser
from tenants.domain.reach import within
from tenants.models import Brand
from tenants.permissions import Actor
from tenants.registries import audit


class WorkspaceAPIView(APIView):
    """Answers only inside a brand's workspace; elsewhere there is nothing (404)."""

    parser_classes: ClassVar[list[type[BaseParser]]] = [BoundedJSONParser]  # type: ignore[misc]  # ClassVar for ruff
    http_method_names: ClassVar[list[str]] = ["get", "head", "post"]  # type: ignore[misc]  # ClassVar for ruff

    @property
    def brand(self) -> Brand:
        """The brand of the address. Raises: Http404 outside a brand's workspace."""
        workspace = getattr(self.request, "workspace", None)
        if workspace is None or workspace.brand is None:
            raise Http404
        brand: Brand = workspace.brand
        return brand

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        _ = self.brand
        super().initial(request, *args, **kwargs)

    @property
    def actor(self) -> Actor:
        """The token or the person that asks."""
        return cast("Actor", self.request.user)

    def finalize_response(
        self, request: Request, response: Response, *args: Any, **kwargs: Any
    ) -> Response:
        response.headers["Cache-Control"] = "no-store"
        return super().finalize_response(request, response, *args, **kwargs)


class BrandViewSet(WorkspaceAPIView, GenericViewSet[Any]):
    """Lists and single objects of one brand.

    ``capabilities``: what each action asks of the actor; an action without one answers nobody.
    ``listed_kind``/``read_kind``: the audit event that reading leaves behind, where the data are
    personal; an empty page leaves none. ``detail_serializer_class``: for single objects, if it
    differs.
    """

    capabilities: ClassVar[dict[str, str]] = {}
    listed_kind: ClassVar[str] = ""
    read_kind: ClassVar[str] = ""
    detail_serializer_class: ClassVar[type[BaseSerializer[Any]] | None] = None
    filter_backends: ClassVar[list[type[StrictFilterBackend]]] = [StrictFilterBackend]  # type: ignore[misc]  # ClassVar for ruff
    account_path: ClassVar[str] = ""  # to the channel account's id, where grants on one count
    lookup_value_converter = "uuid"

    def get_queryset(self) -> QuerySet[Any]:
        asked = self.capabilities.get(self.action or "", "")
        return within(super().get_queryset(), self.actor, asked, via=self.account_path)

    def get_serializer_class(self) -> type[BaseSerializer[Any]]:
        if self.action == "retrieve" and self.detail_serializer_class is not None:
            return self.detail_serializer_class
        return super().get_serializer_class()

    def listed_object(self) -> Model:
        """What the event of a list is about."""
        return self.brand

    def send_page(self) -> Response:
        """The asked-for page; its reading is recorded with the count."""
        page = self.paginate_queryset(self.filter_queryset(self.get_queryset())) or []
        data = self.get_serializer(page, many=True).data
        if self.listed_kind and page:
            audit(
                self.listed_kind,
                self.listed_object(),
                actor=self.actor,
                facts={"count": len(page)},
            )
        return self.get_paginated_response(data)

    def send_object(self) -> Response:
        """The asked-for object; its reading is recorded."""
        found = self.get_object()
        data = self.get_serializer(found).data
        if self.read_kind:
            audit(self.read_kind, found, actor=self.actor)
        return Response(data)


class ListMixin:
    """GET of the collection."""

    def list(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.send_page()  # type: ignore[attr-defined,no-any-return]  # mixed into BrandViewSet


class DetailMixin:
    """GET of one object."""

    def retrieve(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        return self.send_object()  # type: ignore[attr-defined,no-any-return]  # mixed into BrandViewSet
