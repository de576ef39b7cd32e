"""class_result: assemble a class from its folder and its gradebook."""

from __future__ import annotations

import itertools
import os
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from msgspec.structs import replace

from grader.classroom.comments import CommentRow, Comments, match_comments
from grader.classroom.due_dates import LateRule
from grader.classroom.notes import Note, NoteKind
from grader.classroom.overrides import OverrideRow, Overrides, match_overrides
from grader.classroom.records import (
    ClassResult,
    HandIn,
    Learner,
    LearnerResult,
    LessonWork,
    award,
    short_name_of,
)
from grader.classroom.submissions import FolderContents, Submission
from grader.classroom.submissions.learner_matching import find_former_ids
from grader.classroom.submissions.notices import MOST_NAMES, list_some
from grader.common.errors import Misuse
from grader.course.document.catalog import Lesson
from grader.judge.provenance import DECISIVE_VERSIONS, versions
from grader.learner.gradebook import Gradebook, GradingRow
from grader.report import Report
from grader.report.sentences import count_of, moment_in_seconds

# The text for gradings that something else made; the first that differs is used.
_OTHER = {
    "lesson": "of another version of {}",
    "grader": "of {}, by another version of the grader",
}
# It once switched on that an exercise has its points if it calls a wrong one.
FORMER_RULES = "rules.json"
_LONGEST_GAP_S = 30 * 60
_OTHER_LIBRARY = "of {}, with another {} than the one here"


class _Read(NamedTuple):
    """The records of a class in its gradebook.

    Attributes:
        reports: everybody's reports, by their id.
        work: how they came to them, by their id.
        unread: how many reports cannot be read.
    """

    reports: dict[str, list[Report]]
    work: dict[str, list[LessonWork]]
    unread: int


def load_class(
    book: Gradebook,
    lessons: Iterable[str],
    contents: FolderContents | None = None,
    *,
    title: str = "Class",
    overrides: Iterable[OverrideRow] = (),
    comments: Iterable[CommentRow] = (),
    rule: LateRule | None = None,
    weights: Mapping[str, float] | None = None,
) -> ClassResult:
    """Return everyone in a gradebook, with the last whole grading of each lesson.

    An untouched page counts as not handed in, and a note says so. If a learner was
    graded only under an earlier name, that grading is theirs.

    Args:
        book: the class's gradebook.
        lessons: full names of the lessons to include, in any order.
        contents: the contents of the class's folder: people, with the same ids as in
            the gradebook, even if they haven't handed in anything; and notes.
        title: the name of the class.
        overrides: points that a person gave.
        comments: what a person says to learners.
        rule: what being late costs.
        weights: how much a lesson counts in the total, by its short name; else 1.

    Raises:
        Misuse: if an override or a comment could be about several people, two
            overrides are about one person and part, or one gives more points than its
            exercise or lesson has.
    """
    contents = contents or FolderContents()
    notes = defaultdict(
        list, {key: list(sentences) for key, sentences in contents.notes.items()}
    )
    stored = _read_reports(book, lessons, contents, notes)
    reports = stored.reports
    people = {learner.id: learner for learner in contents.learners}
    learners = [people.get(key, Learner(key)) for key in reports]
    given = match_overrides(overrides, learners)
    matched = match_comments(comments, learners)
    handed_in: dict[str, list[Submission]] = defaultdict(list)
    for submission in contents.submissions:
        handed_in[submission.learner.id].append(submission)
    weights = weights or {}
    results, partners = [], set[str]()
    for learner in learners:
        owner = learner
        if learner.pair_of in reports and not reports[learner.id]:
            owner = people.get(learner.pair_of, Learner(learner.pair_of))
            words = f"worked with {owner.display_name}; the file is from both."
            notes[learner.id].append(words)
            partners.add(learner.id)
        awarded = _mark(learner, reports[owner.id], given, matched)
        begun = tuple(one for one in awarded if not one.is_untouched)
        times = tuple(_hand_ins(handed_in[owner.id], begun, rule))
        costs = _describe_costs(times, begun, rule)
        all_notes = (*notes[learner.id], *_describe_untouched(awarded), *costs)
        work = tuple(stored.work[owner.id])
        results.append(LearnerResult(learner, begun, all_notes, times, work, weights))
    results.sort(key=lambda one: one.learner.display_name.casefold())
    now = datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC")
    without_partners = [one for one in results if one.learner.id not in partners]
    parts = _graded_parts(results)
    idle = (
        *_describe_unused_overrides(given, parts),
        *_describe_unused_comments(matched, parts),
    )
    places = {(x.learner.id, x.lesson): x.place for x in contents.submissions}
    late = _describe_unknown_lateness(results, rule)
    notices = (
        *_describe_unread(stored.unread),
        *late,
        *idle,
        *_find_equal(without_partners, places),
    )
    general = (*_describe_exposed_files(reports), *contents.general, *notices)
    return ClassResult(title, tuple(results), now, general, weights)


def _describe_exposed_files(reports: Mapping[str, Iterable[Report]]) -> list[str]:
    """Return a sentence for each file of the course that attempts could have read."""
    return sorted({x.exposed for one in reports.values() for x in one} - {""})


def _mark(
    learner: Learner,
    reports: Iterable[Report],
    overrides: Overrides,
    comments: Comments,
) -> list[Report]:
    """Return somebody's reports with points by hand, and with comments.

    Raises:
        Misuse: if more points are given than an exercise or a lesson has.
    """
    marked = []
    for report in reports:
        for sentence in overrides.describe_excess(learner.id, report):
            raise Misuse(sentence)
        marked.append(comments.apply(learner.id, overrides.apply(learner.id, report)))
    return marked


def _read_reports(
    book: Gradebook,
    lessons: Iterable[str],
    contents: FolderContents,
    notes: dict[str, list[str]],
) -> _Read:
    """Return everybody's reports by their id, and what else the gradebook has."""
    work: dict[str, list[LessonWork]] = defaultdict(list)
    reports: dict[str, list[Report]] = {learner.id: [] for learner in contents.learners}
    unread = 0
    for lesson in lessons:
        hints = Counter(learner for learner, _ in book.hints(lesson))
        gradings = book.latest_of_all(lesson)
        graded = {grading.learner for grading in gradings}
        former = find_former_ids(graded, contents.learners, contents.names)
        for grading in gradings:
            owner = former.get(grading.learner, grading.learner)
            if owner != grading.learner and owner in graded:
                continue
            graded.add(owner)
            report = book.latest(lesson, grading.learner)
            of_owner = reports.setdefault(owner, [])
            tried = book.history(lesson, grading.learner)
            work[owner].append(_summarise_work(lesson, tried, hints[grading.learner]))
            if report is not None:
                of_owner.append(report)
                continue
            unread += 1
            notes[owner].append(
                f"{lesson}: its grading in the gradebook cannot be read."
            )
    return _Read(reports, work, unread)


def _summarise_work(
    lesson: str, gradings: Sequence[GradingRow], hints: int
) -> LessonWork:
    """Return the tries, hints and minutes that a learner needed for a lesson."""
    moments = itertools.chain.from_iterable(
        (one.first_at, one.started_at) for one in gradings
    )
    times = sorted(map(moment_in_seconds, moments))
    gaps = (after - before for before, after in itertools.pairwise(times))
    worked_s = sum(gap for gap in gaps if gap <= _LONGEST_GAP_S)
    tries = len({one.attempt_sha256 for one in gradings})
    return LessonWork(lesson, tries, hints, round(worked_s / 60))


def _hand_ins(
    submissions: Iterable[Submission],
    reports: Iterable[Report],
    rule: LateRule | None,
) -> Iterator[HandIn]:
    """Yield a `HandIn` for each lesson: when it was handed in, and the penalty."""
    by_lesson = {report.lesson: report for report in reports}
    for submission in submissions:
        if report := by_lesson.get(submission.lesson):
            # Points for the whole lesson by hand decide about this, too.
            is_open = submission.is_late and report.override is None
            off = (
                rule.points_off(submission.late_s, report.full_points)
                if rule and is_open
                else 0
            )
            yield HandIn(
                submission.lesson,
                submission.handed_in_at,
                submission.is_late,
                submission.late_s,
                off,
            )


def _describe_costs(
    times: Iterable[HandIn], reports: Iterable[Report], rule: LateRule | None
) -> Iterator[str]:
    """Yield a note for each penalty, so that no points are taken off silently."""
    scores = {x.lesson: award(x) for x in reports if x.override is None}
    for hand_in in times:
        score = scores.get(hand_in.lesson)
        if rule is None or not hand_in.is_late or score is None:
            continue
        if hand_in.late_s is None:
            yield Note(
                f"{hand_in.lesson}: it is late by an unknown time, so the rule in "
                "due.json takes nothing off.",
                NoteKind.LATE,
            )
        elif hand_in.points_off:
            yield Note(
                f"{hand_in.lesson}: {hand_in.describe_lateness()}, so the rule in "
                f"due.json makes {hand_in.score_after(score)} of {score} points.",
                NoteKind.LATE,
            )


def _describe_unknown_lateness(
    results: Iterable[LearnerResult], rule: LateRule | None
) -> Iterator[str]:
    """Yield a sentence about those who were late by an unknown time, if it matters."""
    late = [
        f"{one.learner.display_name} ({lesson.lesson})"
        for one in results
        for lesson in one.handed_in
        if lesson.is_late and lesson.late_s is None
    ]
    if rule and late:
        yield (
            "Late by an unknown time, so the rule in due.json takes nothing off: "
            f"{list_some(late, MOST_NAMES)}."
        )


def _describe_untouched(reports: Iterable[Report]) -> Iterator[str]:
    names = [report.lesson for report in reports if report.is_untouched]
    if names:
        yield (
            f"{', '.join(names)}: nothing was attempted, as on an untouched page; "
            f"{'it counts' if len(names) == 1 else 'they count'} as not handed in."
        )


def _describe_unread(count: int) -> Iterator[str]:
    if count:
        which = "1 grading that is" if count == 1 else f"{count} gradings that are"
        yield (
            f"{which} in the gradebook cannot be read, so no score is shown for "
            f"{'it' if count == 1 else 'them'}. Grade the class again."
        )


def _points(count: float) -> str:
    return f"{count:g} {'point counts' if count == 1 else 'points count'}"


def _find_equal(
    results: Iterable[LearnerResult], places: Mapping[tuple[str, str], str]
) -> Iterator[str]:
    """Yield a sentence for each file that several people handed in.

    Args:
        results: the people.
        places: where each lesson's file was found, by the learner's id.
    """
    files: dict[tuple[str, str], list[tuple[str, str]]] = defaultdict(list)
    for learner_result in results:
        for report in learner_result.reports:
            key = (report.lesson, report.attempt_sha256)
            place = places.get(
                (learner_result.learner.id, report.lesson), learner_result.learner.id
            )
            files[key].append((learner_result.learner.display_name, place))
    for (lesson, sha256), found in sorted(files.items()):
        # A group has one file.
        if sha256 and len({place for _, place in found}) > 1:
            some = list_some([name for name, _ in found], MOST_NAMES)
            words = f"{lesson}: the same file, byte for byte, is from {some}."
            yield Note(words, NoteKind.IDENTICAL)


def _describe_unused_overrides(
    overrides: Overrides, parts: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Yield a note about points by hand that aren't used anywhere."""
    for row in overrides.strangers:
        yield f"{row.place}: {row.learner} isn't in this class; no points are given."
    for (learner, tag), row in overrides.by.items():
        if (learner, tag) not in parts:
            yield (
                f"{row.place}: {_describe_missing(row.learner, tag)}; its "
                f"{_points(row.given.points)} nowhere."
            )


def _describe_unused_comments(
    comments: Comments, parts: Collection[tuple[str, str]]
) -> Iterator[str]:
    """Yield a note about comments that aren't shown anywhere."""
    for row in comments.strangers:
        who = row.learner
        yield f"{row.place}: {who} isn't in this class; nobody sees the comment."
    for key, rows in comments.by.items():
        for row in rows if key not in parts else ():
            missing = _describe_missing(row.learner, row.part)
            yield f"{row.place}: {missing}; nobody sees the comment."


def _graded_parts(results: Iterable[LearnerResult]) -> set[tuple[str, str]]:
    """Return the lessons and exercises that learners have a grading of."""
    parts = set[tuple[str, str]]()
    for learner_result in results:
        for report in learner_result.reports:
            names = [exercise.tag for exercise in report.exercises]
            names.append(short_name_of(report.lesson))
            parts.update((learner_result.learner.id, name) for name in names)
    return parts


def _describe_missing(learner: str, part: str) -> str:
    if part.startswith("lesson"):
        return f"there is no grading of {learner} in {part}"
    return f"no grading of {learner} has an exercise {part}"


def note_former_rules(contents: FolderContents, folder: Path) -> FolderContents:
    """Return the folder's contents, with a note if it has the file of a former rule."""
    path = folder / FORMER_RULES
    if not os.path.lexists(path):
        return contents
    sentence = (
        f"{path} isn't read any more; delete it. An exercise that calls a wrong one "
        "has its points in every grading now, if it is right with the lesson's own "
        "function."
    )
    return replace(contents, general=(*contents.general, sentence))


def note_disagreements(
    contents: FolderContents,
    gradebook: Gradebook,
    lessons: Iterable[Lesson],
    preview: str,
) -> FolderContents:
    """Return the folder's contents, with notes where they disagree with the gradebook.

    Args:
        contents: the submissions that are in the folder now.
        gradebook: contains what was graded earlier.
        lessons: the lessons to look at.
        preview: the command that shows whose score another version changes.
    """
    notes = {key: list(sentences) for key, sentences in contents.notes.items()}
    graded = {one: gradebook.latest_of_all(one.name) for one in lessons}
    gradings = {(e.learner, e.lesson): e for some in graded.values() for e in some}
    handed_in = {(s.learner.id, s.lesson): s for s in contents.submissions}
    missing = [grading for key, grading in gradings.items() if key not in handed_in]
    ids = (grading.learner for grading in missing)
    former = find_former_ids(ids, contents.learners, contents.names)
    theirs = {(former[x.learner], x.lesson): x for x in missing if x.learner in former}
    theirs |= gradings
    waiting = [s for key, s in handed_in.items() if not _is_of(theirs.get(key), s)]
    gone = [grading for grading in missing if grading.learner not in former]
    for submission in waiting:
        sentence = f"{submission.lesson}: {submission.place} is not graded yet."
        notes.setdefault(submission.learner.id, []).append(sentence)
    for grading in gone:
        sentence = (
            f"{grading.lesson} was graded before, and is not found in the folder."
        )
        notes.setdefault(grading.learner, []).append(sentence)
    older = [
        sentences
        for one, some in graded.items()
        for sentences in _describe_other_versions(one, some)
    ]
    general = (
        *contents.general,
        *_describe_ungraded(len(waiting), len(handed_in)),
        *_describe_deleted_files(len(gone)),
        *_describe_former_names(former),
        *older,
        *([f"To see whose score changes:  {preview}"] if older else []),
        *_find_damaged(gradebook.count_damaged()),
    )
    noted = {key: tuple(sentences) for key, sentences in notes.items()}
    return replace(contents, general=general, notes=noted)


def _is_of(grading: GradingRow | None, submission: Submission) -> bool:
    return grading is not None and grading.attempt_sha256 == submission.sha256


def _describe_ungraded(count: int, total: int) -> Iterator[str]:
    if count:
        is_one = count == 1
        yield (
            f"{count} of {count_of(total, 'submission')} {'is' if is_one else 'are'} "
            f"not graded yet, or {'was' if is_one else 'were'} replaced since. Grade "
            f"the class again for {'it' if is_one else 'them'}."
        )


def _describe_deleted_files(count: int) -> Iterator[str]:
    if count:
        is_one = count == 1
        yield (
            f"{_gradings(count)} of what is not found in the folder now, and still "
            f"{'counts' if is_one else 'count'}. To leave {'it' if is_one else 'them'} "
            "out, move the gradebook away and grade again."
        )


def _describe_former_names(names: Collection[str]) -> Iterator[str]:
    if names:
        yield (
            "People of this class were graded before under other names: "
            f"{list_some(sorted(names), MOST_NAMES)}. Each lesson counts once, under "
            "the names that they have now."
        )


def _find_damaged(count: int) -> Iterator[str]:
    if count:
        yield (
            f"{count_of(count, 'row')} {'is' if count == 1 else 'are'} damaged in the "
            "gradebook, and passed over. Grade the class again: what is missing is "
            "graded again."
        )


def _describe_other_versions(
    lesson: Lesson, gradings: Iterable[GradingRow]
) -> Iterator[str]:
    """Yield notes about gradings by another version of lesson, grader or library."""
    now = versions(lesson)
    unequal = [
        next((x for x in DECISIVE_VERSIONS if one.versions.get(x) != now.get(x)), "")
        for one in gradings
    ]
    for name, count in Counter(filter(None, unequal)).items():
        sentence = _OTHER.get(name, _OTHER_LIBRARY)
        yield f"{_gradings(count)} {sentence.format(f'lesson {lesson.number}', name)}."


def _gradings(count: int) -> str:
    return f"{count_of(count, 'grading')} {'is' if count == 1 else 'are'}"
