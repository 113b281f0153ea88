"""Reports of illegal content by the public. Requirement M8; shaped after DSA Art. 16."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from inbox.models import Message
from moderation.choices import Category, NoticeOutcome, NoticeState, Standing
from moderation.models.cases import Case, Decision
from tenants.models import BrandModel


class Notice(BrandModel):
    """One report of one comment. ``message`` empty: nobody has found yet which one is meant.

    ``answer_mail``: key of the mail that tells the decision.
    ``email_hash`` recognises the reporter for as long as misuse matters, whatever else is erased.
    """

    language = models.CharField(_("language"), max_length=2)
    name = models.CharField(_("name"), max_length=200, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    email_hash = models.CharField(max_length=64, blank=True)
    location = models.CharField(_("where it stands"), max_length=1000)
    explanation = models.TextField(_("why it is illegal"))
    category = models.CharField(_("category"), max_length=15, choices=Category.choices)
    is_good_faith = models.BooleanField(_("declared to be accurate"))
    is_trusted_flagger = models.BooleanField(_("trusted flagger"), default=False)
    state = models.CharField(
        _("state"), max_length=12, choices=NoticeState.choices, default=NoticeState.RECEIVED
    )
    received_at = models.DateTimeField(_("received"))
    confirmed_at = models.DateTimeField(_("receipt confirmed"), null=True)
    message = models.ForeignKey(Message, on_delete=models.SET_NULL, null=True, related_name="+")
    case = models.ForeignKey(Case, on_delete=models.SET_NULL, null=True, related_name="notices")
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, related_name="notices"
    )
    outcome = models.CharField(
        _("outcome"), max_length=12, choices=NoticeOutcome.choices, blank=True
    )
    answer = models.TextField(_("answer"), blank=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, null=True, related_name="+"
    )
    decided_at = models.DateTimeField(_("decided"), null=True)
    answer_mail = models.UUIDField(null=True)

    class Meta(BrandModel.Meta):
        verbose_name = _("notice from the public")
        verbose_name_plural = _("notices from the public")
        constraints = (
            models.CheckConstraint(
                condition=~models.Q(state__in=(NoticeState.DECIDED, NoticeState.UNFOUNDED))
                | models.Q(decided_by__isnull=False, decided_at__isnull=False),
                name="notice_ended_by_a_person",
            ),
        )
        indexes = (
            models.Index(fields=("brand", "state", "received_at"), name="notice_waiting"),
            models.Index(fields=("brand", "email_hash", "-received_at"), name="notice_reporter"),
        )

    def __str__(self) -> str:
        return f"{self.get_category_display()} {self.received_at:%Y-%m-%d}"


class ReporterStanding(BrandModel):
    """That a reporter was warned or suspended. Never changed; the newest row counts.

    ``until`` None for a warning. Source: DSA Art. 23(2).
    """

    email_hash = models.CharField(max_length=64)
    standing = models.CharField(max_length=10, choices=Standing.choices)
    notice = models.ForeignKey(Notice, on_delete=models.PROTECT, related_name="standings")
    reason = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)
    decided_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+"
    )

    class Meta(BrandModel.Meta):
        verbose_name = _("standing of a reporter")
        verbose_name_plural = _("standings of reporters")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(standing=Standing.WARNED) ^ models.Q(until__isnull=False),
                name="standing_suspension_has_an_end",
            ),
        )
        indexes = (models.Index(fields=("brand", "email_hash", "-since"), name="standing_newest"),)

    def __str__(self) -> str:
        return str(self.get_standing_display())
