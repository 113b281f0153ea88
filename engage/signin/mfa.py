"""Second factors: secrets encrypted like every other secret of ours."""

from allauth.mfa.adapter import DefaultMFAAdapter
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy

from engage.signin.adapter import too_many_tries
from tenants.models.encrypted import decrypt, encrypt


class MfaAdapter(DefaultMFAAdapter):  # type: ignore[misc]  # allauth is untyped
    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": gettext_lazy(
            "This code is wrong or was used already. Codes change every 30 seconds."
        ),
        "too_many_login_attempts": lazy(too_many_tries, str)(),
    }

    def encrypt(self, text: str) -> str:
        return encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return decrypt(encrypted_text)

    def _get_site_name(self) -> str:
        """The name that authenticator apps and key dialogs show."""
        return "Engage"
