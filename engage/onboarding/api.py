"""The API's way to take a brand on: the same document, the same verb, problems by JSON pointer."""

from http import HTTPStatus
from typing import Any, ClassVar

from django.http import Http404, HttpResponse
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import (
    OpenApiParameter,
    OpenApiResponse,
    extend_schema,
    inline_serializer,
)
from rest_framework import serializers
from rest_framework.permissions import BasePermission
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from engage.api.permissions import InWorkspace
from engage.api.problems import FieldProblem, problem
from engage.onboarding.applying import Outcome, apply
from engage.onboarding.document import parse
from engage.onboarding.problems import BadDocument
from tenants.api.views import WorkspaceAPIView
from tenants.domain.directory import Workspace

_CHANGE = inline_serializer(
    "BrandChange",
    {
        "kind": serializers.ChoiceField(["created", "changed", "kept"]),
        "place": serializers.CharField(help_text="As in the document; dots lead inwards."),
        "before": serializers.CharField(),
        "after": serializers.CharField(),
    },
    many=True,
)
_ANSWER = inline_serializer(
    "BrandOutcome",
    {
        "slug": serializers.CharField(),
        "state": serializers.CharField(),
        "is_new": serializers.BooleanField(),
        "dry_run": serializers.BooleanField(),
        "changes": _CHANGE,
    },
)


class BrandsView(WorkspaceAPIView):
    """In an agency's workspace: ``/w/<agency>/api/v1/brands/``. For people signed in: tokens belong
    to one brand, so none can make another."""

    permission_classes: ClassVar[list[type[BasePermission]]] = [InWorkspace]  # type: ignore[misc]  # ClassVar for ruff

    @property
    def workspace(self) -> Workspace:
        """Raises: Http404 in a brand's workspace."""
        workspace: Workspace | None = getattr(self.request, "workspace", None)
        if workspace is None or workspace.brand is not None:
            raise Http404
        return workspace

    def initial(self, request: Request, *args: Any, **kwargs: Any) -> None:
        _ = self.workspace
        APIView.initial(self, request, *args, **kwargs)

    @extend_schema(
        summary="Take a brand on, or change it",
        description=(
            "In the agency's workspace (`/w/{agency}/api/v1/brands/`), for signed-in people: a"
            " token belongs to one brand. The body is the document that `manage.py onboard` reads,"
            " as JSON; what it leaves out stays as it is, and sending it twice changes nothing the"
            " second time. 201 for a new brand, 200 otherwise. Every problem is told at once;"
            " `field` is a JSON pointer (RFC 6901). A brand goes live in the admin only. Needs"
            " `tenants.brand.create` for a new brand, `tenants.brand.manage` for one that is there."
        ),
        parameters=[
            OpenApiParameter(
                "dry_run", bool, description="1: tell what would change, change nothing."
            )
        ],
        request=OpenApiTypes.OBJECT,
        responses={
            200: OpenApiResponse(_ANSWER, description="Changed, or a dry run"),
            201: OpenApiResponse(_ANSWER, description="A new brand"),
        },
    )
    def post(self, request: Request) -> Response | HttpResponse:
        dry_run = request.query_params.get("dry_run", "") in {"1", "true"}
        try:
            outcome = apply(
                parse(request.data),
                agency=self.workspace.agency,
                actor=self.actor,
                dry_run=dry_run,
            )
        except BadDocument as bad:
            return _refused(bad)
        is_made = outcome.is_new and not dry_run
        return Response(_told(outcome), status=HTTPStatus.CREATED if is_made else HTTPStatus.OK)


def _told(outcome: Outcome) -> dict[str, Any]:
    return {
        "slug": outcome.brand.slug,
        "state": outcome.brand.state,
        "is_new": outcome.is_new,
        "dry_run": outcome.is_dry_run,
        "changes": [line.to_json() for line in outcome.diff.lines],
    }


def _refused(bad: BadDocument) -> HttpResponse:
    return problem(
        HTTPStatus.BAD_REQUEST,
        code=bad.code,
        detail=str(bad),
        errors=[
            FieldProblem(field=one.pointer, code="invalid_input", detail=one.message)
            for one in bad.problems
        ],
    )
