"""The categories of data: what starts their time, the least and the usual period, and why."""

from dataclasses import dataclass

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django_stubs_ext import StrOrPromise

from compliance.choices import RetentionAction, RetentionCategory
from compliance.domain.retention.periods import ClockStart, Span
from tenants.exceptions import InvalidInput

LONGEST_MONTHS = 240

STARTS: dict[ClockStart, StrOrPromise] = {
    ClockStart.LAST_MESSAGE: gettext_lazy("from the last message"),
    ClockStart.YEAR_END: gettext_lazy("from the end of the calendar year"),
    ClockStart.NOTICE: gettext_lazy("from the notice to the author"),
    ClockStart.LAST_USE: gettext_lazy("from the last use"),
    ClockStart.EVENT: gettext_lazy("from the event"),
    ClockStart.WHILE_NEEDED: gettext_lazy("as long as the opt-out stands"),
}


@dataclass(frozen=True, slots=True)
class Period:
    """``least_months`` and ``why`` (its ground). ``is_legal``: the law sets the minimum, so it wins
    over rules of channels. ``usual_months`` is proposed; None: there is no period to choose."""

    clock: ClockStart
    least_months: int
    usual_months: int | None
    why: StrOrPromise = ""
    is_legal: bool = False
    actions: tuple[str, ...] = (RetentionAction.ERASE,)

    @property
    def starts(self) -> StrOrPromise:
        return STARTS[self.clock]

    def span(self, months: int) -> Span:
        return Span(months, from_year_end=self.clock == ClockStart.YEAR_END)


_BOTH = (RetentionAction.ERASE.value, RetentionAction.ANONYMISE.value)
PERIODS: dict[str, Period] = {
    RetentionCategory.GENERAL: Period(ClockStart.LAST_MESSAGE, 1, 6, actions=_BOTH),
    RetentionCategory.TRANSACTIONAL: Period(ClockStart.LAST_MESSAGE, 1, 12, actions=_BOTH),
    RetentionCategory.LETTER: Period(
        ClockStart.YEAR_END,
        72,
        72,
        gettext_lazy("six years, HGB section 257(4)"),
        is_legal=True,
        actions=_BOTH,
    ),
    RetentionCategory.VOUCHER: Period(
        ClockStart.YEAR_END,
        96,
        96,
        gettext_lazy("eight years, HGB section 257(4), AO section 147(3)"),
        is_legal=True,
        actions=_BOTH,
    ),
    RetentionCategory.DECISION: Period(
        ClockStart.NOTICE,
        6,
        12,
        gettext_lazy("authors may appeal for six months, DSA Art. 20(1)"),
        is_legal=True,
        actions=_BOTH,
    ),
    RetentionCategory.CONSENT: Period(
        ClockStart.LAST_USE,
        60,
        60,
        gettext_lazy("five years, on the model of UWG section 7a(2)"),
        is_legal=True,
    ),
    RetentionCategory.SUPPRESSION: Period(
        ClockStart.WHILE_NEEDED,
        0,
        None,
        gettext_lazy("without it a new import would start marketing again, GDPR Art. 21(3)"),
        is_legal=True,
    ),
    RetentionCategory.DSAR: Period(
        ClockStart.YEAR_END,
        36,
        36,
        gettext_lazy("three years, limitation of claims, BGB section 195, 199"),
        is_legal=True,
    ),
    RetentionCategory.SECURITY: Period(
        ClockStart.EVENT,
        3,
        12,
        gettext_lazy("three months, our rule: attacks are often found late"),
    ),
    RetentionCategory.AUDIT: Period(
        ClockStart.EVENT,
        36,
        36,
        gettext_lazy("three years, our rule for proof; GDPR Art. 5(2)"),
    ),
}

CONVERSATION_CATEGORIES = (
    RetentionCategory.GENERAL,
    RetentionCategory.TRANSACTIONAL,
    RetentionCategory.LETTER,
    RetentionCategory.VOUCHER,
)
"""What a conversation can be, the shortest kept first."""

# The first of a pair may not be kept longer than the second, and why.
_ORDER: tuple[tuple[str, str, StrOrPromise], ...] = (
    (
        RetentionCategory.GENERAL,
        RetentionCategory.TRANSACTIONAL,
        gettext_lazy("what is about an order would go before small talk"),
    ),
    (
        RetentionCategory.SECURITY,
        RetentionCategory.AUDIT,
        gettext_lazy("the security log is a part of the audit trail"),
    ),
)


def check_months(category: str, months: int) -> None:
    """Raises: InvalidInput outside the bounds of the category, with the reason."""
    period = PERIODS[category]
    if period.usual_months is None:
        raise InvalidInput(
            category,
            _("There is no period to choose: kept %(how)s, %(why)s.")
            % {"how": period.starts, "why": period.why},
        )
    if months < period.least_months:
        raise InvalidInput(
            category,
            _("At least %(months)d months: %(why)s.")
            % {"months": period.least_months, "why": period.why or _("a whole month")},
        )
    if months > LONGEST_MONTHS:
        raise InvalidInput(category, _("At most %d months.") % LONGEST_MONTHS)


def check_action(category: str, action: str) -> None:
    """Raises: InvalidInput for an action that this category does not know."""
    if action not in PERIODS[category].actions:
        raise InvalidInput(category, _("These data can only be erased, not anonymised."))


def check_together(months: dict[str, int]) -> None:
    """Raises: InvalidInput for periods that contradict each other, naming both and why."""
    labels = dict(RetentionCategory.choices)
    for shorter, longer, why in _ORDER:
        if shorter in months and longer in months and months[shorter] > months[longer]:
            raise InvalidInput(
                shorter,
                _(
                    "“%(shorter)s” (%(first)d months) may not be kept longer than "
                    "“%(longer)s” (%(second)d months): %(why)s."
                )
                % {
                    "shorter": labels[shorter],
                    "first": months[shorter],
                    "longer": labels[longer],
                    "second": months[longer],
                    "why": why,
                },
            )
