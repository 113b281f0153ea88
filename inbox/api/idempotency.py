"""Repeated requests. Source: draft-ietf-httpapi-idempotency-key-header."""

import re
from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from rest_framework.request import Request

from inbox.models import Conversation, OutboxItem
from tenants.exceptions import DomainError, InvalidInput

HEADER = "Idempotency-Key"
_KEY = re.compile(r"[\x21-\x7e]{1,100}", re.ASCII)


class KeyUsedOtherwise(DomainError):
    """The key belongs to a request with other content."""

    code = "idempotency_key_reused"
    default_message = gettext_lazy(
        "This Idempotency-Key was used for another reply. Take a new key for a new reply."
    )


def key_of(request: Request) -> str:
    """The client's key, made unique to the client. Raises: InvalidInput naming the header."""
    key = request.headers.get(HEADER, "")
    if not _KEY.fullmatch(key):
        raise InvalidInput(HEADER, _("Send a key of 1 to 100 visible ASCII characters."))
    return f"api:{request.user.pk}:{key}"


def refuse_other_use(
    item: OutboxItem, *, conversation: Conversation, wanted: Mapping[str, Any]
) -> None:
    """Whether the key's item is what this request asks for.

    A text that a person has edited since, or that was erased, is not compared.
    Raises: KeyUsedOtherwise.
    """
    text = wanted["text"].replace("\r\n", "\n").strip()
    is_same = (
        item.conversation_id == conversation.pk
        and wanted.get("action", item.action) == item.action
        and wanted.get("to_message", item.message_id) == item.message_id
        and (item.text in {text, ""} or item.approved_by_id is not None)
    )
    if not is_same:
        raise KeyUsedOtherwise
