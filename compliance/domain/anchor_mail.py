"""The day's platform checkpoint by mail: a copy in mail boxes that the platform cannot reach."""

from django.conf import settings
from django.urls import reverse
from django.utils.translation import gettext as _

from compliance.domain.key_chain import every_key
from compliance.domain.keys import note_key
from compliance.domain.watchers import all_watchers, tell
from compliance.models import PlatformCheckpoint
from tenants.models import Agency


def mail_checkpoint(checkpoint: PlatformCheckpoint, agency: Agency) -> int:
    """To the agency's owners and compliance officers; says how many."""
    return tell(all_watchers(agency), agency=agency, words=lambda: _words(checkpoint))


def _words(checkpoint: PlatformCheckpoint) -> tuple[str, str]:
    key = note_key(every_key()[-1]).verifier_line()
    address = settings.PUBLIC_URL + reverse("public-audit-keys")
    subject = _("Audit checkpoint of %(day)s") % {"day": f"{checkpoint.signed_at:%Y-%m-%d}"}
    lines = [
        _("Keep this mail. It fixes what all audit trails on this platform were at this moment."),
        _(
            "An export of your audit trail proves that it belongs to exactly this state: save this"
            " mail as a text file and give it to the verifier with --platform."
        ),
        checkpoint.note.rstrip("\n"),
        _("Public key that signs now:"),
        key,
        _("All keys and how one led to the next: %(address)s") % {"address": address},
    ]
    return subject, "\n\n".join(lines) + "\n"
