"""The class report: right, safe with any text, and fit for a phone and a printer."""

import base64
import hashlib
import html.parser
import itertools
import re
import zlib
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.classroom.export import write
from grader.classroom.records import ClassResult, Learner, LearnerResult
from grader.classroom.report_pages import (
    CLASS_FILE,
    PROJECTOR_FILE,
    class_report,
    projector_report,
)
from grader.common.errors import Misuse
from grader.course.document.markup import Html, escape, tag
from grader.report import Mistake, Outcome, Picture
from grader.report.report_html import draw_picture, encode_png
from tests.support.accessibility import LOW_CONTRAST
from tests.support.browsers import OpenBrowser, browser_test
from tests.support.exported import read_class
from tests.support.project import ROOT
from tools.shots.browser import Browser

GOLDEN = ROOT / "tests" / "golden"
RESULT = read_class((GOLDEN / "class.json").read_bytes())
LARGEST = 3_000_000  # bytes
VOID = {"meta", "img", "br", "hr"}


def large_class(learners: int = 300, lessons: int = 9) -> ClassResult:
    """A class of real size, made of the golden one."""
    kinds = [one for one in RESULT.learners if len(one.reports) == 2]
    kinds += [one for one in RESULT.learners if len(one.reports) == 1]
    people = []
    for i in range(learners):
        kind = kinds[i % len(kinds)]
        person = replace(
            kind.learner,
            id=f"{kind.learner.id} {i}",
            name=f"{kind.learner.display_name} {i}",
        )
        reports = tuple(
            replace(
                kind.reports[number % len(kind.reports)],
                lesson=f"lesson{number}_of_nine",
                title=f"Lesson number {number} with a title of some length",
            )
            for number in range(1, lessons + 1)
        )
        people.append(replace(kind, learner=person, reports=reports))
    return ClassResult("Deep learning, spring", tuple(people), "2026-03-02 12:00 UTC")


class Reader(html.parser.HTMLParser):
    """Reads a page: every element must close where it was opened."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)

    def named(self, *names: str) -> list[dict[str, str | None]]:
        return [facts for name, facts in self.elements if name in names]


def read(content: bytes) -> Reader:
    reader = Reader()
    reader.feed(content.decode())
    reader.close()
    assert reader.open == []
    return reader


PAGES = {file.path: file.content for file in class_report(RESULT)}
PROJECTED = {file.path: file.content for file in projector_report(RESULT)}
EVERY = PAGES | PROJECTED
SORT = (ROOT / "grader" / "classroom" / "templates" / "sort.js").read_text(
    encoding="utf-8"
)
NOETHER = PAGES["learners/noether.html"]


def test_there_is_a_page_for_the_class_and_one_for_each_learner() -> None:
    assert CLASS_FILE in PAGES
    assert len(PAGES) == 1 + len(RESULT.learners)


def test_every_link_of_a_page_leads_somewhere() -> None:
    for path, content in PAGES.items():
        reader = read(content)
        ids = {facts["id"] for _, facts in reader.elements if "id" in facts}
        for facts in reader.named("a"):
            target = facts["href"] or ""
            if target.startswith("#"):
                assert target[1:] in ids
            else:
                assert target.removeprefix("../" if path != CLASS_FILE else "") in PAGES


def test_the_class_page_says_what_to_explain_next() -> None:
    text = " ".join(read(PAGES[CLASS_FILE]).text)
    assert "exactly 3 times too small" in text
    assert "Nothing was handed in." in text
    assert "it names no lesson; left out." in text
    assert "ran out of time at 3e" in text


def test_what_needs_a_look_is_said_in_sentences() -> None:
    nobody = replace(
        RESULT.learners[-1],
        learner=Learner("zoe", "Zoe Z"),
        notes=("Zoe Z: nothing was handed in.", "Is there a loop that never ends?"),
    )
    page = class_report(replace(RESULT, learners=(*RESULT.learners, nobody)))[0]
    text = "".join(read(page.content).text)
    assert "Zoe Z: nothing was handed in; Is there a loop that never ends?" in text
    assert "?." not in text


def test_a_name_is_said_once_before_what_needs_a_look() -> None:
    note = "Zoe Z handed in lesson3 twice: a.py is graded, b.py is not."
    zoe = replace(RESULT.learners[-1], learner=Learner("z", "Zoe Z"), notes=(note,))
    page = class_report(replace(RESULT, learners=(zoe,)))[0]
    text = "".join(read(page.content).text)
    assert "Zoe Z: handed in lesson3 twice: a.py is graded, b.py is not." in text


def rows_of(content: bytes, table: str) -> list[list[str]]:
    """The cells of a table's rows as text."""
    (found,) = re.findall(
        rf'<table class="[^"]*{table}[^"]*">.*?</table>', content.decode(), re.DOTALL
    )
    rows = re.findall(r"<tr>(.*?)</tr>", found, re.DOTALL)
    cells = [re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row, re.DOTALL) for row in rows]
    return [[re.sub(r"<[^>]*>", " ", one).strip() for one in row] for row in cells]


def test_the_grid_has_everybody_and_every_exercise() -> None:
    head, *rows = rows_of(PAGES[CLASS_FILE], "grid")
    assert head == ["learner", "3c", "3d", "3e", "3g", "8a", "8b", "right"]
    by_name = {row[0]: [cell.split("  ")[0] for cell in row[1:]] for row in rows}
    assert len(rows) == len(RESULT.learners)
    emmy = RESULT.learners[[x.learner.id for x in RESULT.learners].index("noether")]
    words = {x.tag: x.outcome.value for r in emmy.reports for x in r.exercises}
    row = next(row for row in rows if row[0] == "Emmy Noether")
    assert [cell.split(" ", 1)[1].strip() for cell in row[1:-1]] == list(words.values())
    assert row[-1] == str(list(words.values()).count("passed"))
    assert by_name["Nobody Yet"] == ["– nothing"] * 6 + ["0"]


def with_mistakes(*sentences: str) -> ClassResult:
    """A class of which each made one mistake in 3e, and was told a sentence."""
    kind = next(x for x in RESULT.learners if x.learner.id == "noether")
    people = []
    for i, sentence in enumerate(sentences):
        exercises = tuple(
            replace(
                x, finding=replace(x.finding, mistakes=(Mistake("3e.own", sentence),))
            )
            if x.tag == "3e" and x.finding
            else x
            for x in kind.reports[0].exercises
        )
        report = replace(kind.reports[0], exercises=exercises)
        person = Learner(f"id{i}", f"Zo Person{i}")
        people.append(
            replace(kind, learner=person, reports=(report,), notes=("Zo late",))
        )
    return ClassResult("Spring", tuple(people), "2026-03-02", ("Zo Person0: twice",))


def projected(result: ClassResult) -> str:
    (page,) = projector_report(result)
    assert page.path == PROJECTOR_FILE
    return " ".join("".join(read(page.content).text).split())


@pytest.mark.promise("projector")
def test_the_projector_shows_no_name_and_nothing_that_is_one_persons_own() -> None:
    content = PROJECTED[PROJECTOR_FILE].decode()
    for one in RESULT.learners:
        for word in (one.learner.name, one.learner.id, one.learner.email):
            alone = rf"(?<![a-z]){re.escape(word)}(?![a-z])"  # not in "gradable"
            assert not word or not re.search(alone, content, re.IGNORECASE)
    shared = projected(with_mistakes("Twice too big.", "Twice too big.", "7 times."))
    assert "3 people, in 3e: own" in shared
    assert "Twice too big." in shared
    assert "7 times" not in shared
    assert "Zo" not in shared
    own = projected(with_mistakes("Yours is 1.7.", "Yours is 1.8."))
    assert "2 people, in 3e: own" in own
    assert "Yours is" not in own
    alone = projected(with_mistakes("Yours is 1.7."))
    assert "No known mistake was made by more than one person." in alone
    assert "3e: own" not in alone


def test_bars_begin_at_one_place_whatever_their_number() -> None:
    class_page = class_report(RESULT)[0].content.decode()
    for page in (PROJECTED[PROJECTOR_FILE].decode(), class_page):
        cells = re.findall(r'<td class="number">(?:(?!</td>).)*class="bar"', page)
        assert cells
        assert all(cell == '<td class="number"><span class="bar"' for cell in cells)


def test_the_projector_counts_each_exercise() -> None:
    text = projected(RESULT)
    for exercise in ("3c", "3e", "8b"):
        outcomes = [
            x.outcome
            for one in RESULT.learners
            for r in one.reports
            for x in r.exercises
            if x.tag == exercise
        ]
        title = next(
            x.title
            for one in RESULT.learners
            for r in one.reports
            for x in r.exercises
            if x.tag == exercise
        )
        open_ = (Outcome.NOT_ATTEMPTED, Outcome.SKIPPED, Outcome.BROKEN)
        right = outcomes.count(Outcome.PASSED)
        left = len(RESULT.learners) - len(outcomes) + sum(x in open_ for x in outcomes)
        tried = len(RESULT.learners) - left
        assert f"{exercise} {title} {right}{tried - right}{left}" in text


def test_the_projector_says_of_nobody_that_they_have_not_begun() -> None:
    note = "bob.zip: cannot be read (File is not a zip file)."
    bob = LearnerResult(Learner("bob"), notes=(note,))
    ada = RESULT.learners[0]
    text = projected(ClassResult("Spring", (ada, bob)))
    # One has it right, none not yet, and of one nothing could be judged.
    assert f"3c {ada.reports[0].exercises[0].title} 101" in text
    assert "not judged" in text
    assert "begun" not in text


def test_of_a_file_that_cannot_be_loaded_nobody_is_said_to_have_it_right() -> None:
    (one,) = [x for x in RESULT.learners if x.reports and x.reports[0].problem]
    page = class_report(ClassResult("Spring", (one,)))[0].content
    text = " ".join("".join(read(page).text).split())
    said = "No exercise is known to be hard. Failures because of another exercise, "
    assert f"{said}or of a file that couldn't be loaded, are left out." in text
    assert "Everyone who tried" not in text


def test_a_learner_sees_what_the_terminal_would_say() -> None:
    text = "".join(read(NOETHER).text)
    for words in ("25 of 55 points", "Expected1.184675", "Got0.394892", "not attempted",
                  "invoke grade lesson3 --seed 8", "Epoch 1/5", "It is still the stub."):  # fmt: skip
        assert words in text
    assert text.count("exactly 3 times too small") == 1


@pytest.mark.parametrize("path", sorted(EVERY))
def test_no_text_of_a_learner_becomes_markup(path: str) -> None:
    reader = read(EVERY[path])
    names = {name for name, _ in reader.elements}
    assert not names & {"iframe", "object", "link", "form", "input"}
    # The only script is the one that sorts, and it holds nothing of anybody's.
    scripts = re.findall(rb"<script>(.*?)</script>", EVERY[path], re.DOTALL)
    assert scripts == [SORT.encode()] * (path == CLASS_FILE)
    assert len(reader.named("script")) == len(scripts)
    for _, facts in reader.elements:
        assert not [name for name in facts if name.startswith("on")]
    for facts in reader.named("img"):
        assert (facts["src"] or "").startswith("data:image/png;base64,")
    assert not re.search(rb"[\x00-\x08\x0b-\x1f\x7f]", EVERY[path])


@pytest.mark.parametrize("path", sorted(EVERY))
def test_nothing_runs_and_nothing_is_fetched(path: str) -> None:
    policy = [
        f["content"] for f in read(EVERY[path]).named("meta") if "http-equiv" in f
    ]
    digest = base64.b64encode(hashlib.sha256(SORT.encode()).digest()).decode()
    own = f"; script-src 'sha256-{digest}'" if path == CLASS_FILE else ""
    strict = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    assert policy == [strict + own]
    assert not re.search(rb"url\(|@import", EVERY[path])


@pytest.mark.parametrize("path", sorted(EVERY))
def test_a_screen_reader_finds_its_way(path: str) -> None:
    reader = read(EVERY[path])
    names = [name for name, _ in reader.elements]
    assert names.count("main") == names.count("h1") == names.count("header") == 1
    assert reader.named("html")[0]["lang"] == "en"
    levels = [int(name[1]) for name in names if re.fullmatch(r"h[1-6]", name)]
    assert all(b - a <= 1 for a, b in itertools.pairwise(levels))
    assert names.count("caption") == names.count("table")
    assert all("scope" in facts for facts in reader.named("th"))
    assert all(facts.get("alt") for facts in reader.named("img"))
    for facts in reader.named("svg"):
        assert facts.get("aria-label") or facts.get("aria-hidden") == "true"
    ids = [facts["id"] for _, facts in reader.elements if "id" in facts]
    assert len(ids) == len(set(ids))


def test_a_class_of_nobody_is_said() -> None:
    with pytest.raises(Misuse, match=r"class\.grade"):
        class_report(ClassResult("Empty", ()))
    with pytest.raises(Misuse, match=r"class\.grade"):
        projector_report(ClassResult("Empty", ()))


def test_a_class_in_which_nothing_was_graded_still_has_its_pages() -> None:
    pages = class_report(replace(RESULT, learners=RESULT.learners[-1:]))
    assert [file.path for file in pages] == [CLASS_FILE, "learners/nobody.html"]
    assert "Nothing has been graded." in "".join(read(pages[1].content).text)


@pytest.mark.slow
def test_300_learners_fit_in_3_mb() -> None:
    pages = class_report(large_class())
    assert len({file.path.casefold() for file in pages}) == 301
    assert max(len(file.content) for file in pages) < LARGEST


def test_text_is_escaped_once_and_markup_not_at_all() -> None:
    assert (
        tag("p", "a & b", Html("<b>"), title='"')
        == '<p title="&quot;">a &amp; b<b></p>'
    )
    assert escape(escape("<")) == "&lt;"


def test_a_png_holds_the_pixels_it_was_given() -> None:
    pixels = [float(i % 256) for i in range(784)]
    pixels[3:6] = [-4.0, 300.0, float("nan")]
    data = encode_png(pixels)
    body = data[data.index(b"IDAT") + 4 : data.index(b"IEND") - 8]
    lines = zlib.decompress(body)
    assert lines[:8] == bytes([0, 0, 1, 2, 0, 255, 0, 6])
    assert len(lines) == 28 * 29


def test_a_picture_never_breaks_the_page() -> None:
    odd = (
        Picture("digits", "", ((),), ()),
        Picture("digits", "<b>", ((1e9,) * 3,), ("<i>",)),
        Picture("matrix", "empty", (), ()),
        Picture("matrix", "odd", ((1.0, float("nan")), (float("-inf"),)), ("a",)),
        Picture("curve", "empty", (), ()),
        Picture("curve", "one", ((2.0,), (float("nan"), 3.0)), ("a",)),
        Picture("sculpture", "unknown", ((1.0,),), ()),
    )
    for picture in odd:
        assert "<b>" not in draw_picture(picture)
        read(draw_picture(picture).encode())


# In a browser


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages of 300 learners, and of the golden class, on disk."""
    folder = tmp_path_factory.mktemp("report")
    write(class_report(large_class()), folder / "large")
    write((*class_report(RESULT), *projector_report(RESULT)), folder / "small")
    return folder


@pytest.fixture(params=[390, 1280])
def browser(request: pytest.FixtureRequest, open_browser: OpenBrowser) -> Browser:
    return open_browser(request.param)


# Scores whose digits stand on two lines.
BROKEN_SCORES = """
return [...document.querySelectorAll('.everyone tbody td:not(.roomy)')].filter(cell => {
  const range = document.createRange(); range.selectNodeContents(cell);
  return new Set([...range.getClientRects()].map(r => Math.round(r.bottom))).size > 1
    || cell.scrollWidth > cell.clientWidth }).length
"""


@pytest.mark.browser
@browser_test
def test_the_report_of_300_learners_is_clicked_through(
    browser: Browser, report: Path
) -> None:
    browser.open(report / "large" / CLASS_FILE)
    assert browser.overflow() == 0
    assert (
        browser.run("return document.querySelectorAll('.everyone tbody tr').length")
        == 300
    )
    assert browser.run(BROKEN_SCORES) == 0
    browser.click("nav a[href='#everyone']")
    assert browser.run("return location.hash") == "#everyone"
    browser.click(".mistakes summary")
    assert (
        browser.run("return document.querySelector('.mistakes details').open") is True
    )
    browser.click(".everyone tbody a")
    assert "Ada Lovelace 0" in str(
        browser.run("return document.querySelector('h1').innerText")
    )
    assert browser.overflow() == 0
    browser.click("header a")
    assert str(browser.run("return location.pathname")).endswith(CLASS_FILE)
    assert browser.log() == []


COLUMN = "return [...document.querySelectorAll('.grid tbody tr')].map(row => row.cells[{}].textContent)"


@pytest.mark.browser
@browser_test
def test_the_grid_is_sorted_by_any_column_with_mouse_and_keyboard(
    browser: Browser, report: Path
) -> None:
    browser.open(report / "small" / CLASS_FILE)
    names = browser.run(COLUMN.format(0))
    assert isinstance(names, list)
    head = ".grid thead th:nth-child({}) button"
    browser.click(head.format(1))
    by_name = browser.run(COLUMN.format(0))
    assert isinstance(by_name, list)
    latin = [
        name
        for name in by_name
        if name in ("Ada Lovelace", "Emmy Noether", "Nobody Yet")
    ]
    assert latin == ["Ada Lovelace", "Emmy Noether", "Nobody Yet"]
    browser.click(head.format(1))
    assert browser.run(COLUMN.format(0)) == by_name[::-1] != names
    browser.click(head.format(8))
    assert browser.run(COLUMN.format(7)) == ["0", "0", "0", "2", "3", "6"]
    browser.run('document.querySelector(".grid thead th:nth-child(8) button").focus()')
    browser.press_enter()
    assert browser.run(COLUMN.format(7)) == ["6", "3", "2", "0", "0", "0"]
    sort = (
        "return document.querySelector('.grid [aria-sort]').getAttribute('aria-sort')"
    )
    assert browser.run(sort) == "descending"
    browser.click(head.format(4))
    first = browser.run(COLUMN.format(3))
    assert isinstance(first, list)
    order = [one[1:] for one in first]
    assert order[0] in ("wrong", "raised", "timed out")
    assert order[-1] == "passed"
    assert browser.log() == []


@pytest.mark.browser
@browser_test
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_every_page_is_readable_and_runs_nothing(
    scheme: str, browser: Browser, report: Path
) -> None:
    browser.prefer(scheme)
    pages = [
        report / "small" / CLASS_FILE,
        report / "small" / PROJECTOR_FILE,
        *sorted((report / "small/learners").iterdir()),
    ]
    for page in pages:
        browser.open(page)
        title = browser.run("return document.title")
        browser.run("document.querySelectorAll('details').forEach(d => d.open = true)")
        assert browser.overflow() == 0, page.name
        assert browser.run(LOW_CONTRAST) == [], page.name
        assert title not in ("owned", "")
        loaded = "return [...document.images].every(i => i.naturalWidth == 28)"
        assert browser.run(loaded) is True
    assert browser.log() == []
