"""routes: the pages of a course, and the actions of learners on them."""

from __future__ import annotations

import base64
import binascii
import contextlib
import functools
import threading
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any, assert_never
from urllib.parse import quote, unquote

import msgspec
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from grader import judge
from grader.common import files
from grader.common.errors import GraderError, Misuse, NotFound
from grader.common.sanitize import clean_line, replace_controls
from grader.course import installation, settings
from grader.course.document import catalog
from grader.course.document.attempt_file import SUFFIXES, is_notebook
from grader.course.document.catalog import Lesson
from grader.course.document.cells import Document
from grader.course.document.kept_figures import FOLDER
from grader.course.document.markup import tag
from grader.course.document.renewal import renew
from grader.course.document.source import LARGEST_NOTEBOOK
from grader.learner.drawn_digits.digit_html import draw_answer
from grader.learner.gradebook import (
    LEARNER,
    LessonStanding,
    NamedMistake,
    first_unfinished,
)
from grader.learner.session import find_next_lesson
from grader.report import Outcome, Report
from grader.web import drawing, pages, take_home
from grader.web.hand_in import hand_in
from grader.web.learner_context import LearnerAction, LearnerContext
from grader.web.middleware import LimitedRoute, RequestLimits, TooLarge
from grader.web.page_store import CellPlace, Conflict, describe_size, with_scratch
from grader.web.responses import (
    BadRequest,
    Endpoint,
    EventResponse,
    answer_errors,
    cell_fields,
    field,
    find_exercise,
    find_lesson,
    html,
    parse_json,
    sentence_of,
)

_STATIC = Path(__file__).with_name("static")
_KINDS = {
    ".js": "text/javascript",
    ".css": "text/css",
    ".json": "application/json",
}
_LONGEST_NAME = 100
_NO_CODE = "<p>There is no code to run in this cell.</p>"
PostAnswer = dict[str, Any]
# Work that takes long is a function. It runs in another thread, and the learner's other
# requests don't wait for it.
Later = Callable[[], PostAnswer]
Post = Callable[[LearnerContext, Lesson, dict[str, Any]], PostAnswer | Later]


class Action(msgspec.Struct, frozen=True):
    """An action of a learner on a lesson's page, and the limits of its route."""

    post: Post
    limits: RequestLimits = RequestLimits()


class CourseRoutes:
    """Routes for the pages of a course and the actions of learners on them.

    Args:
        root: the course.
        context_of: returns the context of the learner who sent a request.
    """

    def __init__(
        self, root: Path, context_of: Callable[[Request], LearnerContext]
    ) -> None:
        self._root, self._context_of = root, context_of
        # Read once and looked up by name, so that an address is never used as a path.
        self._static = {path.name: path.read_bytes() for path in _STATIC.iterdir()}

    def routes(self) -> list[Route]:
        """Return the routes."""
        return [
            Route("/", answer_errors(self._overview)),
            Route("/search", answer_errors(self._search)),
            Route("/events", answer_errors(self._listen)),
            Route("/hour", answer_errors(self._class_state)),
            Route("/stop", answer_errors(self._stop), methods=["POST"]),
            Route("/static/{name}", answer_errors(self._file)),
            Route("/take/{name}", answer_errors(self._take)),
            Route(f"/{take_home.CAN_DO}", answer_errors(self._abilities)),
            Route("/{lesson}", answer_errors(self._lesson_page)),
            Route("/{lesson}/cells", answer_errors(self._cells)),
            Route("/{lesson}/figures/{name}", answer_errors(self._figure)),
            LimitedRoute(
                "/{lesson}/hand-in",
                answer_errors(self._hand_in),
                RequestLimits(LARGEST_NOTEBOOK, most=5),
                methods=["POST"],
            ),
            *(
                LimitedRoute(
                    f"/{{lesson}}/{name}",
                    answer_errors(self._post(action.post)),
                    action.limits,
                    methods=["POST"],
                )
                for name, action in _ACTIONS.items()
            ),
        ]

    async def _overview(self, request: Request) -> Response:
        context = self._context_of(request)

        def draw() -> bytes:
            lessons = catalog.require_lessons(self._root)
            session = context.jobs.session
            with session.gradebook() as book:
                standings = book.standings(session.learner, lessons)
            return pages.overview_page(
                pages.CourseView(
                    settings.read_introduction(self._root),
                    lessons,
                    standings,
                    _find_onward(context, lessons, standings),
                    context.greeting(),
                    context.class_state().lesson,
                    self._root,
                )
            )

        return html(await context.work.run(request, draw))

    async def _search(self, request: Request) -> Response:
        context = self._context_of(request)
        query = replace_controls(request.query_params.get("q", ""))
        draw = functools.partial(
            pages.search_page, catalog.require_lessons(self._root), query
        )
        return html(await context.work.run(request, draw))

    async def _lesson_page(self, request: Request) -> Response:
        context, lesson = self._context_of(request), self._find(request)
        draw = functools.partial(self._draw_lesson, context, lesson)
        return html(await context.work.run(request, draw))

    def _draw_lesson(self, context: LearnerContext, lesson: Lesson) -> bytes:
        trouble = installation.explain_unavailable(
            judge.requirements_of(lesson).imports
        )
        # The page doesn't wait for this: workers get ready while it is read.
        if not trouble:
            threading.Thread(
                target=_prepare, args=(context, lesson), daemon=True
            ).start()
        session, lessons = context.jobs.session, catalog.lessons(self._root)
        with session.gradebook() as book:
            standings = book.standings(session.learner, lessons)
        shown = pages.LessonPage(
            lesson,
            lessons,
            context.attempts.page(lesson),
            context.exercises(lesson),
            session.latest(lesson),
            trouble,
            context.class_state().lesson,
            session.learner if session.learner != LEARNER else "",
            context.jobs.can_classify and judge.classifies_drawings(lesson),
            frozenset(name for name, one in standings.items() if one.has_passed),
        )
        return context.work.page(shown, lambda: pages.lesson_page(shown))

    async def _class_state(self, request: Request) -> Response:
        return JSONResponse(self._context_of(request).class_state().to_fields())

    async def _cells(self, request: Request) -> Response:
        context, lesson = self._own_context(request), self._find(request)

        def read_cells() -> Response:
            return JSONResponse(cell_fields(context.attempts.page(lesson), lesson))

        return await context.work.run(request, read_cells)

    async def _figure(self, request: Request) -> Response:
        """Return one of a lesson's own figures, if the learner's page may show it."""
        context, lesson = self._context_of(request), self._find(request)
        name: str = request.path_params["name"]

        def read() -> bytes:
            kept = context.attempts.page(lesson).kept_figures(lesson)
            names = {
                x for figures in kept.values() for one in figures for x in one.files
            }
            if name not in names:
                raise NotFound(name)
            return (lesson.folder / FOLDER / name).read_bytes()

        content = await context.work.run(request, read)
        return Response(content, media_type="image/png")

    async def _hand_in(self, request: Request) -> Response:
        context, lesson = self._own_context(request), self._find(request)
        name = clean_line(request.query_params.get("name", ""))[:_LONGEST_NAME]
        replaces = "replaces" in request.query_params
        if not name.lower().endswith(SUFFIXES):
            raise BadRequest("Only a .py or an .ipynb can be handed in.")

        def take(content: bytes) -> Response:
            return JSONResponse(hand_in(context, lesson, name, content, replaces))

        most = LARGEST_NOTEBOOK if is_notebook(name) else context.attempts.largest
        try:
            return await context.work.take(request, take, most)
        except TooLarge:
            raise TooLarge(
                f"{name} is too large: the limit is {describe_size(most)}. Is it the "
                "right file?"
            ) from None

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._static:
            raise NotFound(name)
        kind = _KINDS[Path(name).suffix]
        return Response(self._static[name], media_type=kind)

    async def _take(self, request: Request) -> Response:
        name, context = request.path_params["name"], self._context_of(request)
        make = functools.partial(
            take_home.make, name, self._root, context.attempts, context.jobs
        )
        response = await context.work.run(request, make)
        # A header can't contain characters beyond Latin-1, but a lesson's folder may.
        plain = quote(name)
        parameter = (
            f'filename="{name}"' if plain == name else f"filename*=UTF-8''{plain}"
        )
        return Response(
            response, media_type="application/octet-stream",
            headers={"content-disposition": f"attachment; {parameter}"},
        )  # fmt: skip

    async def _abilities(self, request: Request) -> Response:
        context = self._context_of(request)

        def draw() -> bytes:
            described = take_home.collect_abilities(self._root, context.jobs)
            return pages.abilities_page(described)

        return html(await context.work.run(request, draw))

    async def _listen(self, request: Request) -> Response:
        return EventResponse(self._context_of(request).events)

    async def _stop(self, request: Request) -> Response:
        self._context_of(request).jobs.stop()
        return JSONResponse({})

    def _post(self, post: Post) -> Endpoint:
        async def answered(request: Request) -> Response:
            context, lesson = self._own_context(request), self._find(request)
            if post is _draw and not context.jobs.can_classify:
                raise NotFound("draw")

            def begin(content: bytes) -> Response | Later:
                answer = post(context, lesson, parse_json(content))
                return answer if callable(answer) else JSONResponse(answer)

            begun = await context.work.take(request, begin)
            if isinstance(begun, Response):
                return begun
            return await run_in_threadpool(lambda: JSONResponse(begun()))

        return answered

    def _own_context(self, request: Request) -> LearnerContext:
        """Return the sender's context, if the page was made for them.

        Raises:
            Misuse: if somebody else has joined with this browser since then.
        """
        context = self._context_of(request)
        page = unquote(request.headers.get("x-learner", ""))
        if page and not context.belongs_to(page):
            raise Misuse(
                "Somebody else has come in with this browser since this page was "
                "opened. Open the lesson again."
            )
        return context

    def _find(self, request: Request) -> Lesson:
        return find_lesson(self._root, request.path_params["lesson"])


def _prepare(context: LearnerContext, lesson: Lesson) -> None:
    with contextlib.suppress(GraderError):  # the next request reports it
        context.jobs.prepare(lesson)


def _find_onward(
    context: LearnerContext,
    lessons: Sequence[Lesson],
    standings: Mapping[str, LessonStanding],
) -> pages.Onward | None:
    """Return the lesson to go on with, and the exercise if it is begun."""
    lesson = _lesson_of_class(context, lessons, standings) or find_next_lesson(
        lessons, standings, context.attempts.path
    )
    if lesson is None:
        return None
    has_begun = lesson.name in standings or context.attempts.path(lesson).exists()
    session = context.jobs.session
    return pages.Onward(lesson, session.current_exercise(lesson) if has_begun else "")


def _lesson_of_class(
    context: LearnerContext,
    lessons: Sequence[Lesson],
    standings: Mapping[str, LessonStanding],
) -> Lesson | None:
    """Return the class's current lesson, unless the learner is done with it."""
    name = context.class_state().lesson
    now = [one for one in lessons if one.short_name == name]
    return first_unfinished(now, standings)


def _save(
    context: LearnerContext, lesson: Lesson, fields: dict[str, Any]
) -> PostAnswer:
    number, text = field(fields, "number", int), field(fields, "text", str)
    exercise, shape = (
        field({"exercise": "", "shape": ""} | fields, name, str)
        for name in ("exercise", "shape")
    )
    place = CellPlace(number, field(fields, "base", str), exercise, shape)
    saved = context.attempts.save(lesson, place, text)
    if isinstance(saved, Conflict):
        cell = saved.cell
        theirs = {"text": cell.source, "version": cell.version} if cell else None
        return {"conflict": True, "theirs": theirs}
    context.on_action(LearnerAction("saved", lesson, saved.tag))
    return cell_fields(saved.page, lesson) | {"version": saved.version}


def _grade(context: LearnerContext, lesson: Lesson, fields: dict[str, Any]) -> Later:
    exercises = context.exercises(lesson)
    pressed = find_exercise(exercises, fields).tag if "exercise" in fields else ""
    content = context.attempts.page(lesson).document.content
    return lambda: _grade_content(context, lesson, content, pressed)


def _grade_content(
    context: LearnerContext, lesson: Lesson, content: bytes, pressed: str
) -> PostAnswer:
    exercises, path = context.exercises(lesson), context.attempts.path(lesson)
    graded = context.jobs.grade(lesson, path, content, pressed)
    report, overall, focus = graded.report, graded.overall, graded.focus
    ways = {info.tag: info.alternative for info in exercises}
    context.on_action(LearnerAction("graded", lesson, focus.tag or pressed, report))
    is_end = drawing.is_complete(overall)
    onward = drawing.WayOn(focus.exercise, is_end) if pressed else drawing.WayOn()
    return {
        "whole": drawing.draw_report(
            report,
            _end(context, lesson) if is_end and not pressed else None,
            graded.unrecorded,
            overall,
            focus,
        ),
        "next": focus.tag,
        # What was right with an earlier text may be wrong with this one.
        "is_end": bool(pressed) and is_end,
        "states": pages.states_of(overall, exercises),
        "exercises": {
            e.tag: {
                "html": drawing.draw_exercise(
                    e,
                    ways.get(e.tag),
                    report.pictures,
                    onward,
                    report.notes if e.tag == pressed else (),
                ),
                "is_right": e.is_right,
                "kind": kind_of(e.outcome),
                "lines": drawing.find_marked_lines(e),
            }
            for e in report.exercises
        },
        "line": _line_outside(report),
        "loads": report.problem is None,
    }


def _end(context: LearnerContext, lesson: Lesson) -> drawing.LessonEnd:
    """Return what the learner reads when a whole lesson is right."""
    session, named = context.jobs.session, tuple[NamedMistake, ...]()
    with contextlib.suppress(GraderError), session.gradebook() as book:
        named = book.named_mistakes(lesson.name, session.learner)
    lessons = catalog.lessons(lesson.folder.parents[1])
    return drawing.LessonEnd(
        lesson.number,
        pages.neighbours_of(lesson, lessons)["following"],
        judge.abilities_of(lesson),
        [one for one in named if one.is_right],
    )


def kind_of(outcome: Outcome) -> str:
    """Return the page's class for an exercise that isn't right; "" for a mistake."""
    match outcome:
        case Outcome.NOT_ATTEMPTED:
            return "open"
        case Outcome.GUESSED:
            return "guessed"
        case Outcome.PASSED | Outcome.WRONG | Outcome.RAISED | Outcome.SKIPPED:
            return ""
        case Outcome.TIMED_OUT | Outcome.OUT_OF_MEMORY | Outcome.BROKEN:
            return ""
        case _:
            assert_never(outcome)


def _line_outside(report: Report) -> int | None:
    """Return the line of an error outside of all exercises."""
    if report.problem is not None:
        return report.problem.line
    return next((part.line for part in report.not_run if not part.exercise), None)


def _run(context: LearnerContext, lesson: Lesson, fields: dict[str, Any]) -> Later:
    line = field(fields, "line", int)
    page = context.attempts.page(lesson)
    page.require_runnable()

    def run() -> PostAnswer:
        try:
            done = context.jobs.run(lesson, page.document.content, line)
        except NotFound:
            return {"html": _NO_CODE}
        return {"html": drawing.draw_run(done, page.document)}

    return run


def _scratch(
    context: LearnerContext, lesson: Lesson, fields: dict[str, Any]
) -> PostAnswer | Later:
    """Run a cell that isn't in the learner's file, after all that are."""
    text, page = field(fields, "text", str), context.attempts.page(lesson)
    page.require_runnable()
    try:
        content, line = with_scratch(page.document, text)
    except NotFound:
        return {"html": _NO_CODE}

    def run() -> PostAnswer:
        done = context.jobs.run(lesson, content, line)
        return {"html": drawing.draw_run(done, Document(content)), "line": line}

    return run


def _hint(
    context: LearnerContext, lesson: Lesson, fields: dict[str, Any]
) -> PostAnswer:
    info = find_exercise(context.exercises(lesson), fields)
    opened = context.jobs.session.next_hint(lesson, info)
    if opened.is_new:
        context.on_action(LearnerAction("hinted", lesson, info.tag))
    return {"html": drawing.draw_hints(opened)}


def _help(
    context: LearnerContext, lesson: Lesson, fields: dict[str, Any]
) -> PostAnswer:
    """Ask the instructor for help with an exercise, or take that back."""
    if context.receive is None:  # there is no instructor
        raise NotFound("help")
    is_wanted = field(fields, "wanted", bool)
    exercises = context.exercises(lesson) if is_wanted else ()
    tag = find_exercise(exercises, fields).tag if is_wanted else ""
    context.on_action(LearnerAction("help", lesson, tag))
    return context.class_state().to_fields()


def _solution(
    context: LearnerContext, lesson: Lesson, fields: dict[str, Any]
) -> PostAnswer:
    info = find_exercise(context.exercises(lesson), fields)
    is_revealed = info.tag in context.class_state().revealed
    opened = context.jobs.session.solutions(lesson, info.tag, is_revealed)
    mine = context.attempts.page(lesson).document.answer_to(info.tag) or ""
    return {"html": drawing.draw_solution(opened, mine)}


def _versions(
    context: LearnerContext, lesson: Lesson, fields: dict[str, Any]
) -> PostAnswer:
    """Return the kept texts of an exercise's cell, other than that of now."""
    info = find_exercise(context.exercises(lesson), fields)
    now = context.attempts.page(lesson).document.answer_to(info.tag) or ""
    session = context.jobs.session
    all_versions = session.cell_versions(lesson, info.tag, context.replaced(lesson))
    versions = [version for version in all_versions if version.text != now]
    return {
        "html": drawing.draw_versions(versions, now, session.keeps_versions),
        "texts": [replace_controls(version.text) for version in versions],
    }


def _reset(
    context: LearnerContext, lesson: Lesson, fields: dict[str, Any]
) -> PostAnswer:
    """Return the original text of a cell, and keep the file as it is until now."""
    given, page = Document.read(lesson.page), context.attempts.page(lesson)
    exercise = field(fields, "exercise", str)
    place = exercise or field(fields, "number", int) + 1
    cell = page.given_cells(given).get(place)
    if cell is None:
        raise Misuse(
            "The lesson's page has no such cell, so there is nothing to go back to."
        )
    if page.has_begun:
        context.jobs.session.keep_version(lesson, page.document.content)
    return {"text": cell.source}


def _renew(
    context: LearnerContext, lesson: Lesson, fields: dict[str, Any]
) -> PostAnswer:
    """Give unchanged cells of the learner's file the form that the lesson has now."""
    page = context.attempts.page(lesson)
    text, count = renew(page.document, Document.read(lesson.page))
    if count and page.has_begun:
        context.jobs.session.keep_version(lesson, page.document.content)
        context.attempts.replace(lesson, text.encode(), files.write)
    return {}


def _draw(context: LearnerContext, lesson: Lesson, fields: dict[str, Any]) -> Later:
    try:
        png = base64.b64decode(field(fields, "png", str), validate=True)
    except binascii.Error:
        raise BadRequest("png isn't base64.") from None

    def classify() -> PostAnswer:
        try:
            return {"html": draw_answer(context.jobs.classify(lesson, png))}
        except Misuse as error:  # a normal answer, not a fault of the page
            return {"html": tag("p", sentence_of(error))}

    return classify


# The largest file, 2 MB, with its quotes and line ends escaped.
_TEXT = 3_000_000
_PICTURE = 12_000_000
# Each starts a process, and one that isn't done yet is ended by the next.
_MOST_RUNS, _WITHIN_S = 5, 5.0
_ACTIONS = {
    "reset": Action(_reset),
    "renew": Action(_renew),
    "save": Action(_save, RequestLimits(_TEXT)),
    "grade": Action(_grade, RequestLimits(most=5, within_s=10.0)),
    "run": Action(_run, RequestLimits(most=_MOST_RUNS, within_s=_WITHIN_S)),
    "scratch": Action(_scratch, RequestLimits(_TEXT, _MOST_RUNS, _WITHIN_S)),
    "hint": Action(_hint),
    "help": Action(_help),
    "solution": Action(_solution),
    "versions": Action(_versions),
    "draw": Action(_draw, RequestLimits(_PICTURE, _MOST_RUNS, _WITHIN_S)),
}
