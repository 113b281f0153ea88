"""Pages that neither skip nor repeat a row when others arrive in between."""

from typing import Any
from uuid import UUID

from django.conf import settings
from django.utils.translation import gettext as _
from rest_framework.exceptions import NotFound, ValidationError
from rest_framework.pagination import Cursor, CursorPagination
from rest_framework.request import Request


class NewestFirst(CursorPagination):
    """Newest first by key: UUIDv7 keys rise with time and are unique, so a position is one row.

    ``limit`` 1..200 rows. Raises: ValidationError naming ``limit`` or ``cursor``.
    """

    ordering = "-id"
    page_size = 50
    max_page_size = 200
    page_size_query_param = "limit"
    page_size_query_description = "Rows of a page, 1 to 200."
    cursor_query_description = "Taken from `next` or `previous`; not to be made up."

    def get_page_size(self, request: Request) -> int:
        text = request.query_params.get("limit")
        if text is None:
            return self.page_size
        if not (text.isascii() and text.isdigit() and len(text) <= 4):
            text = "0"
        if not 1 <= int(text) <= self.max_page_size:
            raise ValidationError(
                {"limit": [_("Give a whole number from 1 to %d.") % self.max_page_size]}
            )
        return int(text)

    def decode_cursor(self, request: Request) -> Cursor | None:
        try:
            cursor: Cursor | None = super().decode_cursor(request)
            if cursor is None:
                return None
            # A position is a key, and unique keys need no offset: anything else was made up.
            position: Any = str(UUID(str(cursor.position)))
            return Cursor(0, cursor.reverse, position)
        except (NotFound, ValueError, TypeError, AttributeError) as error:
            message = _("This cursor was not made by this list. Start without one.")
            raise ValidationError({"cursor": [message]}) from error

    def paginate_queryset(self, queryset: Any, request: Request, view: Any = None) -> Any:
        # Links name the product's public address: behind a proxy the request's own would be
        # plain http, and a client would follow it with its token.
        page: Any = super().paginate_queryset(queryset, request, view)
        self.base_url = settings.PUBLIC_URL + request.get_full_path()
        return page
