"""What happens at sign-in, told to sessions and ledgers. Connected once, in ``engage.apps``.

Django and allauth announce these steps by signals only.
"""

import time
from typing import Any

from allauth.account import signals as account_signals
from allauth.account.internal.flows.login import get_authentication_records
from allauth.mfa import signals as mfa_signals
from allauth.mfa.models import Authenticator
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.http import HttpRequest

from compliance.scope import clean_address
from engage.signin.devices import device_of
from engage.signin.places import SECOND_FACTOR, SSO_AGENCY, SSO_CONNECTION, STAFF_SESSION
from tenants.actors import PUBLIC_AUTHOR
from tenants.domain.signin import (
    end_other_sessions,
    end_session,
    mark_confirmed,
    start_session,
    tell_agencies,
)
from tenants.models import SsoConnection, StaffSession, User

FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


def connect() -> None:
    """Idempotent."""
    for signal, receiver in (
        (user_logged_in, on_signed_in),
        (user_logged_out, on_signed_out),
        (account_signals.authentication_step_completed, on_step),
        (account_signals.password_changed, on_password_changed),
        (account_signals.password_reset, on_password_reset),
        (mfa_signals.authenticator_added, on_factor_added),
        (mfa_signals.authenticator_removed, on_factor_removed),
        (mfa_signals.authenticator_reset, on_codes_renewed),
        (mfa_signals.authentication_failed, on_factor_failed),
    ):
        signal.connect(receiver, dispatch_uid=f"engage.signin.{receiver.__name__}")


def on_signed_in(*, request: HttpRequest, user: User, **_more: Any) -> None:
    """Write the session down. Only for sign-ins by request: tools and tests have no device."""
    if not hasattr(request, "allauth"):
        return
    told = _told_by_provider(request, user)
    connection = None
    if told is not None:
        connection = SsoConnection.objects.select_related("agency").get(pk=told["connection"])
    steps = _steps(request, user)
    session = request.session
    for name in (SECOND_FACTOR, SSO_AGENCY, SSO_CONNECTION):
        session.pop(name, None)
    if connection is not None:
        session[SSO_AGENCY], session[SSO_CONNECTION] = str(connection.agency_id), str(connection.pk)
        steps = ["sso", *steps]
    if len(steps) > 1 or steps == ["passkey"] or (told or {}).get("second_factor"):
        session[SECOND_FACTOR] = True
    row = start_session(
        user,
        session_key=session.session_key or "",
        method="+".join(steps),
        device=device_of(request.headers.get("User-Agent", "")),
        address=clean_address(request.META.get("REMOTE_ADDR")),
        agency=connection.agency if connection else None,
    )
    session[STAFF_SESSION] = {
        "id": str(row.pk),
        "key": session.session_key,
        "seen": int(time.time()),
    }


def _told_by_provider(request: HttpRequest, user: User) -> dict[str, Any] | None:
    """The newest record of single sign-on on the way to this sign-in. Once there is one, the
    session is that agency's, whatever else was shown."""
    records = get_authentication_records(request, user)
    return next((r for r in reversed(records) if r.get("method") == "sso"), None)


def _steps(request: HttpRequest, user: User) -> list[str]:
    """Codes of the steps shown: password, totp, webauthn, recovery_codes, passkey."""
    steps = []
    for record in get_authentication_records(request, user):
        method = str(record.get("method", ""))
        if method == "mfa":
            method = "passkey" if record.get("passwordless") else str(record.get("type", "mfa"))
        if method == "sso":  # told by the connection
            continue
        if method not in steps:
            steps.append(method)
    return steps


def own_row(request: HttpRequest) -> str:
    """Id of this session's row; empty for a session that has none."""
    return str(request.session.get(STAFF_SESSION, {}).get("id", ""))


def on_signed_out(*, request: HttpRequest, user: User | None, **_more: Any) -> None:
    known = request.session.get(STAFF_SESSION) if hasattr(request, "session") else None
    if user is None or not known:
        return
    row = StaffSession.objects.filter(pk=known["id"], user=user).first()
    if row is not None:
        end_session(row, actor=user, reason="logout")


def on_step(*, request: HttpRequest, user: User, method: str, **more: Any) -> None:
    """Confirming who one is counts like a new sign-in, and a factor shown late counts too."""
    if more.get("reauthenticated"):
        mark_confirmed(request=request)
    if method == "mfa" and request.user.is_authenticated:
        request.session[SECOND_FACTOR] = True


def on_password_changed(*, request: HttpRequest, user: User, **_more: Any) -> None:
    tell_agencies("tenants.password.changed", user, user=user, actor=user)
    end_other_sessions(user, keep=own_row(request), actor=user, reason="password_changed")


def on_password_reset(*, user: User, **_more: Any) -> None:
    tell_agencies("tenants.password.reset", user, user=user, actor=user)
    end_other_sessions(user, keep="", actor=user, reason="password_reset")


def on_factor_added(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **_more: Any
) -> None:
    request.session[SECOND_FACTOR] = True
    _tell_factor("added", user, authenticator)


def on_factor_removed(
    *, request: HttpRequest, user: User, authenticator: Authenticator, **_more: Any
) -> None:
    """Without any factor left every other session ends: it may rest on the one that went."""
    _tell_factor("removed", user, authenticator)
    if not Authenticator.objects.filter(user_id=user.pk, type__in=FACTORS).exists():
        request.session.pop(SECOND_FACTOR, None)
        keep = own_row(request)
        end_other_sessions(user, keep=keep, actor=user, reason="second_factor_removed")


def on_codes_renewed(*, user: User, authenticator: Authenticator, **_more: Any) -> None:
    _tell_factor("renewed", user, authenticator)


def on_factor_failed(*, user: User, **_more: Any) -> None:
    tell_agencies(
        "tenants.session.failed",
        user,
        user=user,
        actor=PUBLIC_AUTHOR,
        facts={"why": "second_factor"},
    )


def _tell_factor(what: str, user: User, authenticator: Authenticator) -> None:
    """About the person: the row of the factor may be gone."""
    facts = {"factor": str(authenticator.type)}
    tell_agencies(f"tenants.second_factor.{what}", user, user=user, actor=user, facts=facts)
