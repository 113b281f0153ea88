"""What people may see in reports."""

from django.utils.translation import gettext_lazy as _

from tenants.permissions import declare

declare(
    "reporting.today.view", label=_("See the overview"), help=_("Open work and clocks of today.")
)
