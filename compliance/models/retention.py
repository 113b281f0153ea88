"""Retention: versions of a brand's policy, when it is carried out, and the runs that erase."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from compliance.choices import PolicyState, RunState
from tenants.models import BrandModel


class RetentionPolicy(BrandModel):
    """One version of how long a brand keeps its data.

    ``lines``: ``{category: {"months", "action"}}``. ``shortened``: the categories it makes shorter
    than what was in effect; then a second person must confirm it and it waits. ``preview`` is what
    the first person saw when asking for it: ``{"rows", "sha256", "as_of"}``.
    """

    number = models.PositiveIntegerField(_("version"))
    state = models.CharField(
        _("state"), max_length=10, choices=PolicyState.choices, default=PolicyState.DRAFT
    )
    lines = models.JSONField(default=dict)
    reason = models.CharField(_("reason"), max_length=300)
    shortened = models.JSONField(default=list)
    preview = models.JSONField(default=dict)
    created_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    created_ref = models.CharField(_("drafted by"), max_length=120)
    created_at = models.DateTimeField(_("drafted"))
    submitted_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    submitted_at = models.DateTimeField(_("asked for"), null=True)
    confirmed_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(_("confirmed"), null=True)
    effective_at = models.DateTimeField(_("in effect from"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("retention policy")
        verbose_name_plural = _("retention policies")
        constraints = (
            models.UniqueConstraint(fields=("brand", "number"), name="retentionpolicy_number"),
            models.UniqueConstraint(
                fields=("brand",),
                condition=models.Q(state="active"),
                name="retentionpolicy_one_active",
            ),
            models.UniqueConstraint(
                fields=("brand",),
                condition=models.Q(state__in=("draft", "waiting", "scheduled")),
                name="retentionpolicy_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"v{self.number} {self.get_state_display()}"


class RetentionSchedule(BrandModel):
    """When a brand's policy is carried out: at ``hour`` of its time zone, every day or on one
    ``weekday`` (0 is Monday). ``looked_on``: the last day on which it was looked what is due.
    """

    hour = models.PositiveSmallIntegerField(_("hour"), default=2)
    weekday = models.PositiveSmallIntegerField(_("day of the week"), null=True, blank=True)
    is_on = models.BooleanField(_("carried out by itself"), default=True)
    looked_on = models.DateField(null=True, editable=False)

    class Meta(BrandModel.Meta):
        verbose_name = _("retention schedule")
        verbose_name_plural = _("retention schedules")
        constraints = (
            models.UniqueConstraint(fields=("brand",), name="retentionschedule_once"),
            models.CheckConstraint(condition=models.Q(hour__lt=24), name="retentionschedule_hour"),
            models.CheckConstraint(
                condition=models.Q(weekday=None) | models.Q(weekday__lt=7),
                name="retentionschedule_weekday",
            ),
        )

    def __str__(self) -> str:
        return f"{self.hour}:00"


class RetentionRun(BrandModel):
    """One carrying out of a brand's policy: chunks until nothing is left that was due at ``as_of``.

    ``criteria`` is what made rows due; ``planned`` and ``counts`` are ``{table: rows}``;
    ``keeping`` says what was due and stayed: ``{"held", "open"}``. ``digest`` chains the SHA-256
    of every chunk's keys. ``by_hand``: asked for by a person. ``receipt`` is the signed text.
    """

    state = models.CharField(
        _("state"), max_length=10, choices=RunState.choices, default=RunState.QUEUED
    )
    by_hand = models.BooleanField(_("asked for by a person"), default=False)
    policy_number = models.PositiveIntegerField(_("version of the policy"), default=0)
    as_of = models.DateTimeField(_("as of"))
    criteria = models.JSONField(default=dict)
    planned = models.JSONField(default=dict)
    keeping = models.JSONField(default=dict)
    counts = models.JSONField(default=dict)
    rows_total = models.BigIntegerField(_("rows"), default=0)
    rows_done = models.BigIntegerField(_("rows done"), default=0)
    chunks = models.PositiveIntegerField(default=0)
    longest_ms = models.PositiveIntegerField(_("longest chunk, ms"), default=0)
    digest = models.CharField(max_length=64, blank=True)
    requested_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    requested_ref = models.CharField(_("requested by"), max_length=120)
    requested_at = models.DateTimeField(_("requested"))
    stop_reason = models.CharField(_("why it was stopped"), max_length=300, blank=True)
    failure = models.CharField(_("failure"), max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    finished_at = models.DateTimeField(_("finished"), null=True)
    receipt = models.TextField(_("receipt"), blank=True)
    receipt_sha256 = models.CharField(_("SHA-256 of the receipt"), max_length=64, blank=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("retention run")
        verbose_name_plural = _("retention runs")
        constraints = (
            models.UniqueConstraint(
                fields=("brand",),
                condition=models.Q(state__in=("queued", "running", "paused")),
                name="retentionrun_one_at_a_time",
            ),
        )
        indexes = (models.Index(fields=("brand", "-requested_at"), name="retentionrun_by_time"),)

    def __str__(self) -> str:
        return f"{self.requested_at:%Y-%m-%d %H:%M}"

    @property
    def has_ended(self) -> bool:
        return self.state in {RunState.DONE, RunState.STOPPED}
