"""Incidents: personal data breaches, their clock, who was told what and when."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import BreachData, BreachKind, IncidentEntryKind, IncidentState
from tenants.models import BrandModel


class Incident(BrandModel):
    """One breach or suspicion of it. Owned by the brand in whose workspace it was entered, or by
    the agency's own row.

    ``aware_at`` starts the clock; ``due_at`` is when the authority must know, ``report_hours`` the
    value of the law on that day. ``warned``: warnings that went out (``24``, ``6``, ``overdue``).
    Source: GDPR Art. 33, 34.
    """

    number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=150)
    description = models.TextField(_("what happened"))
    state = models.CharField(
        _("state"), max_length=16, choices=IncidentState.choices, default=IncidentState.SUSPECTED
    )
    kinds = ArrayField(
        models.CharField(max_length=16, choices=BreachKind.choices),
        verbose_name=_("kind of breach"),
        default=list,
    )
    data_kinds = ArrayField(
        models.CharField(max_length=12, choices=BreachData.choices),
        verbose_name=_("kinds of data"),
        default=list,
    )
    people_count = models.PositiveIntegerField(_("number of people"), null=True)
    record_count = models.PositiveIntegerField(_("number of records"), null=True)
    contact_point = models.CharField(_("who answers questions"), max_length=200, blank=True)
    consequences = models.TextField(_("likely consequences"), blank=True)
    measures = models.TextField(_("measures"), blank=True)
    vendor_ref = models.UUIDField(null=True, blank=True)
    happened_at = models.DateTimeField(_("happened"), null=True)
    suspected_at = models.DateTimeField(_("suspected"))
    aware_at = models.DateTimeField(_("known"), null=True)
    report_hours = models.PositiveSmallIntegerField(null=True)
    due_at = models.DateTimeField(_("report due"), null=True)
    assessed_at = models.DateTimeField(_("assessed"), null=True)
    is_high_risk = models.BooleanField(_("high risk for the persons"), null=True)
    no_report_reason = models.TextField(_("why it is not reported"), blank=True)
    reported_at = models.DateTimeField(_("reported"), null=True)
    late_reason = models.TextField(_("why the report is late"), blank=True)
    informed_at = models.DateTimeField(_("persons informed"), null=True)
    not_informed_reason = models.TextField(_("why the persons are not informed"), blank=True)
    closed_at = models.DateTimeField(_("closed"), null=True)
    warned = ArrayField(models.CharField(max_length=10), default=list)
    created_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_ref = models.CharField(_("entered by"), max_length=120)

    class Meta(BrandModel.Meta):
        verbose_name = _("incident")
        verbose_name_plural = _("incidents")
        constraints = (
            models.UniqueConstraint(fields=("brand", "number"), name="incident_number_once"),
            models.CheckConstraint(
                condition=models.Q(aware_at=None) | models.Q(due_at__isnull=False),
                name="incident_clock_runs",
            ),
        )
        indexes = (
            models.Index(
                fields=("brand", "due_at"),
                name="incident_open",
                condition=models.Q(closed_at=None),
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} · {self.title}"


class IncidentBrand(BrandModel):
    """A brand that an incident concerns, and its notice. Owned by that brand, so that its people
    see it. ``contact_refs``: persons known to be affected. Source: GDPR Art. 33(2).

    ``incident_ref``, ``title``: the incident may belong to the agency's own row.
    """

    incident_ref = models.UUIDField()
    incident_number = models.PositiveIntegerField(_("number"))
    title = models.CharField(_("title"), max_length=150)
    people_count = models.PositiveIntegerField(_("number of people"), null=True)
    contact_refs = ArrayField(models.UUIDField(), default=list, blank=True)
    told_at = models.DateTimeField(_("told"), null=True)
    told_how = models.CharField(_("how"), max_length=200, blank=True)
    notice = models.TextField(_("notice"), blank=True)
    told_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    added_at = models.DateTimeField(_("added"))

    class Meta(BrandModel.Meta):
        verbose_name = _("brand concerned by an incident")
        verbose_name_plural = _("brands concerned by incidents")
        constraints = (
            models.UniqueConstraint(fields=("brand", "incident_ref"), name="incidentbrand_once"),
        )

    def __str__(self) -> str:
        return self.title


class IncidentEntry(BrandModel):
    """One line of an incident's time line, added by the verb that did it and never changed.

    ``happened_at``: when it took place, ``at``: when it was written down. ``event_ref``: the event
    of the ledger that proves it. ``addressee``: the authority or who was told.
    """

    incident = models.ForeignKey(Incident, on_delete=models.CASCADE, related_name="entries")
    kind = models.CharField(_("kind"), max_length=12, choices=IncidentEntryKind.choices)
    code = models.CharField(max_length=20, blank=True)
    happened_at = models.DateTimeField(_("when"))
    at = models.DateTimeField(_("written down"))
    addressee = models.CharField(_("to"), max_length=200, blank=True)
    reference = models.CharField(_("reference"), max_length=100, blank=True)
    text = models.TextField(_("text"), blank=True)
    written_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    written_ref = models.CharField(_("by"), max_length=120)
    event_ref = models.UUIDField()

    class Meta(BrandModel.Meta):
        verbose_name = _("entry of an incident")
        verbose_name_plural = _("entries of incidents")
        indexes = (models.Index(fields=("brand", "incident", "at"), name="incidententry_by_time"),)

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.get_kind_display()}"
