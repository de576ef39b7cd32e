"""What one learner's page costs is bounded, and nobody waits for it but they."""

from __future__ import annotations

import random
import socket
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from pathlib import Path

import pytest

from grader.classroom.workshop.progress import WrittenCode
from grader.classroom.workshop.room_pages import member_page
from grader.classroom.workshop.room_state import Member
from grader.course.document import catalog, typeset
from grader.web import pages, routes
from grader.web.page_store import Attempts
from tests.support.project import ROOT
from tests.support.room import Asker, Served, serve_room
from tests.support.served_course import NAME, Client, make_course, serve
from tests.support.waiting import waited
from tools.fuzz.pages import PageFuzz, made

# What is written over and over until a text is full.
SHAPES = (
    *("[", "![[", "[a\n", "[[]", "![a](", "[a](", "*a ", "_a*", "**a*", "`a\n", "<a"),
    *("> ", "- a\n", "1. a\n", "# h\n", "=\n", "|-|-\n", "|a|b\n", "$a", "$a$ ", "$("),
    *("\\(", "\\frac{", "$$\na\n", "<!--", "&#", "~~", "a  \n", "    $a$\n", "<div>\n"),
)


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    with serve(make_course(tmp_path)) as client:
        yield client


@pytest.fixture
def room(tmp_path: Path) -> Iterator[Served]:
    with serve_room(make_course(tmp_path / "course"), tmp_path / "room") as room:
        yield room


class Drawing:
    """Stands in for what draws, and takes as long as it is let."""

    def __init__(self, draw: Callable[..., bytes]) -> None:
        self._draw, self._lock = draw, threading.Lock()
        self.begun, self.at_once, self.most_at_once = 0, 0, 0
        self.may_end = threading.Event()
        self.may_end.set()

    def __call__(self, *what: object, **named: object) -> bytes:
        with self._lock:
            self.begun += 1
            self.at_once += 1
            self.most_at_once = max(self.most_at_once, self.at_once)
        try:
            assert self.may_end.wait(60)
            time.sleep(0.01)
            return self._draw(*what, **named)
        finally:
            with self._lock:
                self.at_once -= 1


@pytest.fixture
def lesson_drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    drawing = Drawing(pages.lesson_page)
    monkeypatch.setattr(routes.pages, "lesson_page", drawing)
    return drawing


@pytest.fixture
def overview_drawing(monkeypatch: pytest.MonkeyPatch) -> Drawing:
    drawing = Drawing(pages.overview_page)
    monkeypatch.setattr(routes.pages, "overview_page", drawing)
    return drawing


@pytest.mark.promise("drawing-turns")
def test_a_page_is_drawn_again_when_something_on_it_is_other(
    client: Client, lesson_drawing: Drawing
) -> None:
    first = client.get("/lesson1")
    assert client.get("/lesson1") == first
    assert lesson_drawing.begun == 1
    client.save("def double(x):\n    return 3 * x\n")
    assert "return 3 * x" in client.get("/lesson1")
    assert lesson_drawing.begun == 2
    client.post("lesson1/grade")
    client.get("/lesson1")
    assert lesson_drawing.begun == 3


@pytest.mark.promise("drawing-turns")
def test_the_pages_of_a_learner_are_drawn_one_at_a_time(
    room: Served, overview_drawing: Drawing
) -> None:
    ada = room.learner("Ada")
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(ada.get, ["/"] * 8))
    assert (overview_drawing.begun, overview_drawing.most_at_once) == (8, 1)


def hang_up(asker: Asker, path: str) -> None:
    """Ask for a page, and be gone."""
    cookie = "; ".join(f"{k}={v}" for k, v in asker.cookies.items())
    with socket.create_connection(("127.0.0.1", asker.port)) as line:
        line.sendall(
            f"GET {path} HTTP/1.1\r\nHost: {asker.host}\r\nCookie: {cookie}\r\n\r\n".encode()
        )


@pytest.mark.promise("drawing-turns")
def test_what_nobody_waits_for_any_more_is_not_drawn(
    room: Served, overview_drawing: Drawing
) -> None:
    ada, ben = room.learner("Ada"), room.learner("Ben")
    overview_drawing.may_end.clear()
    with ThreadPoolExecutor(2) as pool:
        first = pool.submit(ada.get, "/")
        assert waited(lambda: overview_drawing.begun == 1)
        for _ in range(20):
            hang_up(ada, "/")
        time.sleep(0.5)  # until the server has heard of them all
        last = pool.submit(ada.get, "/")
        time.sleep(0.2)
        # Nobody else waits for hers.
        assert "double" in ben.get("/lesson1")
        overview_drawing.may_end.set()
        assert "Ada" in first.result(60)
        assert "Ada" in last.result(60)
    assert overview_drawing.begun == 2


@pytest.mark.promise("drawing-turns")
def test_between_two_drawings_others_have_the_processor(
    room: Served, monkeypatch: pytest.MonkeyPatch
) -> None:
    began: list[float] = []

    def draw(*_: object) -> bytes:
        began.append(time.monotonic())
        busy = time.thread_time() + 0.1
        while time.thread_time() < busy:
            pass
        return b""

    monkeypatch.setattr(routes.pages, "overview_page", draw)
    # Longer than even a busy machine would take by itself.
    monkeypatch.setattr("grader.web.work_queue._PAUSE", 30)
    ada = room.learner("Ada")
    for _ in range(3):
        ada.ask("GET", "/")
    assert min(b - a for a, b in pairwise(began)) > 3.0


@pytest.mark.promise("drawing-time")
@pytest.mark.parametrize("shape", SHAPES)
def test_what_a_text_costs_grows_with_its_length(shape: str) -> None:
    def cpu_s(size: int) -> float:
        source = (shape * size)[:size]
        tries = []
        for _ in range(3):
            began = time.process_time()
            typeset.text(source)
            tries.append(time.process_time() - began)
        return min(tries)

    typeset.text("word")
    # Four times as long: what looks at everything again from everywhere takes 16 times.
    short, long = cpu_s(10_000 // 4), cpu_s(10_000)
    assert long < 9 * short + 0.005


def test_spaces_around_a_fold_are_looked_at_once() -> None:
    def cpu_s(size: int) -> float:
        tries = []
        for _ in range(3):
            began = time.process_time()
            typeset._allow_folds("<div>" + " " * size)
            tries.append(time.process_time() - began)
        return min(tries)

    assert cpu_s(40_000) < 9 * cpu_s(10_000) + 0.005


def test_a_text_that_is_too_long_is_shown_as_it_is_written() -> None:
    shown = typeset.text("*" * (10_000 + 1))
    assert "more than 10,000 characters is shown as it is written" in shown
    assert f'<pre tabindex="0">{"*" * (10_000 + 1)}</pre>' in shown
    assert "<pre" not in typeset.text("*" * 10_000)


@pytest.mark.promise("drawing-time")
def test_a_table_is_not_filled_up_without_end() -> None:
    wide = "|a" * 300 + "\n" + "|-" * 300 + "\n" + "||\n" * 2_000
    assert len(typeset.text(wide)) < 3 * len(wide)
    usual = "| a | b |\n|---|---|\n" + "| 1 | 2 |\n" * 100
    assert typeset.text(usual).count("<td>") == 200


def test_code_that_is_long_or_in_one_line_is_shown_without_colours() -> None:
    assert "<span" in typeset.code("x = 1\n" * 100)
    long_ones = ("x = 1\n" * 5_000, "x = [" + "1, " * 1_000 + "]")
    for source in (*long_ones, "x = 1" + "\n  " * 1_000):
        assert typeset.code(source) == source


def page_of(tmp_path: Path, source: str) -> str:
    """A learner's page of lesson 3, drawn."""
    lesson = catalog.find("lesson3", ROOT)
    attempts = Attempts(tmp_path)
    attempts.path(lesson).write_text(source, encoding="utf-8")
    shown = pages.LessonPage(lesson, [lesson], attempts.page(lesson), (), None)
    return pages.lesson_page(shown).decode()


@pytest.mark.promise("drawing-time")
@pytest.mark.parametrize("size", [1, 100, 700, 9_000, 199_000])
def test_of_what_a_learner_adds_only_so_much_is_set(
    size: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    lesson = catalog.find("lesson3", ROOT)
    own = lesson.page.read_text(encoding="utf-8")
    page_of(tmp_path, own)  # the lesson's own texts are set once
    given: list[str] = []
    text = typeset.text
    monkeypatch.setattr(
        typeset, "text", lambda source, *how: (given.append(source), text(source))[1]
    )
    cell = "# %% [markdown]\n# " + ("[*a* " * size)[:size] + "\n"
    shown = page_of(tmp_path, own + cell * (200_000 // len(cell)))
    assert sum(map(len, given)) <= 15_000
    assert len(given) < 500
    assert '<h2><span class="tag">3a</span> ' in shown
    assert ("characters of text to this page. The rest is" in shown) == (size > 1)


@pytest.mark.promise("drawing-time")
def test_a_page_of_many_cells_shows_the_first(tmp_path: Path) -> None:
    shown = page_of(tmp_path, "# %%\nx = 1\n" * 600)
    assert shown.count("<textarea") == 500 + 1  # and the scratch cell
    assert "Your file has 600 cells, and this page shows the first 500." in shown
    assert "shows the first" not in page_of(tmp_path, "# %%\nx = 1\n" * 500)


def test_no_notebook_is_made_of_too_many_cells(client: Client) -> None:
    client.file.parent.mkdir(exist_ok=True)
    client.file.write_text("# %%\nx = 1\n" * 501)
    status, _, body = client.ask("GET", f"/take/{NAME}.ipynb")
    assert (status, b"more than 500 cells" in body) == (409, True)
    assert client.ask("GET", f"/take/{NAME}.py")[0] == 200


@pytest.mark.promise("drawing-time")
def test_what_an_instructor_looks_at_is_cut() -> None:
    lesson = catalog.find("lesson3", ROOT)
    code = "x = 1\n" * 2_000

    def shown(*sources: tuple[str, str]) -> str:
        written = WrittenCode("lesson3.py", sources)
        who = Member("ada", "Ada"), [], lesson, [], []
        return member_page(*who, written, None).decode()

    both = shown(("3a", code), ("3b", code), ("3c", code))
    assert "Only 20,000 characters are shown. The rest is in the file." in both
    assert ("<h3>3b</h3>" in both, "<h3>3c</h3>" in both) == (True, False)
    assert both.count("\n") < 4_000
    assert "are shown. The rest" not in shown(("3a", code))


@pytest.mark.promise("drawing-time")
@pytest.mark.parametrize("seed", range(40))
def test_a_page_of_random_markup_is_drawn(seed: int, tmp_path: Path) -> None:
    PageFuzz(tmp_path).draw(made(random.Random(seed)))
