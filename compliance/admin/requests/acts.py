"""The buttons of a data request's page. Each calls one verb; errors come back in its words."""

from collections.abc import Callable
from typing import Any, cast
from uuid import UUID

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django_stubs_ext import StrOrPromise

from compliance.choices import RequestState
from compliance.domain.requests import (
    effects,
    ending,
    handling,
    identity,
    intake,
    passages,
    release,
)
from compliance.models import DataRequest, ProcessingRestriction, RecipientNotice
from tenants.admin.acts import perform
from tenants.admin.fresh import needs_fresh_sign_in
from tenants.exceptions import NotFound
from tenants.models import User

CASE_PAGE = "admin:compliance_datarequest_change"

type Verb = Callable[[DataRequest, Any, User], Any]


def _keys(values: list[str]) -> list[UUID]:
    """Raises: NotFound for what is no key."""
    try:
        return [UUID(value) for value in values]
    except ValueError as error:
        raise NotFound from error


def _notice(case: DataRequest, post: Any) -> RecipientNotice:
    found = RecipientNotice.objects.filter(
        request=case, pk__in=_keys([post.get("notice", "")])
    ).first()
    if found is None:
        raise NotFound
    return found


def _restriction(case: DataRequest, post: Any) -> ProcessingRestriction:
    found = ProcessingRestriction.objects.filter(
        request=case, pk__in=_keys([post.get("restriction", "")])
    ).first()
    if found is None:
        raise NotFound
    return found


def _passages(case: DataRequest, post: Any, actor: User) -> int:
    """``choice``: ``hide`` or ``keep``; all that are open if none is named."""
    named = _keys(post.getlist("passage"))
    if not named:
        named = list(case.passages.filter(is_hidden=None).values_list("pk", flat=True))
    return passages.decide(case, named, is_hidden=post.get("choice") == "hide", actor=actor)


# Address -> what it does with the case, and the words when it is done.
ACTS: dict[str, tuple[Verb, StrOrPromise]] = {
    "confirm": (
        lambda c, p, a: intake.confirm_receipt(c, actor=a),
        _("Confirmed. The person was told."),
    ),
    "code": (lambda c, p, a: identity.send_mail_code(c, actor=a), _("The code is on its way.")),
    "verify": (
        lambda c, p, a: identity.verify_by_staff(c, note=p.get("note", ""), actor=a),
        _("The identity is settled."),
    ),
    "contacts": (
        lambda c, p, a: handling.choose_contacts(c, _keys(p.getlist("contact")), actor=a),
        _("Noted whose data it is about."),
    ),
    "instruct": (
        lambda c, p, a: handling.instruct(
            c, by=p.get("by", ""), instruction=p.get("instruction", ""), actor=a
        ),
        _("The brand's instruction is recorded."),
    ),
    "collect": (lambda c, p, a: handling.collect(c, actor=a), _("Collecting has begun.")),
    "passages": (_passages, _("Decided.")),
    "hide": (
        lambda c, p, a: passages.hide_words(c, p.get("words", ""), actor=a),
        _("These words are hidden."),
    ),
    "note": (
        lambda c, p, a: handling.note_work(
            c,
            note=p.get("note", ""),
            restriction_ground=p.get("restriction_ground", ""),
            actor=a,
        ),
        _("Noted."),
    ),
    "review": (
        lambda c, p, a: release.finish_review(c, actor=a),
        _("Reviewed. Now it can be released."),
    ),
    "again": (lambda c, p, a: release.try_again(c, actor=a), _("It goes on.")),
    "extend": (
        lambda c, p, a: handling.extend(c, reason=p.get("reason", ""), actor=a),
        _("Extended. The person was told."),
    ),
    "pause": (
        lambda c, p, a: handling.pause(c, reason=p.get("reason", ""), actor=a),
        _("The clock stands. The person was asked."),
    ),
    "resume": (lambda c, p, a: handling.resume(c, actor=a), _("The clock runs again.")),
    "hold": (
        lambda c, p, a: handling.put_on_hold(c, reason=p.get("reason", ""), actor=a),
        _("Set aside. The clock runs on."),
    ),
    "unhold": (lambda c, p, a: handling.take_up(c, actor=a), _("Taken up again.")),
    "cancel": (
        lambda c, p, a: ending.cancel(c, reason=p.get("reason", ""), actor=a),
        _("The case is cancelled."),
    ),
    "withdraw": (
        lambda c, p, a: ending.withdraw_for_person(c, reason=p.get("reason", ""), actor=a),
        _("The case ends as the person wanted."),
    ),
    "refuse": (
        lambda c, p, a: ending.refuse(
            c,
            reason=p.get("reason", ""),
            evidence=p.get("evidence", ""),
            words_for_person=p.get("words", ""),
            actor=a,
        ),
        _("Refused. The person was told, with the remedies."),
    ),
    "notice": (
        lambda c, p, a: effects.settle_notice(
            _notice(c, p), state=p.get("state", ""), how=p.get("how", ""), actor=a
        ),
        _("Recorded."),
    ),
    "recipient": (
        lambda c, p, a: effects.add_notice(c, recipient=p.get("recipient", ""), actor=a),
        _("Recorded."),
    ),
    "announce": (
        lambda c, p, a: effects.announce_lifting(_restriction(c, p), actor=a),
        _("The person was told that the restriction will end."),
    ),
    "lift": (
        lambda c, p, a: effects.lift(_restriction(c, p), actor=a),
        _("The restriction is lifted."),
    ),
    "close": (
        lambda c, p, a: ending.close(c, text=p.get("text", ""), actor=a),
        _("Answered and closed."),
    ),
}
FRESH: dict[str, tuple[Verb, StrOrPromise]] = {
    "release": (
        lambda c, p, a: release.release(c, actor=a),
        _("Released. It is being carried out."),
    ),
    "accept": (
        lambda c, p, a: release.accept_block(c, reason=p.get("reason", ""), actor=a),
        _("Accepted. The certificate says so."),
    ),
}


class Words:
    """What is said when it is done; the verb may still change it."""

    def __init__(self, text: StrOrPromise) -> None:
        self.text = text

    def __str__(self) -> str:
        return str(self.text)


class Acts:
    """Mixed into the page: one address per act, by POST."""

    def act_urls(self) -> list[URLPattern]:
        page: Any = self
        return [
            path(
                f"<uuid:pk>/{name}/",
                page.post_view(self._view(name, verb, done, is_fresh=name in FRESH)),
                name=f"compliance_datarequest_{name}",
            )
            for name, (verb, done) in (ACTS | FRESH).items()
        ]

    def _view(
        self, name: str, verb: Verb, done: StrOrPromise, *, is_fresh: bool
    ) -> Callable[..., HttpResponse]:
        page: Any = self

        def view(request: HttpRequest, pk: UUID) -> HttpResponse:
            case: DataRequest = page.find(request, pk)
            actor = cast(User, request.user)

            words = Words(done)

            def run() -> Any:
                result = verb(case, request.POST, actor)
                if name == "release" and result.state == RequestState.COLLECTING:
                    words.text = gettext(
                        "Nothing was released: the data have changed since the review. They are"
                        " collected again; please review them once more."
                    )
                return result

            return perform(
                request,
                run,
                done=words,  # type: ignore[arg-type]  # read after the verb has run
                back=reverse(CASE_PAGE, args=[case.pk]),
                brand_id=case.brand_id,
            )

        view.__name__ = name
        return needs_fresh_sign_in(view) if is_fresh else view
