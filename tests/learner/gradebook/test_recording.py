"""A gradebook has one row for each result of a text, and a bounded number of texts."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path

import pytest
from msgspec.structs import replace

from grader.course.document import catalog, source
from grader.learner.gradebook import Gradebook, database, gradebook_path, recording
from grader.learner.gradebook.database import Database
from grader.learner.gradebook.rows import MIGRATIONS, row_of
from grader.learner.session import LearnerSession
from grader.report import (
    Finding,
    LeftOutStatement,
    Mistake,
    Outcome,
    Picture,
    Report,
)
from tests.support.project import ROOT
from tests.support.reports import LESSON, RIGHT, WRONG, alone, find_standings
from tests.support.room import serve_room, stored_in
from tests.support.room_boards import SQUARED, grade
from tests.support.served_course import NAME, make_course, serve

MONDAY, TUESDAY, FRIDAY = (f"2026-11-{day}T10:00:00+00:00" for day in (23, 24, 27))
CURED = Mistake("3b.x", "You add x.", ("x",), (), "Take x away.")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return gradebook_path(tmp_path / "attempts")


def at(when: str, report: Report, digest: str = "") -> Report:
    return replace(
        report, started_at=when, attempt_sha256=digest or report.attempt_sha256
    )


def wordy(number: int, report: Report = WRONG) -> Report:
    """A grading of a text of its own, which has printed much and made a mistake."""
    first, second, *others = report.exercises
    finding = Finding("It is wrong.", got="1" * 1_000, mistakes=(CURED,))
    return replace(
        report,
        attempt_sha256=f"{number:064}",
        exercises=(first, replace(second, finding=finding), *others),
        output="x" * 100_000,
        pictures=(Picture("curve", "Loss", ((1.0, 2.0),)),),
    )


def size_of(path: Path) -> int:
    return sum(file.stat().st_size for file in path.parent.glob(f"{path.name}*"))


def count_texts(path: Path) -> int:
    """How many reports in a gradebook have what the attempt printed."""
    query = "SELECT count(*) FROM grading WHERE report LIKE '%xxxxx%'"
    return int(stored_in(path.parent, query)[0][0])


@pytest.mark.promise("recorded-gradings")
def test_the_same_text_graded_200_times_takes_the_place_of_one(path: Path) -> None:
    with Gradebook(path) as book:
        book.record(wordy(1))
    before = size_of(path)
    for seed in range(199):
        with Gradebook(path) as book:
            book.record(replace(wordy(1), seed=seed, output=f"{seed}" * 30_000))
    assert size_of(path) - before < 1_000_000
    with Gradebook(path) as book:
        (grading,) = book.history(LESSON)
        assert grading.seed == 198
        newest = book.latest(LESSON)
        assert newest is not None
        assert newest.output == "198" * 30_000
        assert book.standings()[LESSON].gradings == 200
        assert book.attempts_to_solution(LESSON, "3b") == 2


@pytest.mark.parametrize(
    "other",
    [
        replace(WRONG, attempt_sha256="cd" * 32),
        replace(WRONG, versions=WRONG.versions | {"numpy": "2.3"}),
        replace(WRONG, lesson="lesson4_more"),
        RIGHT,
        replace(
            WRONG, exercises=(replace(WRONG.exercises[0], outcome=Outcome.BROKEN),)
        ),
        alone("3b", Outcome.WRONG),
        replace(WRONG, is_of_class=True),
    ],
    ids=("bytes", "versions", "lesson", "result", "broken", "exercise", "class"),
)
def test_what_differs_is_a_row_of_its_own(path: Path, other: Report) -> None:
    with Gradebook(path) as book:
        for report in (WRONG, other, WRONG, other):
            book.record(report)
        book.record(WRONG, "ada")
        found = [report for _, report in book.gradings(learner="me")]
        assert [replace(x, started_at="") for x in found] == [WRONG, other]
        assert len(list(book.gradings())) == 3


def test_of_a_text_that_is_graded_again_the_first_time_stays_known(path: Path) -> None:
    with Gradebook(path) as book:
        for report in (at(MONDAY, WRONG, "1"), at(TUESDAY, RIGHT, "2")):
            book.record(report)
        book.record(at(FRIDAY, RIGHT, "2"))
        book.record(at(FRIDAY, WRONG, "1"))
        first, second = book.history(LESSON)
        assert (first.first_at, first.started_at) == (TUESDAY, FRIDAY)
        assert (second.first_at, second.started_at) == (MONDAY, FRIDAY)
        assert book.latest(LESSON) == at(FRIDAY, WRONG, "1")


def test_a_lesson_was_right_when_it_first_was(path: Path) -> None:
    """Grading old texts again moves neither that time nor the best score."""
    points = {"3a": 10, "3b": 10}
    with Gradebook(path) as book:
        book.record(at(MONDAY, WRONG, "1"))
        book.record(at(TUESDAY, alone("3b"), "2"))  # with 3a of Monday all is right
        (right,) = find_standings(book, points)
        for report in (at(FRIDAY, alone("3b"), "2"), at(FRIDAY, WRONG, "1")):
            book.record(report)
        (now,) = find_standings(book, points)
    assert (right.last_at, right.best, right.has_passed) == (TUESDAY, 20, True)
    assert (now.last_at, now.last) == (FRIDAY, 10)
    assert (now.best, now.has_passed, now.gradings) == (20, True, 4)


def test_a_version_comes_back_as_of_a_day_on_which_it_was_graded(path: Path) -> None:
    until = {"monday": "2026-11-23T23", "tuesday": "2026-11-24T23", "now": FRIDAY}
    with Gradebook(path) as book:
        for when, digest in ((MONDAY, "1"), (TUESDAY, "2"), (FRIDAY, "1")):
            book.record(at(when, WRONG, digest))
            book.save_version(LESSON, digest.encode(), ".py", digest)
        found = {day: book.find_version(LESSON, end) for day, end in until.items()}
    told = {day: (x.content, x.started_at) for day, x in found.items() if x}
    assert told == {
        "monday": (b"1", MONDAY), "tuesday": (b"2", TUESDAY), "now": (b"1", FRIDAY),
    }  # fmt: skip


@pytest.mark.promise("recorded-gradings")
def test_a_learner_has_200_reports_with_their_text(path: Path) -> None:
    with Gradebook(path) as book:
        for number in range(230):
            book.record(wordy(number))
            book.record(wordy(number), "ada") if number < 3 else None
        history = book.history(LESSON)
        assert [grading.score for grading in history] == [10] * 230
        assert book.latest(LESSON) == wordy(229)
    assert count_texts(path) == 200 + 3


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(recording, "MOST_REPORTS", 5)


@pytest.mark.promise("recorded-gradings")
@pytest.mark.usefixtures("few")
def test_without_its_text_a_grading_counts_as_before(path: Path) -> None:
    unloaded = replace(WRONG, problem=Finding("error"), attempt_sha256="unloaded")
    part = LeftOutStatement("3b", "It fails.")
    left_out = replace(wordy(1_000, RIGHT), left_out=(part, part))
    with Gradebook(path) as book:
        for report in (wordy(1), wordy(2), wordy(2), unloaded, left_out):
            book.record(report)
        before = _counted(book)
        for number in range(10):  # of another lesson, until these are the oldest
            book.record(replace(wordy(number), lesson="lesson9_more"))
        # The last one stays, whatever comes later.
        assert book.latest(LESSON) == left_out
        assert _counted(book) == before
        assert before[0] == {"3a": 0, "3b": 1}
        assert before[1] != ()
        reports = [report for _, report in book.gradings(LESSON)]
        assert [len(one.output) for one in reports] == [0, 0, 0, 100_000]
        assert [one.is_whole for one in reports] == [True, True, True, False]
        # A fix is shown the second time.
        assert book.redact(wordy(3_000)) == wordy(3_000)
    assert count_texts(path) == 5


def _counted(book: Gradebook) -> tuple[object, ...]:
    left = {tag: book.attempts_to_solution(LESSON, tag) for tag in ("3a", "3b")}
    scores = [(x.score, x.has_passed, x.partial) for x in book.history(LESSON)]
    return left, book.named_mistakes(LESSON), book.standings()[LESSON], scores


@pytest.mark.usefixtures("few")
def test_what_is_shown_of_a_lesson_stays_whole(path: Path) -> None:
    """The newest verdict of each exercise, and the newest grading that was right."""
    kept = [wordy(1, RIGHT), wordy(2), replace(alone("3b"), output="x" * 100)]
    with Gradebook(path) as book:
        for report in kept:
            book.record(report)
        for number in range(10, 20):
            book.record(replace(wordy(number), lesson="lesson9_more"))
        assert book.latest_right(LESSON) == kept[0]
        assert book.latest(LESSON) == kept[1]
        latest = book.latest_verdicts(LESSON)
        assert latest is not None
        assert latest.exercises[1] == kept[2].exercises[0]
    assert count_texts(path) == 5


@pytest.mark.usefixtures("few")
def test_a_grading_without_its_text_stands_for_no_other(path: Path) -> None:
    with Gradebook(path) as book:
        for number in range(10):
            book.record(wordy(number))
        for number, is_known in ((0, False), (9, True)):
            known = book.find_reusable(f"{number:064}", WRONG.versions)
            assert (known is not None) == is_known
        book.record(wordy(0))  # it is graded again, and has its text
        assert book.find_reusable(f"{0:064}", WRONG.versions) is not None
        assert len(book.history(LESSON)) == 10
    assert count_texts(path) == 5


def test_a_gradebook_of_before_is_read_and_its_rows_are_counted(path: Path) -> None:
    before = [at(MONDAY, WRONG), at(TUESDAY, WRONG), at(TUESDAY, RIGHT)]
    with closing(Database(path, MIGRATIONS[:4])) as old, old.writing():
        for report in before:
            old.insert("grading", row_of("me", report))
    with Gradebook(path) as book:
        assert [report for _, report in book.gradings()] == before
        assert book.standings()[LESSON].gradings == 3
        book.record(at(FRIDAY, WRONG))
        right, wrong = book.history(LESSON)
        assert (right.started_at, right.first_at) == (TUESDAY, TUESDAY)
        assert (wrong.started_at, wrong.first_at) == (FRIDAY, MONDAY)
        assert book.standings()[LESSON].gradings == 4
        assert book.count_damaged() == 0


def test_of_an_old_gradebook_with_many_texts_the_newest_are_left(path: Path) -> None:
    with closing(Database(path, MIGRATIONS[:4])) as old, old.writing():
        for number in range(250):
            old.insert("grading", row_of("me", wordy(number)))
    with Gradebook(path) as book:
        assert count_texts(path) == 250
        book.record(wordy(250))
        assert len(book.history(LESSON)) == 251
    assert count_texts(path) == 200


@pytest.mark.promise("recorded-gradings")
def test_in_a_room_the_same_text_is_one_row(tmp_path: Path) -> None:
    with serve_room(make_course(tmp_path), tmp_path / "room") as room:
        ada, bob = room.learner("Ada"), room.learner("Bob")
        for learner in (ada, ada, bob, ada):
            grade(learner, SQUARED)
    rows = stored_in(
        tmp_path / "room",
        "SELECT name, times FROM grading LEFT JOIN repeated ON grading = grading.id "
        "JOIN member ON learner = member.id",
    )
    assert sorted(rows) == [("Ada", 3), ("Bob", None)]


@pytest.mark.promise("recorded-gradings")
def test_a_room_records_20_kb_of_what_is_printed(tmp_path: Path) -> None:
    lesson = catalog.find(LESSON, ROOT)
    for name, attempts, most in (("room", None, 20_000), ("own", tmp_path, 100_000)):
        session = LearnerSession(tmp_path / f"{name}.sqlite", "ada", attempts)
        session.conclude(wordy(1), lesson, b"", ".py")
        with session.gradebook() as book:
            report = book.latest(LESSON, "ada")
        assert report is not None
        assert (len(report.output), report.output_was_cut) == (most, most < 100_000)


def test_a_press_opens_the_gradebook_once_and_parses_the_file_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened, parsed, listed = list[Path](), list[str | bytes](), list[Path]()
    connect, parse, read = (
        database.connect,
        source.parse_python,
        catalog.require_lessons,
    )
    monkeypatch.setattr(database, "connect", lambda x: opened.append(x) or connect(x))
    monkeypatch.setattr(
        source, "parse_python", lambda text: parsed.append(text) or parse(text)
    )
    monkeypatch.setattr(
        catalog, "require_lessons", lambda root: listed.append(root) or read(root)
    )
    course = make_course(tmp_path)
    page = (course / "lessons" / NAME / "lesson.py").read_text(encoding="utf-8")
    wrong = page.replace('raise NotImplementedError("1a")', "return x + None")
    attempt = course / "attempts" / f"{NAME}.py"
    attempt.parent.mkdir()
    attempt.write_text(wrong, encoding="utf-8")
    with serve(course) as client:
        assert client.ask("GET", "/lesson1")[0] == 200
        for seen in (opened, parsed, listed):
            seen.clear()
        assert client.ask("POST", "/lesson1/grade", "{}")[0] == 200
    assert len(opened) == 1
    assert parsed.count(wrong) == 1
    assert listed == []
