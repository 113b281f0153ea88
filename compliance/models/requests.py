"""Data requests: the case, its pauses, what is hidden, who was told, who may only be stored."""

from datetime import date
from typing import TypedDict

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from compliance.choices import (
    ExtensionReason,
    IdentityMethod,
    NoticeState,
    PauseReason,
    RefusalReason,
    Regime,
    RequestKind,
    RequestSource,
    RequestState,
    RestrictionGround,
)
from tenants.choices import Language
from tenants.models import BrandModel


class FoundSource(TypedDict):
    """What one source holds about the person, and what will become of it."""

    key: str
    title: str
    category: str
    rows: int
    how: str
    ground: str


class Outcome(TypedDict):
    """What became of one source. ``outcome``: erased, redacted, retained or blocked."""

    key: str
    title: str
    outcome: str
    rows: int
    why: str


def _path(case: "DataRequest", _name: str) -> str:
    return f"brands/{case.brand_id}/requests/{case.pk}.zip"


class DataRequest(BrandModel):
    """One request of one person about their data.

    ``contact_refs``: the contacts that were chosen as the person; ``contacts_chosen_at`` set with
    none of them means that the person is unknown. ``due_on``, ``extended_due_on``, ``confirm_on``
    are computed from ``received_on`` and the pauses and kept, so that lists can be sorted by them.
    ``plan`` and ``plan_sha256``: what would be done; ``reviewed_sha256`` is the plan that the
    reviewer saw. ``is_blocked``: carrying it out has stopped and waits for somebody.
    """

    number = models.PositiveIntegerField(_("number"))
    kind = models.CharField(_("kind"), max_length=16, choices=RequestKind.choices)
    regime = models.CharField(_("law"), max_length=4, choices=Regime.choices, default=Regime.GDPR)
    source = models.CharField(_("came in by"), max_length=8, choices=RequestSource.choices)
    state = models.CharField(
        _("state"), max_length=22, choices=RequestState.choices, default=RequestState.RECEIVED
    )
    state_before_hold = models.CharField(max_length=22, choices=RequestState.choices, blank=True)
    language = models.CharField(
        _("language"), max_length=2, choices=Language.choices, default=Language.GERMAN
    )
    # Who asks, and for what.
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    email_hash = models.CharField(max_length=64, blank=True)
    details = models.TextField(_("what they wrote"), blank=True)
    platform_hash = models.CharField(max_length=64, blank=True)
    confirmation_code = models.CharField(_("confirmation code"), max_length=20, blank=True)
    conversation_ref = models.UUIDField(null=True)
    message_ref = models.UUIDField(null=True)
    contact_refs = ArrayField(models.UUIDField(), default=list, blank=True)
    contacts_chosen_at = models.DateTimeField(null=True)
    for_marketing = models.BooleanField(_("against marketing"), default=False)
    joined_count = models.PositiveIntegerField(_("repeated"), default=0)
    # The clock.
    received_at = models.DateTimeField(_("received"))
    received_on = models.DateField()
    due_on = models.DateField(_("due"))
    extended_due_on = models.DateField(_("extended to"), null=True)
    confirm_on = models.DateField(_("receipt to be confirmed until"), null=True)
    confirmed_at = models.DateTimeField(_("receipt confirmed"), null=True)
    extended_at = models.DateTimeField(_("extended"), null=True)
    extension_reason = models.CharField(
        _("why extended"), max_length=8, choices=ExtensionReason.choices, blank=True
    )
    warned = models.CharField(max_length=8, blank=True)
    # Identity.
    identity_method = models.CharField(
        _("identity shown by"), max_length=8, choices=IdentityMethod.choices, blank=True
    )
    identity_note = models.CharField(_("how it was checked"), max_length=300, blank=True)
    verified_at = models.DateTimeField(_("identity shown"), null=True)
    code_sha256 = models.CharField(max_length=64, blank=True)
    code_until = models.DateTimeField(null=True)
    code_attempts = models.PositiveSmallIntegerField(default=0)
    channel_code_hash = models.CharField(max_length=64, blank=True)
    # The brand's instruction, review and release.
    instructed_by = models.CharField(_("decided for the brand by"), max_length=200, blank=True)
    instruction = models.CharField(_("instruction"), max_length=300, blank=True)
    instructed_at = models.DateTimeField(_("instructed"), null=True)
    restriction_ground = models.CharField(
        _("ground of the restriction"), max_length=10, choices=RestrictionGround.choices, blank=True
    )
    work_note = models.TextField(_("what was done"), blank=True)
    found = models.JSONField(default=list)
    plan = models.JSONField(default=dict)
    plan_sha256 = models.CharField(max_length=64, blank=True)
    collected_at = models.DateTimeField(_("collected"), null=True)
    reviewed_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    reviewed_at = models.DateTimeField(_("reviewed"), null=True)
    reviewed_sha256 = models.CharField(max_length=64, blank=True)
    released_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    released_at = models.DateTimeField(_("released"), null=True)
    # Carrying it out.
    is_blocked = models.BooleanField(_("blocked"), default=False)
    accepted_reason = models.CharField(_("why the block was accepted"), max_length=300, blank=True)
    accepted_by = models.ForeignKey(
        "tenants.User", on_delete=models.PROTECT, null=True, related_name="+"
    )
    results = models.JSONField(default=list)
    rows_total = models.BigIntegerField(_("rows"), null=True)
    rows_done = models.BigIntegerField(_("rows done"), default=0)
    failure = models.CharField(_("failure"), max_length=300, blank=True)
    lease_until = models.DateTimeField(null=True)
    attempt = models.PositiveIntegerField(default=0)
    certificate = models.TextField(_("certificate"), blank=True)
    package = models.FileField(_("package"), upload_to=_path, max_length=300, blank=True)
    package_sha256 = models.CharField(_("SHA-256"), max_length=64, blank=True)
    package_bytes = models.BigIntegerField(_("bytes"), null=True)
    package_until = models.DateTimeField(_("package is kept until"), null=True)
    package_code_sha256 = models.CharField(max_length=64, blank=True)
    package_code_until = models.DateTimeField(null=True)
    package_code_attempts = models.PositiveSmallIntegerField(default=0)
    downloads = models.PositiveIntegerField(_("downloads"), default=0)
    # Its end.
    refusal_reason = models.CharField(
        _("why refused"), max_length=12, choices=RefusalReason.choices, blank=True
    )
    refusal_evidence = models.TextField(_("evidence"), blank=True)
    end_reason = models.CharField(_("reason"), max_length=300, blank=True)
    answered_at = models.DateTimeField(_("answered"), null=True)
    ended_at = models.DateTimeField(_("ended"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("data request")
        verbose_name_plural = _("data requests")
        constraints = (
            models.UniqueConstraint(fields=("brand", "number"), name="datarequest_number"),
        )
        indexes = (
            models.Index(
                fields=("brand", "due_on", "id"),
                name="datarequest_open",
                condition=models.Q(ended_at=None),
            ),
            models.Index(fields=("brand", "received_at", "id"), name="datarequest_by_time"),
            models.Index(
                fields=("brand", "channel_code_hash"),
                name="datarequest_by_code",
                condition=models.Q(ended_at=None) & ~models.Q(channel_code_hash=""),
            ),
            models.Index(
                fields=("brand", "state"),
                name="datarequest_working",
                condition=models.Q(state__in=("collecting", "executing")),
            ),
        )

    def __str__(self) -> str:
        return f"#{self.number} {self.get_kind_display()}"

    @property
    def last_due_on(self) -> date:
        """The day that counts: the extended one once the person was told."""
        if self.extended_at is not None and self.extended_due_on is not None:
            return self.extended_due_on
        return self.due_on

    @property
    def is_late(self) -> bool:
        """Whether the day is over, or was when the answer went out; by the date in UTC."""
        at = self.answered_at or self.ended_at or timezone.now()
        return at.date() > self.last_due_on

    @property
    def is_open(self) -> bool:
        return self.ended_at is None


class RequestPause(BrandModel):
    """A time in which the clock of a data request stands; ``ended_at`` None while it lasts."""

    request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="pauses")
    reason = models.CharField(_("reason"), max_length=8, choices=PauseReason.choices)
    started_at = models.DateTimeField(_("since"))
    ended_at = models.DateTimeField(_("until"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("pause of a data request")
        verbose_name_plural = _("pauses of data requests")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "request"),
                condition=models.Q(ended_at=None),
                name="requestpause_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.started_at:%Y-%m-%d} {self.reason}"


class ThirdPartyPassage(BrandModel):
    """Words in the person's data that may be about somebody else.

    ``fragment`` with what stands around it, for the reviewer; emptied once the case is over.
    ``is_hidden``: None until somebody decided.
    """

    request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="passages")
    source = models.CharField(max_length=80)
    row_ref = models.CharField(max_length=80)
    field = models.CharField(max_length=80)
    kind = models.CharField(max_length=8)
    fragment = models.CharField(_("passage"), max_length=200, blank=True)
    before = models.CharField(max_length=80, blank=True)
    after = models.CharField(max_length=80, blank=True)
    is_hidden = models.BooleanField(null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("passage about somebody else")
        verbose_name_plural = _("passages about somebody else")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "request", "source", "row_ref", "field", "fragment"),
                condition=~models.Q(fragment=""),
                name="passage_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.source} {self.field}"


class RecipientNotice(BrandModel):
    """One recipient of the data and whether they were told. Source: GDPR Art. 19."""

    request = models.ForeignKey(DataRequest, on_delete=models.CASCADE, related_name="notices")
    recipient = models.CharField(_("recipient"), max_length=150)
    state = models.CharField(
        _("state"), max_length=10, choices=NoticeState.choices, default=NoticeState.WAITING
    )
    how = models.CharField(_("how"), max_length=300, blank=True)
    told_at = models.DateTimeField(_("told"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("notice to a recipient")
        verbose_name_plural = _("notices to recipients")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "request", "recipient"), name="recipientnotice_once"
            ),
        )

    def __str__(self) -> str:
        return self.recipient


class ProcessingRestriction(BrandModel):
    """A contact whose data may only be stored while ``lifted_at`` is None. Source: GDPR Art. 18.

    ``lift_told_at``: when the person was told that it would be lifted, which comes first.
    """

    contact_ref = models.UUIDField()
    request = models.ForeignKey(DataRequest, on_delete=models.PROTECT, related_name="restrictions")
    ground = models.CharField(_("ground"), max_length=10, choices=RestrictionGround.choices)
    since = models.DateTimeField(_("since"))
    lift_told_at = models.DateTimeField(null=True)
    lifted_at = models.DateTimeField(_("lifted"), null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("restriction of processing")
        verbose_name_plural = _("restrictions of processing")
        constraints = (
            models.UniqueConstraint(
                fields=("brand", "contact_ref"),
                condition=models.Q(lifted_at=None),
                name="restriction_one_open",
            ),
        )

    def __str__(self) -> str:
        return f"{self.since:%Y-%m-%d} {self.ground}"
