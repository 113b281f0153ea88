"""Vendors: who processes data for an agency's brands, what was checked, where the data go.

All but the routes and the days of transfers belong to the agency's own brand row (ADR 17).
"""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import (
    CheckAnswer,
    CheckItem,
    ContractStatus,
    Place,
    Safeguard,
    TransferKind,
    VendorState,
)
from tenants.models import BrandModel, uuid7


class Vendor(BrandModel):
    """One company. ``services``: the channels and services it stands behind (``facebook``,
    ``mail``). ``sub_processors``: one a line, ``name; country; task``. ``approved_until``: the last
    day of the approval; ``assessed_by`` and ``approved_by`` are never the same person.
    """

    key = models.CharField(max_length=40, blank=True, editable=False)
    name = models.CharField(_("name"), max_length=150)
    task = models.CharField(_("what it does for us"), max_length=300, blank=True)
    website = models.URLField(_("website"), max_length=300, blank=True)
    contact_name = models.CharField(_("contact person"), max_length=150, blank=True)
    contact_email = models.EmailField(_("e-mail of the contact"), blank=True)
    services = ArrayField(models.CharField(max_length=40), verbose_name=_("used for"), default=list)
    places = ArrayField(
        models.CharField(max_length=5, choices=Place.choices),
        verbose_name=_("processes in"),
        default=list,
    )
    sub_processors = models.TextField(_("sub-processors"), blank=True)
    contract_status = models.CharField(
        _("data processing agreement"),
        max_length=12,
        choices=ContractStatus.choices,
        default=ContractStatus.NONE,
    )
    contract_on = models.DateField(_("agreement of"), null=True, blank=True)
    state = models.CharField(
        _("state"), max_length=20, choices=VendorState.choices, default=VendorState.DRAFT
    )
    review_on = models.DateField(_("review on"), null=True, blank=True)
    reminded_on = models.DateField(null=True, blank=True)
    assessed_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    assessed_at = models.DateTimeField(_("assessed"), null=True)
    approved_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    approved_at = models.DateTimeField(_("approved"), null=True)
    approved_until = models.DateField(_("approved until"), null=True)
    decision_reason = models.CharField(_("reason of the decision"), max_length=300, blank=True)
    created_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_at = models.DateTimeField(_("entered"))

    class Meta(BrandModel.Meta):
        verbose_name = _("vendor")
        verbose_name_plural = _("vendors")
        constraints = (
            models.UniqueConstraint(fields=("brand", "name"), name="vendor_name_once"),
            models.UniqueConstraint(
                fields=("brand", "key"), name="vendor_key_once", condition=~models.Q(key="")
            ),
            models.CheckConstraint(
                condition=models.Q(approved_by=None)
                | models.Q(assessed_by=None)
                | ~models.Q(approved_by=models.F("assessed_by")),
                name="vendor_four_eyes",
            ),
        )

    def __str__(self) -> str:
        return self.name


class VendorCheck(BrandModel):
    """One answer of the checklist. No row: not asked yet."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="checks")
    item = models.CharField(_("question"), max_length=20, choices=CheckItem.choices)
    answer = models.CharField(
        _("answer"), max_length=10, choices=CheckAnswer.choices, default=CheckAnswer.OPEN
    )
    note = models.CharField(_("note"), max_length=500, blank=True)
    answered_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    answered_at = models.DateTimeField(_("answered"))

    class Meta(BrandModel.Meta):
        verbose_name = _("answer of a checklist")
        verbose_name_plural = _("answers of checklists")
        constraints = (
            models.UniqueConstraint(fields=("brand", "vendor", "item"), name="vendorcheck_once"),
        )

    def __str__(self) -> str:
        return f"{self.get_item_display()}: {self.get_answer_display()}"


def _path(evidence: "VendorEvidence", _name: str) -> str:
    return f"brands/{evidence.brand_id}/vendors/{evidence.pk}"


class VendorEvidence(BrandModel):
    """A file or a link that backs an answer. Never changed; removed only with its vendor."""

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="evidence")
    item = models.CharField(_("question"), max_length=20, choices=CheckItem.choices)
    title = models.CharField(_("title"), max_length=150)
    link = models.URLField(_("link"), max_length=500, blank=True)
    file = models.FileField(_("file"), upload_to=_path, max_length=300, blank=True)
    file_name = models.CharField(_("file name"), max_length=150, blank=True)
    media_type = models.CharField(_("kind of file"), max_length=60, blank=True)
    sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    size_bytes = models.BigIntegerField(_("bytes"), null=True)
    added_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField(_("added"))

    class Meta(BrandModel.Meta):
        verbose_name = _("evidence of a vendor")
        verbose_name_plural = _("evidence of vendors")

    def __str__(self) -> str:
        return self.title


class VendorSafeguard(BrandModel):
    """What transfers to a vendor rest on, and since when. ``for_brand_ref``: for this brand only.

    An instruction is always one brand's. ``ended_on``: does not count from that day.
    """

    vendor = models.ForeignKey(Vendor, on_delete=models.CASCADE, related_name="safeguards")
    mechanism = models.CharField(_("safeguard"), max_length=12, choices=Safeguard.choices)
    dated_on = models.DateField(_("dated"))
    reference = models.CharField(_("reference"), max_length=200)
    for_brand_ref = models.UUIDField(null=True, blank=True)
    ended_on = models.DateField(_("ended"), null=True, blank=True)
    added_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField(_("added"))

    class Meta(BrandModel.Meta):
        verbose_name = _("safeguard of a transfer")
        verbose_name_plural = _("safeguards of transfers")

    def __str__(self) -> str:
        return f"{self.get_mechanism_display()} {self.dated_on}"


class FallenMechanism(BrandModel):
    """A ground for transfers on which the agency no longer relies, such as a DPF that fell.

    ``mechanism``: a ``Safeguard`` or ``adequacy_<place>``.
    """

    mechanism = models.CharField(max_length=20)
    since = models.DateTimeField()
    reason = models.CharField(_("reason"), max_length=300)
    fallen_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )

    class Meta(BrandModel.Meta):
        verbose_name = _("fallen ground of transfers")
        verbose_name_plural = _("fallen grounds of transfers")
        constraints = (models.UniqueConstraint(fields=("brand", "mechanism"), name="fallen_once"),)

    def __str__(self) -> str:
        return self.mechanism


class VendorRoute(models.Model):
    """Which vendor stands behind a channel or service of an agency, as sending needs to know it.

    Belongs to the directory: asked in the scope of one brand, where the agency's register is out of
    sight. Written together with the register, holds nothing about persons. ``is_enforced``: nothing
    leaves this way without a vendor that is approved today. ``safeguards``:
    ``[{"mechanism", "since", "brand"}]``, those that stand; ``fallen``: grounds that do not count.
    """

    id = models.UUIDField(primary_key=True, default=uuid7, editable=False)
    agency = models.ForeignKey("tenants.Agency", on_delete=models.PROTECT, related_name="+")
    service = models.CharField(max_length=40)
    is_enforced = models.BooleanField(default=False)
    vendor_ref = models.UUIDField(null=True)
    vendor_name = models.CharField(max_length=150, blank=True)
    vendor_state = models.CharField(max_length=20, blank=True)
    approved_until = models.DateField(null=True)
    places = ArrayField(models.CharField(max_length=5), default=list)
    safeguards = models.JSONField(default=list)
    fallen = ArrayField(models.CharField(max_length=20), default=list)

    class Meta:
        verbose_name = _("route to a vendor")
        verbose_name_plural = _("routes to vendors")
        constraints = (
            models.UniqueConstraint(fields=("agency", "service"), name="vendorroute_once"),
        )

    def __str__(self) -> str:
        return self.service


class TransferDay(BrandModel):
    """How much of a brand was processed where on one day (UTC), by whom, on which ground.

    ``ground`` empty: at home, no transfer. One row per vendor and place.
    """

    day = models.DateField(_("day"))
    kind = models.CharField(_("what"), max_length=10, choices=TransferKind.choices)
    service = models.CharField(_("by way of"), max_length=40)
    vendor_ref = models.UUIDField(null=True)
    vendor_name = models.CharField(_("vendor"), max_length=150, blank=True)
    home = models.CharField(_("from"), max_length=5)
    place = models.CharField(_("to"), max_length=5, choices=Place.choices)
    ground = models.CharField(_("ground"), max_length=20, blank=True)
    ground_on = models.DateField(_("dated"), null=True)
    count = models.PositiveBigIntegerField(_("how many"), default=0)

    class Meta(BrandModel.Meta):
        verbose_name = _("transfers of a day")
        verbose_name_plural = _("transfers by day")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "day", "kind", "service", "vendor_name", "place", "ground"),
                name="transferday_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.day} {self.service} {self.home} → {self.place}"
