"""People who reported a comment, as data subjects: found, told, erased, unknown to its author."""

from collections.abc import Callable

from compliance.domain.subjects.finding import identified
from compliance.domain.subjects.subject import Subject, subject_of
from moderation.domain.notices import Reported, report
from moderation.domain.reporters import NoticeOfPerson
from moderation.models import Decision, Notice
from tenants.actors import SystemActor
from tenants.models import Brand
from tenants.scope import brand_scope
from tests.factories.inbox import make_message

RULE = SystemActor("system", "tests")
NOTICES = NoticeOfPerson()


def _reported(hidden: Callable[..., Decision], north: Brand) -> tuple[Notice, Subject, Subject]:
    """A notice, the reporter and the author of what is reported."""
    message = make_message(hidden().message.conversation, external_id="5551_42")
    told = Reported(
        location="5551_42",
        explanation="Das ist Volksverhetzung.",
        category="hate",
        language="de",
        name="Rita Report",
        email="Rita@Example.test",
        is_good_faith=True,
    )
    notice = report(north, told)
    reporter = identified(subject_of(north.pk, [], emails=["rita@example.test"]))
    return notice, reporter, identified(subject_of(north.pk, [message.conversation.contact_id]))


def test_the_reporter_is_found_by_address_and_told_what_they_sent(
    hidden: Callable[..., Decision], north: Brand
) -> None:
    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        notice, reporter, _author = _reported(hidden, north)
        assert NOTICES.keys(reporter) == [notice.pk]
        [row] = NOTICES.rows(reporter)
    assert (row["name"], row["explanation"]) == ("Rita Report", "Das ist Volksverhetzung.")


def test_the_author_never_learns_who_reported_them(
    hidden: Callable[..., Decision], north: Brand
) -> None:
    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        notice, _reporter, author = _reported(hidden, north)
        assert NOTICES.keys(author) == [notice.pk]
        assert list(NOTICES.rows(author)) == []
        assert NOTICES.found(author).samples == ()
        assert NOTICES.found(author).count == 1


def test_an_open_notice_waits_for_its_answer_and_is_emptied_then(
    hidden: Callable[..., Decision], north: Brand
) -> None:
    with brand_scope(north.pk, agency_ids=[north.agency_id]):
        notice, reporter, _author = _reported(hidden, north)
        blocked = NOTICES.erase(reporter, limit=10, reference="art17.1", actor=RULE)
        assert "waits for its answer" in blocked.blocked
        assert Notice.objects.get().name == "Rita Report"

        Notice.objects.update(state="set_aside")
        assert NOTICES.erase(reporter, limit=10, reference="art17.1", actor=RULE).rows == 1
        notice.refresh_from_db()
        assert (notice.name, notice.email, notice.explanation, notice.location) == ("", "", "", "")
        assert notice.email_hash
        assert NOTICES.erase(reporter, limit=10, reference="art17.1", actor=RULE).rows == 0
