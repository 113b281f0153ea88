"""Defects of the shell we build on, each held by a test. The others are held elsewhere:

writes by GET and foreign pickers in tests/tenants/admin/test_base.py, the palette across brands in
test_shell.py, unreached controls, covered focus and small targets in tests/browser/test_gates.py,
German in test_german.py.
"""

import re

import pytest
from django.contrib import admin
from django.template.loader import get_template
from django.test import Client

from tenants.models import Brand, User
from tests.project.source import product_code, text

HOME = "/w/acme/north/admin/"
# unfold owns these; ours must not take their place. Source: unfold 0.110, keys of its app.js.
TAKEN = set("/[fc")


def test_badges_hang_on_no_translated_word() -> None:
    """U8: unfold's ``@display(label={…})`` maps the text as shown, so colours vanish in German."""
    found = [name for name in product_code() if re.search(r"display\([^)]*label=", text(name))]

    assert found == []


def test_no_page_reads_the_request_kept_on_the_shared_instance() -> None:
    """U12: unfold keeps ``self.request`` on the admin instance, which all threads share."""
    found = [
        name
        for name in product_code()
        if "/admin/" in name and re.search(r"\bself\.request\b", text(name))
    ]

    assert found == []


@pytest.mark.parametrize("script", ["queue.js", "inbox.js", "shell.js", "header.js"])
def test_our_keys_leave_unfold_s_alone(script: str) -> None:
    """U11."""
    source = text(f"engage/static/engage/js/{script}")
    maps = re.findall(r"keys\(\{(.*?)\n  \}\);", source, re.DOTALL)
    keys = {key for block in maps for key in re.findall(r"^    (\w|\"[^\"]\"):", block, re.M)}

    assert not keys & TAKEN


def test_our_templates_win() -> None:
    """U13: an app's template loses against unfold's; the project's directory comes first."""
    for name in ("admin/index.html", "admin/base.html", "unfold/layouts/skeleton.html"):
        assert "engage/templates" in str(get_template(name).origin.name), name


def test_a_page_without_script_says_so_and_is_seen(client: Client, ada: User, north: Brand) -> None:
    """U15: nothing of the page itself waits for a script to be shown."""
    client.force_login(ada)
    html = client.get(HOME).content.decode()

    opening = re.findall(r"<(?:html|body|main)[^>]*>", html)
    assert len(opening) == 3
    assert not [tag for tag in opening if "x-cloak" in tag]
    assert "<noscript>" in html


def test_notes_differ_by_more_than_colour() -> None:
    """U14: side, icon, words and border; by colour alone they looked like a customer's."""
    log, css = (
        text("engage/templates/inbox/desk_log.html"),
        text("engage/static/engage/css/desk.css"),
    )

    assert "sticky_note_2" in log
    assert 'translate "Internal note"' in log
    assert re.search(r"\.msg-note[^}]*border", css)


def test_no_model_has_a_page_of_its_package() -> None:
    ours = {"engage", "tenants", "compliance", "inbox", "moderation", "reporting"}
    found = {type(page).__module__.split(".")[0] for page in admin.site._registry.values()}

    assert found <= ours
