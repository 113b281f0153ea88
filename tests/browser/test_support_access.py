"""The platform's staff look at a brand for a short time, in the browser. Requirement T8."""

from collections.abc import Callable

import pytest

from tenants.models import Brand, SupportAccess, User
from tenants.scope import brand_scope
from tests.browser.people import Person
from tests.factories.inbox import make_account, make_conversation, make_message
from tests.factories.tenants import make_user

pytestmark = pytest.mark.browser

ACCESSES = "tenants/supportaccess/"
BRAND = "/w/acme/north/admin/"
REASON = "Ticket 4711: replies are held"
EVENTS = f"{BRAND}compliance/auditevent/?kind=tenants.support.page_viewed"


def test_support_is_let_in_watched_and_sent_away(
    seat: Callable[..., Person], north: Brand, south: Brand, olga: User
) -> None:
    with brand_scope(north.pk):
        conversation = make_conversation(make_account(north))
        make_message(conversation, "Wo bleibt mein Paket?")
    staff, owner = seat(make_user("sam", is_platform_staff=True)), seat(olga)
    thread = f"{BRAND}inbox/conversation/{conversation.pk}/change/"

    # Nothing before, and asking opens nothing.
    for path in ("/w/acme/admin/", BRAND, thread):
        assert staff.open(path) == 404
    staff.open(f"/admin/{ACCESSES}")
    staff.checked()
    staff.page.select_option("#agency", "acme")
    staff.fill("#brand", "north")
    staff.fill("#reason", REASON)
    staff.press("Ask the agency")
    staff.reads("The agency has been asked.")
    assert staff.open(BRAND) == 404

    # The agency lets them in.
    owner.open(f"/w/acme/admin/{ACCESSES}")
    owner.reads(REASON)
    owner.checked()
    owner.press("Let Sam in for 1 h")
    owner.reads("Support may look now.")

    # They look, under the banner, and do not act.
    staff.open(f"/admin/{ACCESSES}")
    staff.press("Go there")
    for path in (BRAND, f"{BRAND}inbox/conversation/", thread):
        assert staff.open(path) == 200
        staff.page.locator(".stop-banner", has_text="Support access: Sam in").wait_for()
        staff.page.locator(".stop-banner", has_text=REASON).wait_for()
    staff.reads("Wo bleibt mein Paket?")
    staff.checked()
    status, text = staff.posts(f"{BRAND}inbox/conversation/{conversation.pk}/reply/", text="Hallo")
    assert status == 403
    assert "Support access is for reading" in text
    assert staff.open("/w/acme/south/admin/") == 404

    # Each page stands in the brand's audit trail, where the owner reads it.
    seen = SupportAccess.objects.get().pages_viewed
    assert seen >= 5
    owner.open(EVENTS)
    rows = owner.page.locator(".events > li", has_text="Sam")
    assert rows.count() == seen

    # Ended by the owner: the next request finds nothing.
    owner.open(f"/w/acme/admin/{ACCESSES}")
    owner.press("End access")
    owner.reads("The access has ended.")
    assert staff.open(thread) == 404
    for person in (staff, owner):
        person.complaints = [c for c in person.complaints if "404" not in c]
        assert person.complaints == []
