"""class_page: where a class stands, and what to explain next, on one page."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator, Sequence

from grader.classroom.page.grid import grid
from grader.classroom.page.learner_page import bar
from grader.classroom.records import ClassResult, LearnerResult, LessonColumn, award
from grader.classroom.summary import (
    BANDS,
    LEFT_OUT,
    ExerciseSummary,
    LessonSummary,
    MistakeCount,
    Summary,
    UnnamedAnswer,
    summarise,
)
from grader.clean import clean_text
from grader.document.markup import Content, Html, document, join, table, tag
from grader.report import Outcome
from grader.report.sentences import count_of, override_lines

HARDEST = 12
COMMONEST = 15
_MOST_CODE = 5
_SHADES = 5

Address = Callable[[str], str]


def class_page(result: ClassResult, style: str, script: str, address: Address) -> bytes:
    """Return the page of the class.

    Args:
        result: the class.
        style: the style sheet's text.
        script: what sorts a table.
        address: where a learner's own page is, from the learner's id.
    """
    summary = summarise(result)
    people = {one.learner.id: one.learner.shown_name for one in result.learners}

    def link(learner: str) -> Html:
        return tag("a", people[learner], href=address(learner))

    parts = (
        ("explain", "What to explain next", _mistakes(summary, link)),
        *_unnamed(summary, link),
        ("hardest", "Hardest exercises", _hardest(summary)),
        ("lessons", "Lessons", _lessons(summary)),
        ("look", "Needs a look", _looks(summary, result.notices, link)),
        *_by_hand(result, link),
        ("everyone", "Everyone", _everyone(result, link)),
        ("grid", "Exercise by exercise", grid(result, link)),
    )
    links = (tag("li", tag("a", head, href=f"#{key}")) for key, head, _ in parts)
    return document(
        result.title,
        style,
        tag("header", tag("h1", result.title), tag("p", _overview(result))),
        tag("nav", tag("ol", *links), aria_label="Parts of this page"),
        tag("main", *(_part(*part) for part in parts)),
        script=script,
    )


def _part(key: str, head: str, content: Html) -> Html:
    title = tag("h2", head, id=f"{key}-title")
    return tag("section", title, content, id=key, aria_labelledby=f"{key}-title")


def _overview(result: ClassResult) -> str:
    reports = sum(len(one.reports) for one in result.learners)
    counts = (
        count_of(len(result.learners), "learner"),
        count_of(len(result.lessons), "lesson"),
        count_of(reports, "grading"),
    )
    told = ", ".join(counts)
    return f"{told}, {result.made_at}" if result.made_at else told


def _mistakes(summary: Summary, link: Callable[[str], Html]) -> Html:
    if not summary.mistakes:
        return tag("p", "No known mistake was met.")
    return tag(
        "ol",
        *(_mistake(mistake, link) for mistake in summary.mistakes[:COMMONEST]),
        class_="mistakes",
    )


def _mistake(mistake: MistakeCount, link: Callable[[str], Html]) -> Html:
    names = _draw_list([link(learner) for learner in mistake.learners])
    return tag(
        "li",
        tag("p", tag("strong", mistake.people), f": {mistake.name}"),
        tag("p", mistake.sentence, class_="mistake"),
        tag("details", tag("summary", "Who"), tag("p", names)),
    )


def _unnamed(
    summary: Summary, link: Callable[[str], Html]
) -> Iterator[tuple[str, str, Html]]:
    """Yield the part with the wrong answers that have no name, if several gave one."""
    items = [_answer(one, link) for one in summary.unnamed[:COMMONEST]]
    if items:
        yield "unnamed", "Answers without a name", tag("ol", *items, class_="mistakes")


def _answer(one: UnnamedAnswer, link: Callable[[str], Html]) -> Html:
    finding = one.finding
    asked = finding.call or finding.look
    facts = (("Asked", asked), ("Expected", finding.expected), ("Got", finding.got))
    names = _draw_list([link(learner) for learner in one.learners])
    return tag(
        "li",
        tag("p", tag("strong", one.people), ", which has no name."),
        tag("p", "One of them: " if one.has_raised else "", finding.sentence),
        *(tag("p", f"{word}: ", tag("code", said)) for word, said in facts if said),
        tag("details", tag("summary", "Who"), tag("p", names)),
        tag(
            "details",
            tag("summary", "How they wrote it"),
            *(tag("pre", clean_text(code)) for code in one.code[:_MOST_CODE]),
        )
        if one.code
        else Html(""),
    )


def _hardest(summary: Summary) -> Html:
    hard = [e for e in summary.exercises if e.counts.share_passed < 1]
    if not hard and any(e.counts.elsewhere for e in summary.exercises):
        return tag("p", f"No exercise is known to be hard. {LEFT_OUT}")
    if not hard:
        return tag("p", "Everyone who tried an exercise has it right.")
    return table(
        f"Of those who tried, how many have it right. {LEFT_OUT}",
        ("exercise", "right", tag("th", "what came", scope="col", class_="roomy")),
        [_hard_row(exercise) for exercise in hard[:HARDEST]],
    )


def _hard_row(exercise: ExerciseSummary) -> Html:
    name = f" {exercise.title}, lesson {exercise.lesson.number}"
    counts = exercise.counts
    share = f"{counts.passed} of {counts.told}"
    met = [(outcome.value, counts[outcome]) for outcome in Outcome if counts[outcome]]
    came = ", ".join(f"{count} {word}" for word, count in met)
    if counts.elsewhere:
        came += f"; {counts.elsewhere} of these left out"
    return tag(
        "tr",
        tag("th", tag("b", exercise.tag), name, scope="row"),
        tag("td", bar(counts.share_passed), " ", share, class_="number"),
        tag("td", came, class_="roomy"),
    )


def _lessons(summary: Summary) -> Html:
    columns: tuple[Content, ...] = ("lesson", "graded", "all right", "median")
    spread = tag("th", "scores, 0 % to 100 %", scope="col", class_="roomy")
    took = tag("th", "a grading", scope="col", class_="roomy")
    return table(
        "Scores and times",
        (*columns, spread, took),
        [_lesson_row(lesson) for lesson in summary.lessons],
    )


def _lesson_row(one: LessonSummary) -> Html:
    return tag(
        "tr",
        tag("th", one.lesson.heading, scope="row"),
        tag("td", one.graded, class_="number"),
        tag("td", one.passed, class_="number"),
        tag("td", f"{one.median:g} of {one.lesson.points}", class_="number"),
        tag("td", _draw_spread(one.bands), class_="roomy"),
        tag("td", f"{one.wall_s:.1f} s", class_="number roomy"),
    )


def _draw_spread(bands: Sequence[int]) -> Html:
    """Draw ten columns, one for each tenth of the points; the counts are its label."""
    highest = max(bands) or 1
    columns = (
        tag(
            "rect",
            x=12 * i + 1,
            y=f"{30 - 30 * count / highest:.1f}",
            width=10,
            height=f"{30 * count / highest:.1f}",
        )
        for i, count in enumerate(bands)
    )
    counts = ", ".join(
        f"{count} from {100 * i // BANDS} %" for i, count in enumerate(bands) if count
    )
    box = f"0 0 {12 * BANDS} 30"
    return tag(
        "svg", *columns, viewBox=box, role="img", aria_label=counts, class_="spread"
    )


def _looks(
    summary: Summary, notices: Sequence[str], link: Callable[[str], Html]
) -> Html:
    if not summary.looks and not notices:
        return tag("p", "Nothing.")
    items = [tag("li", notice) for notice in notices]
    # They come learner by learner, as `groupby` needs them.
    for learner, looks in itertools.groupby(summary.looks, lambda look: look.learner):
        told = "; ".join(look.sentence.rstrip(".") for look in looks)
        end = "" if told.endswith("?") else "."
        items.append(tag("li", link(learner), f": {told}{end}"))
    return tag("ul", *items)


def _by_hand(
    result: ClassResult, link: Callable[[str], Html]
) -> Iterator[tuple[str, str, Html]]:
    """Yield the part with the points that a person gave, if anybody did."""
    items = [
        tag("li", link(one.learner.id), f", {exercise.tag}: {line}")
        for one in result.learners
        for report in one.reports
        for exercise in report.exercises
        for line in override_lines(exercise)
    ]
    if items:
        yield "by-hand", "Points given by hand", tag("ul", *items)


def _everyone(result: ClassResult, link: Callable[[str], Html]) -> Html:
    lessons = result.lessons
    possible = sum(lesson.points for lesson in lessons)
    heads = [tag("th", "learner", scope="col", class_="who")]
    heads += [_lesson_head(lesson) for lesson in lessons]
    heads.append(tag("th", tag("abbr", "all", title="all lessons"), scope="col"))
    heads.append(tag("th", "last graded (UTC)", scope="col", class_="roomy"))
    rows = [_learner_row(one, lessons, link) for one in result.learners]
    caption = f"Scores, lesson by lesson; {possible} points in all"
    return tag("div", table(caption, heads, rows, class_="everyone"), class_="wide")


def _lesson_head(lesson: LessonColumn) -> Html:
    number = lesson.number or lesson.name
    return tag("th", tag("abbr", number, title=lesson.heading), scope="col")


def _learner_row(
    one: LearnerResult,
    lessons: Sequence[LessonColumn],
    link: Callable[[str], Html],
) -> Html:
    last = max((report.started_at for report in one.reports), default="")
    when = last[:16].replace("T", " ")
    return tag(
        "tr",
        tag("th", link(one.learner.id), scope="row", class_="who"),
        *(_score(one, lesson) for lesson in lessons),
        tag("td", tag("b", "–" if one.score is None else one.score)),
        tag("td", when, class_="roomy"),
    )


def _score(one: LearnerResult, lesson: LessonColumn) -> Html:
    score = award(one.report_of(lesson.name))
    if score is None:
        return tag("td", "–", title="no score")
    share = score / lesson.points if lesson.points else 0.0
    return tag("td", score, class_=f"g{int(share * _SHADES)}")


def _draw_list(items: Sequence[Html]) -> Html:
    parts: list[Content] = []
    for item in items:
        parts += [", ", item] if parts else [item]
    return join(parts)
