"""consistency: disagreements between the folder, the gradebook and the lessons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator

from msgspec.structs import replace

from grader.classroom.submissions import FolderContents, Submission
from grader.classroom.submissions.notices import MOST_NAMES, list_some
from grader.classroom.submissions.people import former_ids
from grader.document.catalog import Lesson
from grader.gradebook import Gradebook, Grading
from grader.judge.provenance import DECISIVE, versions
from grader.report.report_lines import count_of

# What is said where something else has graded; the first that fits is.
_OTHER = {
    "lesson": "of another version of {}",
    "grader": "of {}, by another version of the grader",
}
_OTHER_LIBRARY = "of {}, with another {} than the one here"


def find_unsettled(
    found: FolderContents, gradebook: Gradebook, lessons: Iterable[Lesson], regrade: str
) -> FolderContents:
    """Return what was found, with what does not agree with the gradebook said as well.

    Args:
        found: the submissions.
        gradebook: the gradebook.
        lessons: the lessons to look at.
        regrade: the command that grades again what another version has graded.
    """
    notes = {key: list(said) for key, said in found.notes.items()}
    graded = {one: gradebook.latest_of_all(one.name) for one in lessons}
    gradings = {(e.learner, e.lesson): e for some in graded.values() for e in some}
    handed_in = {(s.learner.id, s.lesson): s for s in found.submissions}
    missing = [grading for key, grading in gradings.items() if key not in handed_in]
    ids = (grading.learner for grading in missing)
    former = former_ids(ids, found.learners, found.names)
    theirs = {(former[x.learner], x.lesson): x for x in missing if x.learner in former}
    theirs |= gradings
    waiting = [s for key, s in handed_in.items() if not _is_of(theirs.get(key), s)]
    gone = [grading for grading in missing if grading.learner not in former]
    for submission in waiting:
        sentence = f"{submission.lesson}: {submission.place} is not graded yet."
        notes.setdefault(submission.learner.id, []).append(sentence)
    for one in gone:
        sentence = f"{one.lesson} was graded before, and is not found in the folder."
        notes.setdefault(one.learner, []).append(sentence)
    older = [said for one, some in graded.items() for said in _older(one, some)]
    general = (
        *found.general,
        *_waiting(len(waiting), len(handed_in)),
        *_gone(len(gone)),
        *_former(former),
        *older,
        *([f"To see who changes by that:  {regrade}"] if older else []),
        *_find_damaged(gradebook.damaged()),
    )
    told = {key: tuple(said) for key, said in notes.items()}
    return replace(found, general=general, notes=told)


def _is_of(grading: Grading | None, submission: Submission) -> bool:
    return grading is not None and grading.attempt_sha256 == submission.sha256


def _waiting(count: int, of: int) -> Iterator[str]:
    if count:
        is_one = count == 1
        yield (
            f"{count} of {count_of(of, 'submission')} {'is' if is_one else 'are'} not "
            f"graded yet, or {'was' if is_one else 'were'} replaced since. Grade the "
            f"class again for {'it' if is_one else 'them'}."
        )


def _gone(count: int) -> Iterator[str]:
    if count:
        is_one = count == 1
        yield (
            f"{_gradings(count)} of what is not found in the folder now, and still "
            f"{'counts' if is_one else 'count'}. To leave {'it' if is_one else 'them'} "
            "out, move the gradebook away and grade again."
        )


def _former(names: Collection[str]) -> Iterator[str]:
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
            "graded anew."
        )


def _older(lesson: Lesson, gradings: Iterable[Grading]) -> Iterator[str]:
    """Yield what to say of gradings that another lesson, grader or library has made."""
    now = versions(lesson)
    unequal = [
        next((x for x in DECISIVE if one.versions.get(x) != now.get(x)), "")
        for one in gradings
    ]
    for name, count in Counter(filter(None, unequal)).items():
        sentence = _OTHER.get(name, _OTHER_LIBRARY)
        yield f"{_gradings(count)} {sentence.format(f'lesson {lesson.number}', name)}."


def _gradings(count: int) -> str:
    return f"{count_of(count, 'grading')} {'is' if count == 1 else 'are'}"
