"""The public keys of the ledger: for everybody, without an account, to be kept before they are
needed. Requirement C2."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import translation
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from compliance.domain.key_chain import chain_notes, every_key
from compliance.domain.keys import note_key, public_key_text, signing_key

_FORMS = {"pem": "pem", "b64": "base64", "note": "note"}


@require_safe
@never_cache
def audit_keys(request: HttpRequest) -> HttpResponse:
    """Every key there ever was, the one in use first."""
    signing_key()  # an installation that has sealed nothing yet shows its key all the same
    keys = [
        {
            "id": note_key(key).key_id,
            "line": note_key(key).verifier_line(),
            "created_at": key.created_at,
            "retired_at": key.retired_at,
            "chain_note": key.chain_note,
        }
        for key in reversed(every_key())
    ]
    context = {"keys": keys, "language": translation.get_language()}
    return render(request, "evidence/public_keys.html", context)


@require_safe
@never_cache
def audit_key(request: HttpRequest, key_id: str, form: str) -> HttpResponse:
    """One key as a file: ``pem``, ``b64`` or ``note``."""
    for key in every_key():
        if note_key(key).key_id == key_id and form in _FORMS:
            text = public_key_text(key, _FORMS[form])  # type: ignore[arg-type]  # of the map above
            return _file(text, f"engage-audit-{key_id}.{form}")
    raise Http404


@require_safe
@never_cache
def audit_key_chain(request: HttpRequest) -> HttpResponse:
    """The notes of all changes of keys, as one text."""
    return _file("\n".join(chain_notes()), "engage-audit-chain.txt")


def _file(text: str, name: str) -> HttpResponse:
    return HttpResponse(
        text,
        content_type="text/plain; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{name}"'},
    )
