"""grid: learners times exercises, as one table that can be sorted."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from grader.classroom.records import ClassResult, LearnerResult
from grader.classroom.summary import place_of
from grader.document.markup import Html, join, tag
from grader.report import ExerciseResult, Outcome

# What a column is sorted by: first who is stuck, then of whom nothing is known, then
# who is done.
_RANKS = {
    Outcome.BROKEN: 0,
    Outcome.WRONG: 1,
    Outcome.RAISED: 1,
    Outcome.TIMED_OUT: 1,
    Outcome.OUT_OF_MEMORY: 1,
    Outcome.NOT_ATTEMPTED: 2,
    Outcome.SKIPPED: 2,
    Outcome.PASSED: 3,
}
_SIGNS = (
    "✓ right, ✗ not right yet, ○ not attempted, – nothing known of it, ? the grader "
    "itself failed."
)
# A lesson and the tag of one of its exercises.
_Key = tuple[str, str]


def grid(result: ClassResult, link: Callable[[str], Html]) -> Html:
    """Draw everybody as a row, each exercise that anybody was graded in as a column."""
    done = [(one.learner.id, _exercises_of(one)) for one in result.learners]
    keys = {key for _, found in done for key in found}
    lessons = [
        sorted((key for key in keys if key[0] == lesson.name), key=_place)
        for lesson in result.lessons
    ]
    columns = [key for lesson in lessons for key in lesson]
    heads = [tag("th", "learner", scope="col", class_="who")]
    heads += [tag("th", name, scope="col") for _, name in columns]
    heads.append(tag("th", "right", scope="col"))
    rows = (_row(link(name), found, columns) for name, found in done)
    shown = tag(
        "table",
        tag("caption", _SIGNS),
        # A line stands between two lessons.
        tag("colgroup"),
        *(tag("colgroup", span=len(lesson)) for lesson in lessons if lesson),
        tag("colgroup"),
        tag("thead", tag("tr", *heads)),
        tag("tbody", *rows),
        class_="grid sorted",
    )
    # Whoever has no mouse scrolls what has the focus.
    label = "Everyone, exercise by exercise"
    return tag(
        "div", shown, class_="scroller", tabindex="0", role="region", aria_label=label
    )


def _exercises_of(one: LearnerResult) -> dict[_Key, ExerciseResult]:
    return {
        (report.lesson, x.tag): x for report in one.reports for x in report.exercises
    }


def _place(key: _Key) -> tuple[int, str]:
    return place_of(key[1])


def _row(
    name: Html, found: dict[_Key, ExerciseResult], columns: Sequence[_Key]
) -> Html:
    right = sum(x.is_right for x in found.values())
    cells = join(_cell(found.get(key)) for key in columns)
    return tag(
        "tr",
        tag("th", name, scope="row", class_="who"),
        cells,
        tag("td", right, class_="count"),
    )


def _cell(exercise: ExerciseResult | None) -> Html:
    """Return a sign, and its word for who hears the page."""
    if exercise is None:
        return tag("td", "–", tag("i", "nothing"), data_rank=2)
    outcome = Outcome.PASSED if exercise.is_right else exercise.outcome
    if exercise.override is not None and not exercise.is_right:
        outcome = Outcome.WRONG  # a person has decided, whatever the checks said
    return tag(
        "td",
        outcome.glyph,
        tag("i", outcome.value),
        class_=f"k{_RANKS[outcome]}",
        data_rank=_RANKS[outcome],
    )
