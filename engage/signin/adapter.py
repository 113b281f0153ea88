"""How django-allauth meets our people, our post and our ledgers."""

from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings
from django.http import HttpRequest
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import lazy
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from engage.signin.config import LOGIN_WAIT_MINUTES
from engage.signin.places import SSO_AGENCY
from tenants.domain.post import post
from tenants.domain.signin import is_confirmed, tell_agencies
from tenants.models import User


def too_many_tries() -> str:
    words = _("Too many failed tries. Wait %(minutes)d minutes, then try again.")
    return words % {"minutes": LOGIN_WAIT_MINUTES}


class AccountAdapter(DefaultAccountAdapter):  # type: ignore[misc]  # allauth is untyped
    """One person, one address; nobody signs up; mail goes through our own post."""

    error_messages = DefaultAccountAdapter.error_messages | {
        "email_password_mismatch": gettext_lazy("The e-mail address or the password is wrong."),
        "too_many_login_attempts": lazy(too_many_tries, str)(),
        "rate_limited": lazy(too_many_tries, str)(),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        """Never: people join by invitation or through their agency's single sign-on."""
        return False

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        """Remembered for after the answer, so that known addresses take no longer than unknown."""
        request.failed_sign_in = credentials.get("email", "")  # type: ignore[attr-defined]

    def reauthenticate(self, user: User, password: str) -> bool:
        """Theirs looks for the address in a table that stays empty here."""
        found = self.authenticate(self.request, email=user.email, password=password)
        return found is not None and found.pk == user.pk

    def is_reauthentication_required(self, *, app: str, **_kwargs: Any) -> bool:
        """Not within ten minutes of a sign-in of our own. Somebody else's provider is no proof."""
        session = self.request.session
        return SSO_AGENCY in session or not is_confirmed(session)

    def set_password(self, user: User, password: str) -> None:
        """The first password proves that the mailbox is theirs: whatever was set up before by
        somebody's provider is removed."""
        is_first = not user.has_usable_password()
        super().set_password(user, password)
        factors = list(user.authenticator_set.all()) if is_first else []  # type: ignore[attr-defined]  # allauth's
        for factor in factors:
            tell_agencies(
                "tenants.second_factor.removed",
                user,
                user=user,
                actor=user,
                facts={"factor": str(factor.type), "why": "first_password"},
            )
            factor.delete()

    def get_reset_password_from_key_url(self, key: str) -> str:
        """Under the address that people know, whatever host the request named."""
        uid, _sep, secret = key.partition("-")
        path = reverse("account_reset_password_from_key", kwargs={"uidb36": uid, "key": secret})
        return f"{settings.PUBLIC_URL}{path}"

    def get_password_change_redirect_url(self, request: HttpRequest) -> str:
        return reverse("signin-me")

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """Plain text through our post, in the person's language."""
        user = context.get("user")
        language = user.language if isinstance(user, User) else translation.get_language()[:2]
        with translation.override(language):
            subject = render_to_string(f"{template_prefix}_subject.txt", context)
            text = render_to_string(f"{template_prefix}_message.txt", context)
        post(
            to=email, language=language, subject=" ".join(subject.split()), text=text.strip() + "\n"
        )

    def send_notification_mail(
        self,
        template_prefix: str,
        user: User,
        context: dict[str, Any] | None = None,
        email: str | None = None,
    ) -> None:
        """What changed about the person's sign-in, so that a stranger's change is noticed."""
        what = template_prefix.rpartition("/")[2]
        known = {"user": user, "what": what, "timestamp": timezone.now()}
        self.send_mail("account/email/changed", email or user.email, known | (context or {}))
