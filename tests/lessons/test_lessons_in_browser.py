"""Lessons 4, 7 and 8 in a real browser: wrong, hint, right, and a training's curve."""

from __future__ import annotations

import json
import random
import re
from collections.abc import Callable
from typing import Any

import pytest

from grader.course.document import catalog, page_builder
from grader.course.document.cells import Document
from tests.support.browsers import (
    browser_test,
    look_over,
    on_a_phone,
    on_a_screen,
    wait_for,
)
from tests.support.lesson_pages import Lessons, press, status, write
from tests.support.project import ROOT
from tests.support.short_training import SHORT
from tools.shots.browser import Browser

pytestmark = [pytest.mark.browser, pytest.mark.slow, browser_test]


def right(number: int, exercise: str) -> str:
    """What the solution has for an exercise."""
    return page_builder.solution_code(
        catalog.find(f"lesson{number}", ROOT).solution, exercise
    )


def given(number: int, exercise: str) -> str:
    """What the page gives for an exercise."""
    page = Document.read(catalog.find(f"lesson{number}", ROOT).page)
    return str(page.answer_to(exercise)).strip()


def open_lesson(browser: Browser, lessons: Lessons, number: int) -> None:
    browser.go(f"{lessons.address.partition('?')[0]}lesson{number}")


def in_cell(browser: Browser, exercise: str, css: str, what: str) -> object:
    """Something of an element in the cell of an exercise."""
    place = f"document.querySelector('[data-exercise=\"{exercise}\"] {css}')"
    return browser.run(f"return {place}{what}")


@on_a_screen
def test_lesson_4_is_worked_on_as_a_learner_would(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 4)
    write(browser, "4c", right(4, "4c").replace("-y[k]", "y[k]"))
    assert "Every entry has the opposite sign" in press(browser, "4c", "grade")
    press(browser, "4d", "grade")  # what nobody has written is not marked as wrong
    assert in_cell(browser, "4d", ".feedback", ".className") == "feedback open"
    assert in_cell(browser, "4d", ".marked", "") is None
    assert "Only one term of L" in press(browser, "4c", "hint")
    lines = right(4, "4e").splitlines()
    lines = [line for line in lines if "softmax derivative" not in line]
    write(browser, "4e", "\n".join(lines))
    said = press(browser, "4e", "grade")
    assert "no line shows the derivative of softmax" in said
    for exercise in ("4c", "4e"):
        write(browser, exercise, right(4, exercise))
        assert "passed" in press(browser, exercise, "grade")
    assert "One way to write it" in press(browser, "4c", "solution")
    look_over(browser)


@on_a_screen
def test_what_is_graded_again_has_no_colour_of_its_last_grading(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 4)
    colour = "return getComputedStyle(document.querySelector('[data-exercise=\"4c\"] .feedback')).borderLeftColor"
    press(browser, "4c", "grade")
    open_colour = browser.run(colour)
    write(browser, "4c", right(4, "4c"))
    assert "passed" in press(browser, "4c", "grade")
    right_colour = browser.run(colour)
    browser.run(
        "document.querySelector('[data-exercise=\"4c\"]').classList.add('busy')"
    )
    assert len({open_colour, right_colour, browser.run(colour)}) == 3


@on_a_phone
def test_lesson_6_is_worked_on_as_a_learner_would(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 7)
    write(browser, "7b", right(7, "7b"))
    write(browser, "7d", right(7, "7d").replace('loss="', 'loss="sparse_'))
    assert "takes labels such as 7" in press(browser, "7d", "grade")
    assert "What does binary mean?" in press(browser, "7d", "hint")
    write(browser, "7d", right(7, "7d"))
    assert "passed" in press(browser, "7d", "grade")
    write(browser, "7b", right(7, "7b") + "\nbuild().summary()\n")
    assert "407,050" in press(browser, "7b", "run")
    look_over(browser)


FITS = """
some = np.random.default_rng(7).random((256, 784), dtype="float32")
their = one_hot(np.arange(256) % 10)
for epochs in {}:
    build().fit(some, their, epochs=epochs)
"""
PLACES = (
    ".points].map(point => point.x)",
    "return [...document.querySelector('[data-exercise=\"8b\"] .curve polyline')",
)


def curve(browser: Browser) -> tuple[str, list[float]]:
    """What stands above and below the curve of 8b, and where the loss's points are."""
    words = str(in_cell(browser, "8b", ".curve", ".innerText"))
    places = browser.run(PLACES[1] + PLACES[0])
    assert isinstance(places, list)
    return words, places


@on_a_screen
def test_lesson_7_shows_each_training_with_its_curve(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 8)
    transposed = right(8, "8e").replace("(true, pred), 1", "(pred, true), 1")
    write(browser, "8e", transposed)
    assert "4 of 9 values differ" in press(browser, "8e", "grade")
    assert "One cell per (true, predicted) pair" in press(browser, "8e", "hint")
    write(browser, "8e", right(8, "8e"))
    assert "passed" in press(browser, "8e", "grade")
    # Two trainings in one run: the curve is the second's alone.
    write(browser, "8b", right(8, "8b") + FITS.format((4, 4)))
    press(browser, "8b", "run")
    words, places = curve(browser)
    assert "epoch 4 of 4, step 8 of 8, accuracy 0." in words
    assert "Solid: the training images." in words
    charts = "return document.querySelectorAll('.curve .chart').length"
    assert browser.run(charts) == 2  # loss and accuracy apart
    assert places == sorted(places)
    assert len(places) >= 4
    look_over(browser)


@on_a_phone
def test_a_training_whose_loss_is_no_number_is_told_as_it_is(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 8)
    write(browser, "8b", FITS.format("(2,)").replace("their,", "their * np.nan,"))
    press(browser, "8b", "run")
    words, _ = curve(browser)
    assert "epoch 2 of 2, step 8 of 8" in words
    assert "loss nan" in words
    labels = "return [...document.querySelectorAll('.curve .chart text')].map(one => one.textContent)"
    assert "accuracy" in browser.run(labels)
    assert "loss" not in browser.run(labels)
    assert browser.log() == []


@on_a_phone
def test_a_network_that_is_trained_badly_is_graded_with_its_curve(
    browser: Browser, lessons: Lessons
) -> None:
    open_lesson(browser, lessons, 8)
    write(browser, "8c", right(8, "8c").replace("epochs=20", "epochs=1"))
    browser.click('[data-exercise="8c"] [data-action=grade]')
    told = "return document.querySelector('.curve p')?.innerText ?? ''"
    wait_for(lambda: "epoch 1 of 1, step 391 of 391" in str(browser.run(told)))
    said = "return document.querySelector('[data-exercise=\"8c\"] .feedback').innerText"
    wait_for(lambda: "0 of 25 points" in str(browser.run(said)))
    look_over(browser)


# What the page shows about texts. Every text here has a token of its own, such as t7.
SEEN = """
const words = (one) => one?.innerText.trim() ?? '';
const isEarlier = (one) => one.classList.contains('earlier');
const cells = [...document.querySelectorAll('section.code[data-exercise]')].map((cell) => ({
  tag: cell.dataset.exercise,
  text: cell.querySelector('textarea').value,
  isBusy: cell.classList.contains('busy'),
  marks: [...cell.querySelectorAll('.editor li')].flatMap((li, i) => li.className ? [i] : []),
  places: Object.fromEntries(['shown', 'feedback', 'help', 'curve'].map((name) => {
    const place = cell.querySelector('.' + name);
    return [name, {words: words(place), isEarlier: isEarlier(place)}];
  })),
  promises: cell.querySelectorAll('.until-graded').length,
  outcome: document.querySelector(`#states a[href="#${cell.dataset.exercise}"] .outcome`).title,
}));
const whole = document.querySelector('#whole');
return {cells, whole: {words: words(whole), isEarlier: isEarlier(whole)}};
"""
IMPORTED = "from keras import layers\n"  # in the first cell of lesson 8
TOKEN = re.compile(r"\bt\d+\b")


class Worker:
    """Somebody who works on two exercises, and knows what was run and graded."""

    def __init__(self, browser: Browser, lessons: Lessons, number: int) -> None:
        self.browser, self.lessons, self.number = browser, lessons, number
        self.tokens = 0
        self.graded: dict[str, str] = {}
        self.ran: dict[str, str] = {}
        self.whole: list[str] = []
        self.asked: set[str] = set()  # of which a hint or a solution was asked for
        self.thrown: dict[str, str] = {}
        open_lesson(browser, lessons, number)

    def look(self) -> dict[str, Any]:
        seen = self.browser.run(SEEN)
        assert isinstance(seen, dict)
        return seen

    def text(self, tag: str) -> str:
        return next(c["text"] for c in self.look()["cells"] if c["tag"] == tag).strip()

    def texts(self) -> list[str]:
        return [cell["text"].strip() for cell in self.look()["cells"]]

    def click(self, tag: str, css: str) -> None:
        cell = f"document.querySelector('[data-exercise=\"{tag}\"]')"
        self.browser.run(f"{cell}.querySelector({json.dumps(css)}).click()")

    def wait(self, seen: Callable[[], object]) -> None:
        wait_for(seen)

    def write(self, tag: str) -> None:
        self.tokens += 1
        token, answer = f"t{self.tokens}", right(self.number, tag)
        kinds = (
            f"x = 1\n\nraise ValueError('{token}')",
            f"x = (  # {token}",
            f"{answer}\nprint('{token}')",
            f"# {token}\n{answer}",
            f"print('{token}')\n1 / 0  # {token}",
        )
        write(self.browser, tag, kinds[self.tokens % len(kinds)])

    def save(self, tag: str) -> None:
        self.wait(lambda: status(self.browser) == "Saved")

    def run(self, tag: str) -> None:
        self._act(tag, "run")
        self.ran[tag] = self.text(tag)

    def grade(self, tag: str) -> None:
        self._act(tag, "grade")
        self.graded[tag] = self.text(tag)
        self.whole = self.texts()
        self.asked.discard(tag)

    def _act(self, tag: str, action: str) -> None:
        self.click(tag, f"[data-action={action}]")
        kind = {"run": "shown", "grade": "feedback"}[action]

        def is_done() -> bool:
            cell = next(c for c in self.look()["cells"] if c["tag"] == tag)
            places = cell["places"]
            if cell["isBusy"]:  # what is awaited is about the text above it
                assert re.match("Running|Grading|You are", places[kind]["words"])
                assert not any(one["isEarlier"] for one in places.values()), places
            return not cell["isBusy"]

        self.wait(is_done)

    def grade_all(self, tag: str) -> None:
        self.browser.run("document.querySelector('.end [data-command=grade]').click()")
        whole = "return document.querySelector('#whole').innerText"
        self.wait(lambda: "points" in str(self.browser.run(whole)))
        self.whole = self.texts()
        for cell in self.look()["cells"]:
            self.graded[cell["tag"]] = cell["text"].strip()
        self.asked.clear()

    def hint(self, tag: str) -> None:
        self._ask(tag, "hint")

    def solution(self, tag: str) -> None:
        self._ask(tag, "solution")

    def versions(self, tag: str) -> None:
        self._ask(tag, "versions")

    def _ask(self, tag: str, action: str) -> None:
        cell = f"document.querySelector('[data-exercise=\"{tag}\"] .help')"
        self.browser.run(f"{cell}.replaceChildren()")
        self.click(tag, f"[data-action={action}]")
        self.wait(lambda: self.browser.run(f"return {cell}.innerText"))
        self.asked.add(tag)

    def reset(self, tag: str) -> None:
        old = self.text(tag)
        self.click(tag, "[data-action=reset]")
        self.wait(lambda: self.text(tag) == given(self.number, tag))
        if self.text(tag) != old:
            self.thrown[tag] = old
            self.asked.add(tag)
            self.wait(lambda: "Undo" in self.place(tag, "help"))

    def undo(self, tag: str) -> None:
        if "Undo" not in self.place(tag, "help"):
            self.reset(tag)
        if "Undo" in self.place(tag, "help"):
            self.click(tag, ".help button")
            self.wait(lambda: self.text(tag) == self.thrown[tag])

    def reload(self, tag: str) -> None:
        self.save(tag)
        open_lesson(self.browser, self.lessons, self.number)
        self.asked = {tag for tag in self.asked if "Undo" in self.place(tag, "help")}
        self.whole = []

    def place(self, tag: str, name: str) -> str:
        (cell,) = (c for c in self.look()["cells"] if c["tag"] == tag)
        return str(cell["places"][name]["words"])

    def check(self) -> None:
        """Nothing on the page is about another text, unless it says so."""
        seen = self.look()
        present = {t for cell in seen["cells"] for t in TOKEN.findall(cell["text"])}
        is_shown = False
        for cell in seen["cells"]:
            tag, text, places = cell["tag"], cell["text"].strip(), cell["places"]
            for name, about in (("feedback", self.graded), ("shown", self.ran)):
                if places[name]["words"] and not places[name]["isEarlier"]:
                    assert about.get(tag) == text, (tag, name, places[name])
            for one in (places["shown"], places["feedback"]):
                if one["words"] and not one["isEarlier"]:
                    is_shown = True
                    assert set(TOKEN.findall(one["words"])) <= present, (tag, one)
            assert not cell["promises"] or tag in self.asked, (tag, places["help"])
            is_known = tag in self.graded and cell["outcome"] != "not attempted"
            is_earlier = "earlier text" in cell["outcome"]
            if is_known:
                assert is_earlier == (self.graded[tag] != text), cell
            for index in cell["marks"]:
                line = cell["text"].split("\n")[index]
                assert not ("raise" in text and "raise" not in line), cell
        assert is_shown or not any(cell["marks"] for cell in seen["cells"])
        if seen["whole"]["words"] and not seen["whole"]["isEarlier"]:
            assert self.whole == [cell["text"].strip() for cell in seen["cells"]]


def shorten_trainings(lessons: Lessons) -> None:
    """Let a run of lesson 8 train with few images: it is run again and again."""
    lesson = catalog.find("lesson8", ROOT)
    given = lesson.page.read_text(encoding="utf-8")
    assert given.count(IMPORTED) == 1
    path = lessons.root / "attempts" / f"{lesson.name}.py"
    path.parent.mkdir(exist_ok=True)
    path.write_text(given.replace(IMPORTED, IMPORTED + SHORT), encoding="utf-8")


@on_a_screen
@pytest.mark.parametrize(
    ("number", "tags"), [(2, ("2b", "2d")), (3, ("3c", "3d")), (8, ("8d", "8e"))]
)
def test_nothing_is_about_another_text_in_20_steps(
    browser: Browser, lessons: Lessons, number: int, tags: tuple[str, str]
) -> None:
    if number == 8:
        shorten_trainings(lessons)
    worker, rng = Worker(browser, lessons, number), random.Random(number)
    acts = [worker.write] * 6 + [worker.run] * 4 + [worker.grade] * 4
    acts += [worker.solution, worker.hint, worker.versions, worker.grade_all]
    acts += [worker.reset, worker.undo, worker.reload]
    rng.shuffle(acts)
    for act in [worker.write, *acts[:20]]:
        tag = rng.choice(tags)
        act(tag)
        try:
            worker.check()
        except AssertionError as error:
            raise AssertionError(act.__name__, tag, *error.args) from error
