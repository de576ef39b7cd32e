"""Markup that learners write shows as text on every page of a room, in a real browser."""

from __future__ import annotations

import urllib.parse
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browsers import OpenBrowser, browser_test, fill, text, wait_for
from tests.support.lesson_pages import press, write
from tests.support.project import ROOT
from tests.support.room import Served, serve_course
from tools.shots.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]

# Out of a text, an attribute, a script, a comment and a title; without a space as well.
MARK = (
    "\"'></p></title></textarea></script>--><img/src=x/class=evil/onerror=pwned=1>"
    "<svg/class=evil/onload=pwned=1><script>pwned=1</script>"
    "<a/class=evil/href=javascript:pwned=1>x</a>"
)
SHORT = "<img src=x class=evil onerror=pwned=1>"  # a name is cut
EVIL = """
return [String(window.pwned ?? 'nothing'), document.querySelectorAll('.evil').length,
  [...document.querySelectorAll('*')].some(one => one.getAttributeNames()
    .some(name => name.startsWith('on') && one.getAttribute(name).includes('pwned')))]
"""
# What a cell may say of its own run, in messages of its own making.
FORGED = f"""
import json, os, sys
from grader.sandbox.codec import encode
mark = {MARK!r}
frame = sys._getframe()
while "self" not in frame.f_locals or not hasattr(frame.f_locals["self"], "_question"):
    frame = frame.f_back
told = [
    {{"event": "CellBegan", "step": 0}},
    {{"event": "CellRaised", "kind": mark[:200], "message": mark, "line": 3,
     "source": mark, "function": mark[:200],
     "callers": [{{"line": 1, "source": mark, "function": mark[:200]}}]}},
    {{"event": "Drew", "png": mark, "panels": [{{"title": mark[:200], "rows": []}}]}},
    {{"event": "Waiting", "name": mark[:200], "line": 1}},
    {{"event": "Unwritten", "tag": mark[:200], "line": 1}},
    {{"event": "RunEnded", "words": mark}},
]
number = frame.f_locals["self"]._question
body = encode((number, "Returned", [json.dumps(one) for one in told], ()))
os.write(3, len(body).to_bytes(8, "little") + body)
os._exit(0)
"""
RAISES = f"""
def softmax(z):
    print({MARK!r})
    raise type({SHORT!r}, (ValueError,), {{}})({MARK!r})
"""
ANSWERS = f"""
def softmax(z):
    return {{{MARK!r}: {MARK!r}}}
"""
SHOWS = f"""
print({MARK!r})
{MARK!r}
"""
FIGURE = f"""
import matplotlib.pyplot as plt
plt.plot([1, 2]); plt.title({MARK!r}, parse_math=False)
"""
UNREADABLE = f"def softmax(z: {MARK}"


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Served]:
    with serve_course(tmp_path) as served:
        yield served


@pytest.fixture
def browser(open_browser: OpenBrowser) -> Browser:
    return open_browser(1280)


def look(browser: Browser, shown: str = SHORT) -> None:
    """Nothing of it is an element, nothing has run; and it is to be seen as text."""
    assert browser.run(EVIL) == ["nothing", 0, False]
    assert shown in browser.run("return document.body.innerText")
    # Had the policy of the page stopped it, it would have been markup.
    refused = [one for one in browser.log() if "Content Security" in one["message"]]
    assert refused == []


@pytest.mark.promise("shown-as-text")
def test_what_a_learner_writes_is_text_everywhere(
    browser: Browser, room: Served
) -> None:
    address = f"http://127.0.0.1:{room.port}"
    browser.go(f"{address}/join?code={urllib.parse.quote(SHORT)}")
    assert browser.run(EVIL) == ["nothing", 0, False]
    fill(browser, "code", room.membership.state.code)
    browser.click("form button")
    wait_for(lambda: browser.run("return !!document.querySelector('[name=partner]')"))
    fill(browser, "partner", SHORT)
    fill(browser, "name", SHORT)
    browser.click("form button")
    wait_for(lambda: text(browser, "#next a") != "")
    look(browser)
    browser.click("#next a")
    wait_for(lambda: text(browser, '[data-exercise="3c"]') != "")
    for cell, action in (
        *((RAISES, "grade"), (ANSWERS, "grade"), (UNREADABLE, "grade")),
        *((SHOWS, "run"), (RAISES + "softmax(0)", "run"), (FORGED, "run")),
    ):
        write(browser, "3c", cell)
        press(browser, "3c", action)
        look(browser, "evil")
    browser.go(f"{address}/lesson3")
    wait_for(lambda: text(browser, '[data-exercise="3c"]') != "")
    assert browser.run(EVIL) == ["nothing", 0, False]


@pytest.mark.promise("shown-as-text")
def test_a_file_that_is_handed_in_is_text_for_the_instructor(
    browser: Browser, room: Served
) -> None:
    editor, page = room.learner(SHORT), room.learner("Ada", SHORT)
    page.write("lesson3", "3c", f"# {MARK}\n{ANSWERS}")
    page.ask("POST", "/lesson3/grade", '{"exercise": "3c"}')
    source = (ROOT / "solutions" / "lesson3_cross_entropy.py").read_text()
    source = f"# %% [markdown]\n# # {MARK}\n# `{MARK}` ${MARK}$\n{source}{RAISES}"
    assert editor.hand_in("lesson3", source, f"{SHORT}.py") == (200, {})
    now = room.membership.state
    for path in (
        f"/instructor?key={now.instructor_key}",
        *(f"/instructor/learner/{one.id}" for one in room.membership.members),
        f"/board?key={now.board_key}",
    ):
        browser.go(f"http://127.0.0.1:{room.port}{path}")
        wait_for(lambda: text(browser, "main") != "")
        if "board" in path:
            assert browser.run(EVIL) == ["nothing", 0, False]
        else:
            look(browser, SHORT if "learner" not in path else "evil")
