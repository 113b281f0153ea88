"""What can go wrong in moderation, in words."""

from django.utils.translation import gettext_lazy as _

from tenants.exceptions import DomainError, InvalidState


class ReasonMissing(DomainError):
    """No decision without a reason."""

    code = "reason_missing"
    default_message = _("Say why. The author will read it.")


class AlreadyDecided(DomainError):
    """A colleague was faster."""

    code = "already_decided"


class CannotActHere(DomainError):
    """The network offers no such act for this message."""

    code = "cannot_act_here"


class TookPart(DomainError):
    """Whoever took part in a decision does not judge the appeal against it."""

    code = "took_part"
    default_message = _("You took part in this decision. Someone else has to answer the appeal.")


class AppealClosed(DomainError):
    """The link is broken or the time is over."""

    code = "appeal_closed"


class AppealThere(DomainError):
    """One decision, one appeal: this one is not the first."""

    code = "appeal_there"
    default_message = _(
        "An appeal against this decision was made already. Below you see how far it is."
    )


class OnlyByPersons(DomainError):
    """A machine decided nothing here."""

    code = "only_by_persons"
    default_message = _("Only a person may answer an appeal.")


class NotTheirs(DomainError):
    """This person may not get the appeal."""

    code = "not_theirs"
    default_message = _(
        "This person took part in the decision or may not decide appeals in this brand."
    )


class AppealMissing(DomainError):
    """The author wrote nothing."""

    code = "appeal_missing"
    default_message = _("Please write at least one sentence.")


class NotEligible(DomainError):
    """Only spam and scam are ever hidden without a person."""

    code = "not_eligible"
    default_message = _(
        "Only spam and scam may be hidden automatically. Everything else is for people."
    )


class NotMeasured(DomainError):
    """The reviewed samples do not carry the step."""

    code = "not_measured"


class CaseTaken(InvalidState):
    """A colleague has it open: two people never decide one case."""

    code = "case_taken"


class LeaseLost(InvalidState):
    """The person does not have the case open any more."""

    code = "lease_lost"
    default_message = _(
        "You have not had this case open for a while. Open it again: nothing is lost."
    )


class MustEscalate(InvalidState):
    """Only escalating is open to this person."""

    code = "must_escalate"


class SecondPersonNeeded(InvalidState):
    """One person may not decide this alone."""

    code = "second_person"
    default_message = _("Two people decide this. Propose it in the queue.")


class OwnProposal(InvalidState):
    """Nobody confirms their own proposal."""

    code = "own_proposal"
    default_message = _("You proposed this. A second person has to confirm it.")
