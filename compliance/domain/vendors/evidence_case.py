"""The review of a vendor as a pack for an auditor."""

from typing import Any

from django.utils import formats
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.choices import CheckItem, Place
from compliance.domain.vendors.fields import sub_processors_of
from compliance.domain.vendors.services import service_title
from compliance.models import Vendor
from compliance.permissions import VIEW_VENDORS
from compliance.registries import Evidence, EvidenceTable


class VendorCase:
    """What was asked, answered, backed and decided; the files themselves by hash."""

    key = "vendor"
    title: StrOrPromise = gettext_lazy("Review of a vendor")
    label = "compliance.vendor"
    capability = VIEW_VENDORS

    def collect(self, obj: Any) -> Evidence:
        vendor: Vendor = obj
        checks = {check.item: check for check in vendor.checks.all()}
        return Evidence(
            title=_("Vendor %s") % vendor.name,
            facts=[
                (_("State"), vendor.get_state_display()),
                (_("Used for"), ", ".join(service_title(key) for key in vendor.services)),
                (_("Processes in"), ", ".join(str(Place(p).label) for p in vendor.places)),
                (_("Data processing agreement"), vendor.get_contract_status_display()),
                (_("Agreement of"), _day(vendor.contract_on)),
                (_("Assessed"), _day(vendor.assessed_at)),
                (_("Approved"), _day(vendor.approved_at)),
                (_("Approved until"), _day(vendor.approved_until)),
                (_("Review on"), _day(vendor.review_on)),
            ],
            personal=[
                (_("Contact"), f"{vendor.contact_name} {vendor.contact_email}".strip()),
                (_("Assessed by"), str(vendor.assessed_by or "")),
                (_("Approved by"), str(vendor.approved_by or "")),
                (_("Reason of the decision"), vendor.decision_reason),
            ],
            objects=[(self.label, str(vendor.pk))],
            tables=[
                EvidenceTable(
                    _("Checklist"),
                    [_("Question"), _("Answer"), _("Note")],
                    [
                        [
                            str(item.label),
                            checks[item].get_answer_display() if item in checks else "–",
                            checks[item].note if item in checks else "",
                        ]
                        for item in CheckItem
                    ],
                ),
                EvidenceTable(
                    _("Evidence"),
                    [_("Question"), _("Title"), _("Link or file"), _("SHA-256")],
                    [
                        [one.get_item_display(), one.title, one.link or one.file_name, one.sha256]
                        for one in vendor.evidence.order_by("added_at")
                    ],
                ),
                EvidenceTable(
                    _("Safeguards of transfers"),
                    [_("Safeguard"), _("Dated"), _("Reference"), _("Ended")],
                    [
                        [
                            one.get_mechanism_display(),
                            _day(one.dated_on),
                            one.reference,
                            _day(one.ended_on),
                        ]
                        for one in vendor.safeguards.order_by("dated_on")
                    ],
                ),
                EvidenceTable(
                    _("Sub-processors"),
                    [_("Name"), _("Country"), _("Task")],
                    [list(one) for one in sub_processors_of(vendor.sub_processors)],
                ),
            ],
        )


def _day(value: Any) -> str:
    return formats.date_format(value, "SHORT_DATE_FORMAT") if value else "–"
