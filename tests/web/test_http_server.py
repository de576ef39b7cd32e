"""The lessons in a browser: what is refused, and what is saved, run and graded."""

from __future__ import annotations

import contextlib
import http.client
import io
import json
import re
import socket
import stat
import subprocess
import sys
import threading
import time
import zipfile
from collections.abc import Iterator
from html import escape
from pathlib import Path
from unittest.mock import Mock

import psutil
import pytest

from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.report import Outcome
from grader.web import pages, search
from grader.web.http_server import ServerAddress, listen_locally
from tests.support.processor_time import processor_time_s
from tests.support.project import ROOT
from tests.support.served_course import MORE, NAME, STUB, Client, make_course, serve
from tests.support.toy_lesson import CHECKS
from tests.support.waiting import LONGEST_S, is_busy, waited

BROWSER_DOCS = ROOT / "docs" / "browser.md"
TEMPLATES = Path(pages.__file__).parent / "templates"

pytestmark = pytest.mark.usefixtures("share_pool")


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Client]:
    """A server that is only asked for what it refuses."""
    with serve(make_course(tmp_path_factory.mktemp("shared"))) as client:
        yield client
        assert not client.file.exists()


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serve(make_course(tmp_path)) as client:
        yield client


PATHS = (
    *("/", "/lesson1", "/lesson1/cells", "/events", "/static/lesson.js"),
    "/search?q=a",
    *(f"/take/{NAME}.py", "/take/attempts.zip"),
)
POSTS = ("save", "grade", "run", "scratch", "hint", "solution", "versions", "reset")


@pytest.mark.promise("server-key")
@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize("cookie", [None, "", "key_{port}=", "key_{port}=wrong", "a=b"])
def test_nobody_is_answered_without_the_key(
    shared: Client, path: str, cookie: str | None
) -> None:
    given = cookie and cookie.format(port=shared.door.port)
    status, _, body = shared.ask("GET", path, Cookie=given)
    assert (status, b"key" in body) == (403, True)


@pytest.mark.promise("server-key")
@pytest.mark.parametrize("name", ["evil.example", "127.0.0.1", "localhost:1", "", None])
def test_a_foreign_name_of_this_machine_is_refused(
    shared: Client, name: str | None
) -> None:
    status, _, _ = shared.ask("GET", f"/?key={shared.door.key}", Host=name)
    assert status in (400, 421)  # a request without any is no request


def test_a_wrong_key_in_the_address_lets_nobody_in(shared: Client) -> None:
    status, headers, _ = shared.ask("GET", "/?key=wrong", Cookie=None)
    assert status == 403
    assert "set-cookie" not in headers


FOREIGN = (
    {"Origin": None},
    {"Origin": "null"},
    {"Origin": "http://evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"X_Lesson": None},
    {"Cookie": None},
)


@pytest.mark.promise("server-key")
@pytest.mark.parametrize("name", POSTS)
@pytest.mark.parametrize("headers", FOREIGN, ids=str)
def test_what_changes_something_is_taken_from_its_own_page_alone(
    shared: Client, name: str, headers: dict
) -> None:
    status, _, _ = shared.ask("POST", f"/lesson1/{name}", "{}", **headers)
    assert status == 403


@pytest.mark.parametrize("method", ["PUT", "DELETE", "PATCH", "OPTIONS", "TRACE"])
def test_other_methods_are_refused(shared: Client, method: str) -> None:
    assert shared.ask(method, "/lesson1")[0] == 405


@pytest.mark.promise("server-paths")
@pytest.mark.parametrize(
    "path",
    [
        *("/static/../app.py", "/static/%2e%2e/app.py", "/static/..%2fapp.py"),
        *("/static/....//app.py", "/static/%2fetc%2fpasswd", "/static/"),
        *("/take/..%2f..%2ftasks.py", "/take/.serve.json", "/take/gradebook.sqlite"),
        *("/take/lesson1_toy.exe", "/take/%2e%2e%2flesson1_toy.py", "/lesson99"),
        *("/lesson1%00", "/lessons", "/lesson1/../attempts", "/lesson01", "/LESSON1"),
    ],
)
def test_no_address_leads_out_of_the_course(shared: Client, path: str) -> None:
    assert shared.ask("GET", path)[0] == 404


@pytest.mark.parametrize("error", [KeyError("a"), IndexError(), ZeroDivisionError()])
def test_an_error_of_the_program_is_told_as_one(
    shared: Client, error: Exception, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "search_page", Mock(side_effect=error))
    status, _, body = shared.ask("GET", "/search?q=entropy")
    assert status == 500
    said = json.loads(body)["problem"]
    assert f"an error in its own code ({type(error).__name__})" in said


@pytest.mark.promise("server-paths")
@pytest.mark.parametrize("name", POSTS)
def test_more_than_a_page_may_hold_is_refused(shared: Client, name: str) -> None:
    large = str((3_000_000 if name in ("save", "scratch") else 64_000) + 1)
    assert shared.ask("POST", f"/lesson1/{name}", Content_Length=large)[0] == 413
    assert shared.ask("POST", f"/lesson1/{name}", Content_Length="-1")[0] in (400, 413)


@pytest.mark.promise("server-paths")
def test_a_body_that_says_no_length_is_cut_off(shared: Client) -> None:
    line = http.client.HTTPConnection("127.0.0.1", shared.door.port, timeout=300)
    headers = {
        "Host": shared.host,
        "Cookie": shared.cookie,
        "Origin": f"http://{shared.host}",
        "X-Lesson": "1",
    }
    parts = (b"x" * 1_000_000 for _ in range(5))
    line.request("POST", "/lesson1/save", parts, headers, encode_chunked=True)
    assert line.getresponse().status == 413
    line.close()


@pytest.mark.parametrize(
    ("name", "body"),
    [
        *(("save", body) for body in ("", "[]", "nul", "{", '"x"', "[" * 100_000)),
        ("save", "{}"),
        ("save", '{"number": "1", "base": "", "text": ""}'),
        ("save", '{"number": true, "base": "", "text": ""}'),
        ("save", '{"number": -1, "base": "", "text": ""}'),
        ("save", '{"number": 1e99, "base": "", "text": ""}'),
        ("save", '{"number": 1, "base": [], "text": ""}'),
        ("save", '{"number": 1, "base": "", "text": {}}'),
        ("run", '{"line": null}'),
        ("run", '{"line": 99999999}'),
        ("hint", '{"exercise": "9z"}'),
        ("hint", '{"exercise": "<script>"}'),
        ("solution", '{"exercise": 1}'),
    ],
)
def test_what_makes_no_sense_is_refused(shared: Client, name: str, body: str) -> None:
    status, _, said = shared.ask("POST", f"/lesson1/{name}", body)
    assert status == 400
    assert json.loads(said)["problem"].endswith(".")


@pytest.mark.promise("shown-as-text")
@pytest.mark.parametrize("path", [*PATHS[:3], *PATHS[4:], "/lesson99"])
def test_every_answer_says_what_a_page_may_load(shared: Client, path: str) -> None:
    _, headers, _ = shared.ask("GET", path)
    policy = headers["content-security-policy"]
    assert policy.startswith("default-src 'none'; script-src 'self'; style-src 'self'")
    assert "unsafe" not in policy
    for shut in ("base-uri", "frame-ancestors"):
        assert f"{shut} 'none'" in policy
    assert "form-action 'self'" in policy  # the search is a form
    for name in ("opener-policy", "resource-policy"):
        assert headers[f"cross-origin-{name}"] == "same-origin"
    assert headers["referrer-policy"] == "same-origin"
    assert headers["x-content-type-options"] == "nosniff"
    assert headers["cache-control"] == "no-store"


def test_the_key_moves_from_the_address_into_the_browser(client: Client) -> None:
    path = f"/lesson1?key={client.door.key}"
    status, headers, _ = client.ask("GET", path, Cookie=None)
    assert (status, headers["location"]) == (303, "/lesson1")
    cookie = headers["set-cookie"].lower()
    assert "httponly" in cookie
    assert "samesite=strict" in cookie


@pytest.mark.promise("server-key")
@pytest.mark.parametrize(
    "path",
    [
        "//evil.example",
        "///evil.example/x",
        "//evil.example/%2e%2e",
        "/%2fevil.example",
    ],
)
def test_the_key_leads_to_no_other_machine(client: Client, path: str) -> None:
    status, headers, _ = client.ask("GET", f"{path}?key={client.door.key}", Cookie=None)
    assert status == 303
    assert not headers["location"].startswith(("//", "/\\", "http"))


def test_what_a_browser_is_started_with_lets_in_once(tmp_path: Path) -> None:
    with serve(make_course(tmp_path), once="only-once") as client:
        asked = [client.ask("GET", "/?key=only-once", Cookie=None)[0] for _ in range(2)]
    assert asked == [303, 403]


def test_the_key_is_for_this_user_alone_and_stays(client: Client) -> None:
    kept = client.root / "attempts" / ".serve.json"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    taken: list[int] = []
    listening, door = listen_locally(client.root, 0, taken.append)
    listening.close()
    assert door.key == client.door.key
    assert door.port != client.door.port
    assert taken == [client.door.port]
    assert json.loads(kept.read_text())["port"] == client.door.port  # for the next time


@pytest.mark.parametrize(
    "content", ["", "[]", '{"port": 1}', '{"port": "x", "key": ""}']
)
def test_a_spoilt_key_is_made_anew(tmp_path: Path, content: str) -> None:
    (tmp_path / "attempts").mkdir()
    (tmp_path / "attempts" / ".serve.json").write_text(content)
    listening, door = listen_locally(tmp_path, 0)
    listening.close()
    assert len(door.key) > 30


def test_a_port_that_cannot_be_had_is_said(client: Client) -> None:
    with pytest.raises(Misuse, match=r"can't be used on this machine .*in use"):
        listen_locally(client.root, client.door.port)
    with pytest.raises(Misuse, match="takes a number"):
        listen_locally(client.root, 70_000)


def test_a_port_that_is_refused_is_not_said_to_be_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Refusing(socket.socket):
        def bind(self, address: object) -> None:
            raise PermissionError(13, "Permission denied")

    monkeypatch.setattr("grader.web.http_server.socket.socket", Refusing)
    words = r"Port 80 can't be used on this machine \(Permission denied\)\. Are the"
    with pytest.raises(Misuse, match=words):
        listen_locally(tmp_path, 80)


def test_an_address_may_open_a_lesson_at_once(client: Client) -> None:
    path = client.door.at("lesson1").partition(client.host)[2]
    status, headers, _ = client.ask("GET", path, Cookie=None)
    assert (status, headers["location"]) == (303, "/lesson1")


def test_looking_and_grading_make_no_file(client: Client) -> None:
    overview = client.get("/")
    assert "Lesson 1" in overview
    assert "Start lesson 1" in overview
    assert 'data-exercise="1a"' in client.get("/lesson1")
    told = client.post("lesson1/grade")
    assert "not attempted" in told["exercises"]["1a"]["html"]
    assert not client.file.exists()


def test_run_and_grade_are_explained_until_a_lesson_was_graded(client: Client) -> None:
    line = "<em>Run</em> runs a cell, and first those above it that haven't run."
    shown = client.get("/lesson1")
    assert shown.count(line) == 1
    assert shown.index(line) < shown.index('class="code"')
    client.save("x = 1")
    assert line in client.get("/lesson1")
    client.post("lesson1/grade")
    assert line not in client.get("/lesson1")


def test_the_signs_of_outcomes_are_explained_in_the_contents(client: Client) -> None:
    signs = re.search(r'<p class="signs[^>]*>(.*)</p>', client.get("/lesson1"))
    assert signs
    meanings = dict(re.findall(r"<span>(\S) ([^<]*)</span>", signs[1]))
    outcomes = (Outcome.NOT_ATTEMPTED, Outcome.PASSED, Outcome.WRONG, Outcome.GUESSED)
    assert [*meanings] == [*(one.glyph for one in outcomes), "*"]
    assert meanings[Outcome.GUESSED.glyph] == f"prediction {Outcome.GUESSED.word}"


def test_the_first_page_leads_on_to_where_a_learner_stands(client: Client) -> None:
    client.save("x = 1")
    assert 'href="/lesson1#1a">Continue at 1a<' in client.get("/")
    client.save("def double(x):\n    return 2 * x")
    client.post("lesson1/grade")
    overview = client.get("/")
    assert "Continue" not in overview
    assert "Start" not in overview
    assert '<progress max="100" value="100"' in overview
    assert "failed" not in overview


def test_a_search_finds_text_in_every_lesson_and_shows_it_as_text(
    client: Client,
) -> None:
    found = client.get("/search?q=TRY%20IT")
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; double</a></h2>" in found
    assert "<script>alert" not in found
    assert 'href="/lesson1#' in found
    nothing = client.get("/search?q=%3Cb%3Enowhere")
    assert "No lesson contains “&lt;b&gt;nowhere”." in nothing
    assert client.get("/search?q=").count("<mark>") == 0
    assert client.get(f"/search?q={'a' * 10_000}").count("<mark>") == 0


def words_of(html: str) -> str:
    """A part of a page without the tags inside its sentences."""
    return re.sub(r"</?(?:a|code|mark)\b[^>]*>", "", html)


def test_the_documentation_names_the_buttons_as_the_page_does() -> None:
    rows = re.findall(r"(?m)^\| (?!on the page)(\w.*?|◐) \|", BROWSER_DOCS.read_text())
    names = {name for row in rows for name in row.split(", ") if "Enter" not in name}
    texts = [one.read_text() for one in TEMPLATES.glob("*.html")]
    page = "".join(texts).replace("Grade {{ cell.exercise }}", "Grade 3c")
    page = page.replace("Lesson {{ lesson.number }}", "Lesson 3")
    assert {"Run", "Grade 3c", "Classify", "Search all lessons", "◐"} <= names
    assert [name for name in names if not re.search(rf"[>\"]{name}[<\":]", page)] == []


def test_a_search_that_finds_nothing_suggests_words_of_the_lessons() -> None:
    lessons = catalog.require_lessons(ROOT)
    page = pages.search_page(lessons, "learnign rate").decode()
    assert '<a href="/search?q=learning%20rate">learning rate</a>?' in page
    for query in ("xqzwk", "learning rate", ""):
        assert "Do you mean" not in pages.search_page(lessons, query).decode()


def test_a_search_cuts_no_word_and_says_where_it_cuts() -> None:
    found = search.find(catalog.require_lessons(ROOT), "temperature")
    pages = " ".join(one.lesson.page.read_text() for one in found)
    words = set(re.findall(r"\w+", pages))
    firsts = [one.before.split()[1] for one in found if one.before.startswith("…")]
    lasts = [one.after.split()[-2] for one in found if one.after.endswith("…")]
    assert firsts
    assert lasts
    assert set(re.findall(r"\w+", " ".join(firsts + lasts))) <= words


def test_a_search_shows_words_of_one_paragraph_or_a_line_of_code(
    tmp_path: Path,
) -> None:
    page = tmp_path / "lesson3_a.py"
    page.write_text(
        "# %% [markdown]\n# # Lesson 3  A\n# Words before.\n#\n#     z = keepdims + 1\n#\n"
        "# Words `after`.\n#\n# ```\n# # a comment\n#     x = 1\n# ```\n",
    )
    lesson = catalog.Lesson("lesson3_a", 3, "A", tmp_path, page, page, page)
    shown = {
        word: (one.before, one.match, one.after, one.is_code)
        for word in ("Lesson 3", "before", "keepdims", "after", "comment", "x = 1")
        for one in search.find([lesson], word)
    }
    assert shown == {
        "Lesson 3": ("", "", "Words before.", False),
        "before": ("Words ", "before", ".", False),
        "keepdims": ("z = ", "keepdims", " + 1", True),
        "after": ("Words ", "after", ".", False),
        "comment": ("# a ", "comment", "", True),
        "x = 1": ("", "x = 1", "", True),
    }
    drawn = pages.search_page([lesson], "keepdims").decode()
    assert "<code>z = <mark>keepdims</mark> + 1</code>" in drawn
    assert ">Lesson 3: A<" in drawn


def test_a_search_shows_no_heading_twice_and_no_ellipsis_on_its_own_line() -> None:
    found = search.find(catalog.require_lessons(ROOT), "softmax")
    assert any("softmax" in one.heading.lower() and not one.match for one in found)
    shown = [f"{one.before}{one.match}{one.after}" for one in found]
    assert [
        text
        for one, text in zip(found, shown, strict=True)
        if text.startswith(one.heading)
    ] == []
    assert any("…" in text for text in shown)
    assert [text for text in shown if re.search(r" …$|^… ", text)] == []


def test_a_cell_can_be_as_the_lesson_gives_it(client: Client) -> None:
    given = Document.from_python(STUB.encode())
    own = next(cell for cell in given.cells if cell.tag == "1a")
    client.save("something = else_")
    told = client.post("lesson1/reset", number=own.number - 1, exercise="1a")
    assert told == {"text": own.source}
    assert client.file.read_text().count("something = else_") == 1
    asked = json.dumps({"number": 99, "exercise": ""})
    status, _, body = client.ask("POST", "/lesson1/reset", asked)
    assert status == 409
    assert b"nothing to go back to" in body


@pytest.mark.promise("shown-as-text")
def test_a_page_shows_what_stands_in_the_file_as_text(client: Client) -> None:
    client.save("x = '</textarea><script>alert(1)</script>'")
    page = client.get("/lesson1")
    assert "<script>alert" not in page
    assert "&lt;/textarea&gt;&lt;script&gt;alert(1)" in page
    assert "Try it: &lt;script&gt;alert(1)&lt;/script&gt; &amp; <code>double" in page


def test_a_link_to_an_exercise_has_one_place(client: Client) -> None:
    client.save("x = 1")
    headings = "# %% [markdown]\n# ## 1a Twice\n# %% [markdown]\n# ### 1a again\n"
    client.file.write_text(client.file.read_text() + headings)
    page = client.get("/lesson1")
    assert page.count('id="1a"') == 1
    assert page.index('id="1a"') < page.index("</span> Twice</h2>")
    # In a file without the heading, the link leads to the code.
    without = re.sub(r"(?m)^# #+ 1a\b.*", "# None", client.file.read_text())
    client.file.write_text(without)
    page = client.get("/lesson1")
    assert page.count('<section class="code" id="1a"') == 1


def test_the_first_save_makes_the_file_and_changes_one_cell_alone(
    client: Client,
) -> None:
    told = client.save("def double(x):\n    return x + x")
    assert (
        client.file.read_text()
        == STUB.replace('raise NotImplementedError("1a")', "return x + x") + MORE
    )
    assert told["cells"]["1"]["text"] == "def double(x):\n    return x + x"
    assert told["cells"]["4"]["line"] == 13


def test_every_other_byte_of_the_file_stays(client: Client) -> None:
    before = b"\xef\xbb\xbf# mine\r\n# %%\r\n\r\nx = 1\r\n\r\n\r\n# %% id=\"1a\"\r\ny = '\x0c\xc3\xa9'"
    client.file.parent.mkdir(exist_ok=True)
    client.file.write_bytes(before)
    client.save("x = 2\nx", number="0")
    assert client.file.read_bytes() == before.replace(b"x = 1", b"x = 2\r\nx")


def test_what_ends_a_line_for_python_alone_ends_one(client: Client) -> None:
    """A form feed and U+2028 in a text are letters of it, below as well."""
    odd = "mine = 'a\u2028b\x0cc'"
    client.save(odd)
    line = client.cells()["4"]["line"]
    assert client.file.read_text().count("\n") == STUB.count("\n") - 1 + MORE.count(
        "\n"
    )
    assert client.save("print(len(mine))", number="4")["cells"]["4"]["line"] == line
    written = client.file.read_text()
    assert odd in written
    assert written.split("\n")[line - 1] == "print(len(mine))"
    for at, ends in ((client.cells()["1"]["line"], ""), (line, "5\n")):
        assert ends in client.post("lesson1/run", line=at)["html"]


def test_an_empty_cell_can_be_filled_and_emptied(client: Client) -> None:
    client.file.parent.mkdir(exist_ok=True)
    client.file.write_text("# %%\n# %%\ny = 1\n")
    client.save("x = 1", number="0")
    assert client.file.read_text() == "# %%\nx = 1\n# %%\ny = 1\n"
    client.save("", number="0")
    assert client.file.read_text() == "# %%\n# %%\ny = 1\n"


def test_a_text_that_changed_meanwhile_is_not_written_over(client: Client) -> None:
    base = client.cells()["1"]["version"]
    client.save("mine = 1")
    theirs = client.file.read_text().replace("mine = 1", "theirs = 2")
    client.file.write_text(theirs)
    told = client.save("mine = 3", base=base)
    assert told["conflict"] is True
    assert told["theirs"]["text"] == "theirs = 2"
    assert client.file.read_text() == theirs
    client.save("mine = 3", base=told["theirs"]["version"])
    assert "mine = 3" in client.file.read_text()


def test_saving_what_stands_there_already_is_no_conflict(client: Client) -> None:
    base = client.cells()["1"]["version"]
    client.save("mine = 1")
    written = client.file.stat().st_mtime_ns
    assert "conflict" not in client.save("mine = 1", base=base)
    assert client.file.stat().st_mtime_ns == written


def test_a_cell_that_has_moved_is_found_by_its_text(client: Client) -> None:
    base = client.cells()["1"]["version"]
    client.save("mine = 1")
    base = client.cells()["1"]["version"]
    client.file.write_text("# %%\nnew = 1\n# %%\nnew = 2\n" + client.file.read_text())
    assert "conflict" not in client.save("mine = 2", base=base)
    assert "new = 1" in client.file.read_text()
    assert "mine = 2" in client.file.read_text()


def test_a_cell_that_has_moved_and_changed_is_that_of_its_exercise(
    client: Client,
) -> None:
    told = json.loads(client.get("/lesson1/cells"))
    place = {"number": 1, "exercise": "1a", "shape": told["shape"]}
    client.save("mine = 1")
    theirs = client.file.read_text().replace("mine = 1", "theirs = 1")
    client.file.write_text("# %%\nnew = 1\n# %%\nnew = 2\n" + theirs)
    before = client.file.read_bytes()
    told = client.post("lesson1/save", base="0" * 16, text="mine = 2", **place)
    assert told["theirs"]["text"] == "theirs = 1"
    told = client.post(
        "lesson1/save", base="0" * 16, text="mine = 2", **place | {"exercise": ""}
    )
    assert told == {"conflict": True, "theirs": None}
    assert client.file.read_bytes() == before


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("x = 1\n# %%\ny = 2", "begins a new cell, but"),
        ("x = '\ud800'", "This cell contains half a character. Delete it"),
        ("x = '" + "a" * 2_000_000 + "'", "too large: the limit is 2 MB"),
    ],
    ids=["mark", "surrogate", "large"],
)
def test_a_text_that_the_file_cannot_have_is_refused(
    client: Client, text: str, said: str
) -> None:
    client.save("mine = 1")
    before = client.file.read_bytes()
    base = client.cells()["1"]["version"]
    what = json.dumps({"number": 1, "base": base, "text": text})
    status, _, body = client.ask("POST", "/lesson1/save", what)
    assert (status, said in json.loads(body)["problem"]) == (409, True)
    assert client.file.read_bytes() == before


def test_nothing_is_cut_from_a_file_that_is_too_large(client: Client) -> None:
    base = client.cells()["1"]["version"]
    client.file.parent.mkdir(exist_ok=True)
    client.file.write_text(STUB + "# %%\n" + "x = 1\n" * 400_000)
    before = client.file.read_bytes()
    assert "larger than an attempt" in client.ask("GET", "/lesson1")[2].decode()
    what = json.dumps({"number": 1, "base": base, "text": "y = 1"})
    assert client.ask("POST", "/lesson1/save", what)[0] == 409
    assert client.file.read_bytes() == before


def test_a_cell_that_is_gone_is_said(client: Client) -> None:
    base = client.cells()["4"]["version"]
    client.file.parent.mkdir(exist_ok=True)
    client.file.write_text("# %% [markdown]\n# Nothing\n")
    told = client.save("mine = 2", number="4", base=base)
    assert told == {"conflict": True, "theirs": None}


def test_saves_at_once_lose_none(client: Client) -> None:
    client.file.parent.mkdir(exist_ok=True)
    client.file.write_text("".join(f"# %%\nx = {i}\n" for i in range(8)))
    saving = [
        threading.Thread(target=client.save, args=(f"y = {i}", str(i)))
        for i in range(8)
    ]
    for thread in saving:
        thread.start()
    for thread in saving:
        thread.join()
    assert client.file.read_text() == "".join(f"# %%\ny = {i}\n" for i in range(8))


def test_a_file_in_another_encoding_is_said(client: Client) -> None:
    client.file.parent.mkdir(exist_ok=True)
    client.file.write_bytes(b"x = '\xff'\n")
    status, _, body = client.ask("GET", "/lesson1/cells")
    assert status == 409
    assert "UTF-8" in json.loads(body)["problem"]


def test_a_notebook_is_left_alone_and_said(client: Client) -> None:
    client.file.with_suffix(".ipynb").write_text("{}")
    status, _, page = client.ask("GET", "/lesson1")
    assert (status, b"is a notebook, lesson1_toy.ipynb" in page) == (409, True)
    saved = json.dumps({"number": 1, "base": "", "text": "x"})
    assert client.ask("POST", "/lesson1/save", saved)[0] == 409
    assert not client.file.exists()


def test_a_picture_stands_beside_the_exercise_that_shows_it(client: Client) -> None:
    checks = client.root / "lessons" / NAME / "checks.py"
    shows = "\n\n@same.check\ndef shows(show):\n    'It shows.'\n    show.matrix([[7, 8]], 'Counts')\n"
    checks.write_text(CHECKS + shows)
    client.save("def double(x):\n    return x + x")
    told = client.post("lesson1/grade")
    assert "Counts" in told["exercises"]["1b"]["html"]
    assert "Counts" not in told["exercises"]["1a"]["html"]
    assert "Counts" not in told["whole"]


def test_a_mistake_is_named_and_a_right_answer_opens_its_solution(
    client: Client,
) -> None:
    client.save("def double(x):\n    return x * x")
    told = client.post("lesson1/grade")
    assert "You squared it." in told["exercises"]["1a"]["html"]
    claim = '<p class="quiet">What was checked: double(x) is twice x.</p>'
    assert claim in words_of(told["exercises"]["1a"]["html"])
    assert told["exercises"]["1a"]["is_right"] is False
    assert "3 more" not in client.post("lesson1/solution", exercise="1a")["html"]
    assert (
        "2 more graded attempts"
        in client.post("lesson1/solution", exercise="1a")["html"]
    )
    client.save("def double(x):\n    return 2 * x")
    told = client.post("lesson1/grade")
    assert told["exercises"]["1a"]["is_right"] is True
    assert "100 of 100 points" in told["whole"]
    assert "return" in client.post("lesson1/solution", exercise="1a")["html"]
    assert "100 of 100" in client.get("/")


def test_one_exercise_is_graded_alone_and_the_others_keep_their_verdicts(
    client: Client,
) -> None:
    """1b calls what 1a writes, so 1a is checked, too, unless that takes long."""
    checks = client.root / "lessons" / NAME / "checks.py"
    for page in (
        client.root / "solutions" / f"{NAME}.py",
        checks.with_name("lesson.py"),
    ):
        page.write_text(page.read_text().replace("double: object", "again: object"))
    ran = client.root / "ran"
    told = 'lesson(can_do=("a", "b", "c"))'
    seen = f"open({str(ran)!r}, 'a').write('1a ')\n    "
    slow = (
        CHECKS.replace("lesson()", told)
        .replace('exercise("double"', 'exercise("double", cpu_s=100', 1)
        .replace("for x in rng", f"{seen}for x in rng")
    )
    checks.write_text(
        slow.replace(
            'exercise("double", hints=("a", "b", "c"))\n\n@same',
            'exercise("again", hints=("a", "b", "c"))\n\n@same',
        ).replace("attempt.double(3)", "attempt.again(3)")
    )
    right = "def double(x):\n    return x * x\ndef again(x):\n    return double(x)"
    client.save(right)
    told = client.post("lesson1/grade", exercise="1b")
    assert list(told["exercises"]) == ["1b"]
    assert not ran.exists()
    assert "0 of 100 points" in told["whole"]
    client.save(right.replace("x * x", "2 * x"))
    told = client.post("lesson1/grade", exercise="1b")
    assert told["exercises"]["1b"]["is_right"]
    assert "40 of 100 points" in told["whole"]
    assert "Once every exercise is right, you can a" in client.get("/lesson1")
    assert "not attempted" in told["states"]
    assert "passed" in told["states"]
    told = client.post("lesson1/grade", exercise="1a")
    assert list(told["exercises"]) == ["1a"]
    assert ran.exists()
    assert "100 of 100 points" in told["whole"]
    # The text may have changed since 1b was graded: this isn't known of all of it.
    assert "Every exercise was right when it was last graded." in told["whole"]
    whole = client.post("lesson1/grade")["whole"]
    assert "last graded" not in whole
    status, _, body = client.ask("POST", "/lesson1/grade", '{"exercise": "9z"}')
    assert (status, b"no such exercise" in body) == (400, True)


def test_what_is_right_is_told_with_another_way_and_with_what_one_can_do(
    client: Client,
) -> None:
    checks = client.root / "lessons" / NAME / "checks.py"
    told = ("squares at sight", "doubles <b>", "counts to ten")
    way = r'alternative=Alternative("def double(x):\n    return x + x", "Sums."), hints'
    words = checks.read_text().replace(
        "import exercise,", "import Alternative, exercise,"
    )
    words = words.replace("hints", way, 1).replace("lesson()", f"lesson(can_do={told})")
    checks.write_text(words)
    client.save("def double(x):\n    return x * x")
    wrong = client.post("lesson1/grade")
    assert "Another way" not in wrong["exercises"]["1a"]["html"]
    assert "You can now" not in wrong["whole"]
    keep, shown = "/take/what_you_can_do.html", "/what-you-can-do"
    assert shown not in client.get("/")
    assert [client.ask("GET", one)[0] for one in (keep, shown)] == [404, 404]
    client.save("def double(x):\n    return 2 * x")
    right = client.post("lesson1/grade")
    assert "Another way to write it" in right["exercises"]["1a"]["html"]
    assert "Sums." in right["exercises"]["1a"]["html"]
    assert "You can now" in right["whole"]
    assert "<li>doubles &lt;b&gt;</li>" in right["whole"]
    assert f'href="{shown}"' in right["whole"]
    assert f'href="{shown}"' in client.get("/")
    assert "doubles &lt;b&gt;" in client.get(shown)
    assert f'href="{keep}"' in client.get(shown)
    _, headers, page = client.ask("GET", keep)
    assert headers["content-disposition"] == f'attachment; filename="{keep[6:]}"'
    assert b"doubles &lt;b&gt;" in page
    assert b"from the gradebook on your own machine" in page


def test_an_error_in_the_only_exercise_that_is_graded_is_explained_once(
    client: Client,
) -> None:
    client.save("def double(x)\n    return 2 * x")
    one = client.post("lesson1/grade", exercise="1a")
    advice = "A colon (:) is missing in line "
    assert "Python cannot read exercise 1a, line " in words_of(one["whole"])
    assert advice not in words_of(one["whole"])
    assert "was graded without" not in one["whole"]
    assert advice in words_of(one["exercises"]["1a"]["html"])
    every = words_of(client.post("lesson1/grade")["whole"])
    assert advice in every
    assert "The rest of the file was graded without it." in every


def test_earlier_graded_versions_of_a_cell_are_shown_with_what_has_changed(
    client: Client,
) -> None:
    assert 'data-action="versions"' in client.get("/lesson1")
    assert "No other version" in client.post("lesson1/versions", exercise="1a")["html"]
    first, second = (
        "x = '<b>'\ndef double(x):\n    return x * x",
        "def double(x):\n    return 2 * x",
    )
    for text in (first, second):
        client.save(text)
        client.post("lesson1/grade", exercise="1a")
    assert client.post("lesson1/versions", exercise="1a")["texts"] == [first]
    client.save("def double(x):\n    return 2 + x")
    told = client.post("lesson1/versions", exercise="1a")
    assert told["texts"] == [second, first]
    assert told["html"].index("passed") < told["html"].index("wrong")
    assert "<del>-     return 2 * x\n</del>" in told["html"]
    assert "<ins>+     return 2 + x\n</ins>" in told["html"]
    assert "<del>- x = &#x27;&lt;b&gt;&#x27;\n</del>" in told["html"]


def test_what_a_reset_throws_away_is_kept_among_the_versions(client: Client) -> None:
    number = next(
        cell.number for cell in Document.from_python(STUB.encode()).cells if cell.tag
    )
    place = {"number": number - 1, "exercise": "1a"}
    client.post("lesson1/reset", **place)  # nothing is written yet
    client.save("def double(x):\n    return 'ungraded'")
    given = client.post("lesson1/reset", **place)["text"]
    client.save(given)
    client.post("lesson1/reset", **place)  # the page's own text isn't worth keeping
    told = client.post("lesson1/versions", exercise="1a")
    assert told["texts"] == ["def double(x):\n    return 'ungraded'"]
    assert "before a reset, not graded" in told["html"]
    client.save("def double(x):\n    return 'ungraded'")
    client.post("lesson1/grade", exercise="1a")
    client.save(given)
    told = client.post("lesson1/versions", exercise="1a")
    assert told["texts"] == ["def double(x):\n    return 'ungraded'"]
    assert "wrong" in told["html"]


def test_an_open_solution_is_compared_with_ones_own_text(client: Client) -> None:
    client.save("def double(x):\n    return x + x")
    client.post("lesson1/grade", exercise="1a")
    html = client.post("lesson1/solution", exercise="1a")["html"]
    assert "<del>-     return x + x\n</del>" in html
    assert "<ins>+     return 2 * x\n</ins>" in html
    client.save("def double(x):\n    return 2 * x")
    html = client.post("lesson1/solution", exercise="1a")["html"]
    assert "Both are the same, line by line." in html
    assert "<del>" not in html
    client.save(
        'def double(x):\n    """Mine."""\n    # once\n    return 2 * x  # twice'
    )
    html = client.post("lesson1/solution", exercise="1a")["html"]
    assert "Both are the same, line by line, but for comments." in html
    client.save("def double(x):\n    # my own\n    return x + x")
    html = client.post("lesson1/solution", exercise="1a")["html"]
    assert "my own" not in html
    assert "<ins>+     return 2 * x\n</ins>" in html
    assert escape("Comments aren't compared.") in html


def test_hints_open_one_by_one(client: Client) -> None:
    first = client.post("lesson1/hint", exercise="1a")["html"]
    assert "opens after one more graded attempt" in first
    assert client.post("lesson1/hint", exercise="1a")["html"].count("<li>") == 1
    client.save("def double(x):\n    return 1")
    client.post("lesson1/grade")
    assert client.post("lesson1/hint", exercise="1a")["html"].count("<li>") == 2


def test_what_mends_a_mistake_comes_with_a_hint_or_with_the_next_time(
    client: Client,
) -> None:
    checks = client.root / "lessons" / NAME / "checks.py"
    words = checks.read_text().replace(
        "You squared it.", r"You squared it.\nTake twice."
    )
    checks.write_text(words)
    client.save("def double(x):\n    return x * x")
    first = client.post("lesson1/grade")["exercises"]["1a"]["html"]
    assert "You squared it." in first
    assert "Take twice." not in first
    assert "A hint also shows how to fix this mistake." in first
    assert "Take twice." in client.post("lesson1/hint", exercise="1a")["html"]
    client.save("def double(x):\n    return x ** 2")
    assert "Take twice." in client.post("lesson1/grade")["exercises"]["1a"]["html"]


@pytest.mark.parametrize(
    ("code", "said"),
    [
        ("x = 1\nx / 0", "ZeroDivisionError: division by zero."),
        ("x = 1\nprint(p[x])", "NameError: name &#x27;p&#x27; is not defined."),
        ("x = 1\nimport seaborn", "ModuleNotFoundError: No module named"),
        ("import sys\nsys.exit()", "SystemExit. This ends the whole program."),
        ("import os\nos._exit(1)", "Your program ended itself with exit code 1."),
        ("x = 1\nx: Tensor = 2", "NameError: name &#x27;Tensor&#x27; is not defined."),
        ("x = 1\nassert x == 2", "AssertionError."),
    ],
)
def test_a_cell_that_fails_costs_nothing_and_says_where(
    client: Client, code: str, said: str
) -> None:
    client.save("def double(x):\n    return x + x")
    client.save(code, "4")
    told = client.post("lesson1/grade")
    assert told["loads"] is True
    line = client.cells()["4"]["line"] + 1
    assert told["line"] == line
    assert "Your file doesn&#x27;t run as it is." in told["whole"]
    assert f"Line {line} fails: {said}" in words_of(told["whole"])
    assert all(one["is_right"] for one in told["exercises"].values())
    assert "You can now" not in told["whole"]


def test_a_cell_of_no_exercise_that_cannot_be_read_says_where(client: Client) -> None:
    client.save("if True:\nprint(1)", "4")
    told = client.post("lesson1/grade")
    assert told["loads"] is True
    assert told["line"] == client.cells()["4"]["line"] + 1
    assert "Python cannot read a cell outside of the exercises." in told["whole"]
    where = f"Python expects an indented block at line {told['line']}."
    assert where in words_of(told["whole"])


def test_an_exercise_that_cannot_be_read_says_where(client: Client) -> None:
    client.save("def double(x:")
    told = client.post("lesson1/grade")
    assert told["loads"] is True
    assert told["exercises"]["1a"]["lines"] == [[6, "✗"]]
    assert "never closed" in told["exercises"]["1a"]["html"]
    assert (
        "Python cannot read exercise 1a. The ( in line 6 is never closed."
        in words_of(told["whole"])
    )


def test_a_scratch_cell_runs_after_all_others_and_is_in_no_file(client: Client) -> None:
    client.save("def double(x):\n    return 2 * x")
    before = client.file.read_bytes()
    told = client.post("lesson1/scratch", text="print(double(21))\n1 / 0")
    assert "42" in told["html"]
    assert f'data-line="{told["line"] + 1}"' in told["html"]
    assert told["line"] > before.count(b"\n")
    assert client.file.read_bytes() == before
    assert "no code" in client.post("lesson1/scratch", text="\n")["html"]
    two = json.dumps({"text": "x = 1\n# %%\ny = 2"})
    status, _, said = client.ask("POST", "/lesson1/scratch", two)
    assert (status, b"begins a new cell" in said) == (409, True)


def test_a_run_shows_what_the_cell_prints(client: Client) -> None:
    client.save("def double(x):\n    return '<b>' + str(x)")
    line = client.cells()["4"]["line"]
    assert client.post("lesson1/run", line=line)["html"] == (
        '<pre class="printed" tabindex="0">tried &lt;b&gt;4\n</pre>'
    )
    nothing = client.post("lesson1/run", line=line + 50)["html"]
    assert "no code to run" in nothing


def test_a_table_is_shown_as_text_and_its_own_html_never(client: Client) -> None:
    client.save(
        "class Table:\n"
        "    def __repr__(self): return '  a  <b>\\n0 1  2'\n"
        "    def _repr_html_(self): return '<table onclick=pwned()>'\n"
        "Table()"
    )
    html = client.post("lesson1/run", line=client.cells()["1"]["line"])["html"]
    assert 'tabindex="0">  a  &lt;b&gt;\n0 1  2\n</pre>' in html
    assert "pwned" not in html


def test_an_error_of_a_run_leads_to_its_line_and_to_those_that_called_it(
    client: Client,
) -> None:
    client.save(
        "def double(x):\n    return x / 0\n\ndef more():\n    return double(1)\n\nmore()"
    )
    line = client.cells()["1"]["line"]
    html = client.post("lesson1/run", line=line)["html"]
    places = re.findall(r'data-line="(\d+)">([^<]*)</a>: <code>([^<]*)', html)
    assert places == [
        (str(line + 1), f"Line {line + 1}, in double", "return x / 0"),
        (str(line + 4), f"line {line + 4}, in more", "return double(1)"),
        (str(line + 6), f"line {line + 6}", "more()"),
    ]


def test_a_run_says_first_what_to_do_about_a_line_that_cannot_be_read(
    client: Client,
) -> None:
    client.save("def double(x)\n    return x")
    line = client.cells()["1"]["line"]
    told = client.post("lesson1/run", line=line)["html"]
    advice, error = told.index("A colon (:) is missing"), told.index("SyntaxError")
    assert advice < error


def test_a_run_and_a_grading_say_the_same_of_lines_that_are_left_out(
    client: Client,
) -> None:
    client.save("```python\ndef double(x):\n    return 2 * x\n```")
    line = client.cells()["1"]["line"]
    note = escape(
        f"Left out, because it isn't Python: ```python (line {line}), ``` (line "
        f"{line + 3})."
    )
    one = client.post("lesson1/grade", exercise="1a")
    for html in (
        client.post("lesson1/run", line=line)["html"],
        client.post("lesson1/scratch", text="1 + 1")["html"],
        one["exercises"]["1a"]["html"],
        client.post("lesson1/grade")["whole"],
    ):
        assert html.count(note) == 1
    assert note not in one["whole"]


def test_an_exercise_that_is_not_written_is_named_by_a_run(client: Client) -> None:
    told = client.post("lesson1/run", line=client.cells()["4"]["line"])
    assert told["html"].count("Exercise 1a is not written yet") == 1
    assert 'data-line="7"' in told["html"]
    # Several cells above may have reached it, and this one waits for each of them.
    late = "# %%\na = double(1)\n# %%\nb = double(2)\n# %%\nprint(a, b)\n"
    client.file.parent.mkdir(exist_ok=True)
    client.file.write_text(f"{STUB}\n{late}")
    last = client.file.read_text().count("\n")
    told = client.post("lesson1/run", line=last)["html"]
    assert told.count("Exercise 1a is not written yet") == 1


@pytest.mark.slow
@pytest.mark.parametrize("name", ["grade", "run"])
def test_stop_ends_an_endless_loop_at_once(client: Client, name: str) -> None:
    client.save("def double(x):\n    while True: pass")
    line = client.cells()["4"]["line"]
    client.post("lesson1/run", line=client.cells()["1"]["line"])  # all is ready
    told: list[dict] = []
    asking = threading.Thread(
        target=lambda: told.append(client.post(f"lesson1/{name}", line=line))
    )
    began_s = processor_time_s()
    asking.start()
    assert waited(lambda: processor_time_s() - began_s > 1)  # the loop has begun
    client.post("stop")
    asking.join()
    assert told[0].get("stopped") or "It was stopped." in told[0]["html"]
    with zipfile.ZipFile(
        io.BytesIO(client.ask("GET", "/take/attempts.zip")[2])
    ) as taken:
        assert taken.namelist() == [f"{NAME}.py"]


@pytest.mark.slow
def test_killing_the_server_leaves_nothing(tmp_path: Path) -> None:
    serving = (
        "import sys; from pathlib import Path; from grader.web.http_server import serve"
    )
    command = f"{serving}; serve(Path(sys.argv[1]), 0, print, False)"
    root = make_course(tmp_path)
    with subprocess.Popen(
        [sys.executable, "-u", "-c", command, str(root)],
        stdout=subprocess.PIPE,
        cwd=ROOT,
    ) as process:
        assert process.stdout is not None
        key = process.stdout.readline().decode().strip().rpartition("=")[2]
        told = json.loads((root / "attempts" / ".serve.json").read_text())
        client = Client(ServerAddress(told["port"], key), root)
        client.save("def double(x):\n    while True: pass")
        threading.Thread(target=_ask_in_vain, args=(client,)).start()
        assert waited(lambda: is_busy(process.pid))
        workers = psutil.Process(process.pid).children(recursive=True)
        process.kill()
    assert psutil.wait_procs(workers, timeout=LONGEST_S)[1] == []


def _ask_in_vain(client: Client) -> None:
    with contextlib.suppress(OSError, http.client.HTTPException):
        client.post("lesson1/grade")


@pytest.mark.slow
def test_a_second_press_ends_the_first(client: Client) -> None:
    client.save("def double(x):\n    while True: pass")
    told: list[dict] = []
    first = threading.Thread(target=lambda: told.append(client.post("lesson1/grade")))
    first.start()
    time.sleep(1)
    client.save("def double(x):\n    return 2 * x")
    second = client.post("lesson1/grade")
    first.join()
    assert told == [{"stopped": True}]
    assert second["exercises"]["1a"]["is_right"] is True


def test_an_open_page_hears_of_every_change_of_the_file(client: Client) -> None:
    line = http.client.HTTPConnection("127.0.0.1", client.door.port, timeout=300)
    line.request(
        "GET", "/events", headers={"Host": client.host, "Cookie": client.cookie}
    )
    stream = line.getresponse()
    assert stream.getheader("content-type").startswith("text/event-stream")
    assert stream.readline() == b"retry: 1000\n"
    client.file.write_text(STUB)
    told = iter(stream.readline, b"")
    assert next(x for x in told if x.startswith(b"event")) == b"event: changed\n"
    assert json.loads(next(told).removeprefix(b"data: ")) == {"lesson": "lesson1"}
    line.close()


def test_what_was_written_can_be_taken_home(client: Client) -> None:
    client.save("def double(x):\n    return x + x")
    assert client.ask("GET", f"/take/{NAME}.py")[2] == client.file.read_bytes()
    notebook = json.loads(client.get(f"/take/{NAME}.ipynb"))
    codes = [
        "".join(c["source"]) for c in notebook["cells"] if c["cell_type"] == "code"
    ]
    assert codes[0].startswith("%load_ext grader")
    assert codes[1] == "def double(x):\n    return x + x"


def test_the_terminal_and_the_page_share_one_gradebook(client: Client) -> None:
    from grader.course.document import catalog
    from grader.learner.gradebook import Gradebook
    from tests.support.grading import grade_attempt

    client.save("def double(x):\n    return 2 * x")
    lesson = catalog.find("lesson1", client.root)
    with Gradebook(client.root / "attempts" / "gradebook.sqlite") as book:
        book.record(grade_attempt(lesson, client.file))
    states = re.findall(r'class="outcome [^>]*title="([^"]+)"', client.get("/lesson1"))
    assert states == ["passed", "passed"]


def test_the_texts_of_a_lesson_say_in_which_language_they_are(tmp_path: Path) -> None:
    for language, said in (("en", False), ("de", True)):
        root = make_course(tmp_path / language)
        (root / "course.toml").write_text(f'language = "{language}"\n')
        with serve(root) as client:
            page = client.get("/lesson1")
            assert (f'<section class="text" lang="{language}"' in page) == said
