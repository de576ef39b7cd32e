"""app: what is answered to which address."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path
from typing import Any

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Route

from grader import build, catalog, course, cures, judge, machine
from grader.attempt import Cancelled
from grader.catalog import Lesson
from grader.errors import GraderError
from grader.source import Unreadable
from server import drawing, pages, take_home
from server.attempts import Attempts, Conflict, Page
from server.events import Events
from server.guard import Guard, TooLarge
from server.jobs import Jobs

_STATIC = Path(__file__).with_name("static")
_KINDS = {".js": "text/javascript", ".css": "text/css"}
_LARGEST_NUMBER = 10_000
_LOOK_S = 0.5
Answer = Callable[[Request], Awaitable[Response]]


class Unasked(Exception):
    """A request does not say what is needed to answer it."""


class Course:
    """A learner's course as pages and answers.

    Args:
        root: the course.
    """

    def __init__(self, root: Path) -> None:
        self._root = root
        self._attempts = Attempts(root)
        self._events = Events()
        self._jobs = Jobs(root, self._events.tell)
        self._static = {path.name: path.read_bytes() for path in _STATIC.iterdir()}

    def routes(self) -> list[Route]:
        """Every address, and what answers it."""
        posts: dict[str, Callable[[Lesson, dict[str, Any]], dict[str, Any]]] = {
            "save": self._save,
            "grade": self._grade,
            "run": self._run,
            "hint": self._hint,
            "solution": self._solution,
        }
        answers = {name: self._post(answer) for name, answer in posts.items()}
        return [
            Route("/", _told(self._overview)),
            Route("/events", _told(self._listen)),
            Route("/stop", _told(self._stop), methods=["POST"]),
            Route("/static/{name}", _told(self._file)),
            Route("/take/{name}", _told(self._take)),
            Route("/{lesson}", _told(self._lesson_page)),
            Route("/{lesson}/cells", _told(self._cells)),
            *(
                Route(f"/{{lesson}}/{name}", _told(answer), methods=["POST"])
                for name, answer in answers.items()
            ),
        ]

    @contextlib.asynccontextmanager
    async def lifespan(self, _: Starlette) -> AsyncIterator[None]:
        """Look after the learner's files while the server runs, and end with it."""
        over = threading.Event()
        looking = threading.Thread(target=self._look, args=(over,), daemon=True)
        looking.start()
        try:
            yield
        finally:
            over.set()
            await run_in_threadpool(self._jobs.close)

    def _look(self, over: threading.Event) -> None:
        """Tell of each file that changes, whoever changed it."""
        seen = {x: self._attempts.stamp(x) for x in catalog.lessons(self._root)}
        while not over.wait(_LOOK_S):
            for lesson, before in seen.items():
                seen[lesson] = now = self._attempts.stamp(lesson)
                if now != before:
                    self._events.tell("changed", {"lesson": lesson.short_name})

    async def _overview(self, _: Request) -> Response:
        def draw() -> bytes:
            with self._jobs.gradebook() as book:
                standings = book.standings()
            lessons = catalog.course(self._root)
            return pages.overview_page(course.title(self._root), lessons, standings)

        return _html(await run_in_threadpool(draw))

    async def _lesson_page(self, request: Request) -> Response:
        lesson = self._find(request)
        try:
            return _html(await run_in_threadpool(self._draw_lesson, lesson))
        except (GraderError, Unreadable) as error:
            return _html(pages.problem_page(str(error)), 409)

    def _draw_lesson(self, lesson: Lesson) -> bytes:
        trouble = machine.explain_closed(judge.requirements_of(lesson).imports)
        if not trouble:
            threading.Thread(target=self._prepare, args=(lesson,), daemon=True).start()
        with self._jobs.gradebook() as book:
            latest = book.latest(lesson.name)
            report = book.as_due(latest) if latest else None
        page, infos = self._attempts.page(lesson), judge.exercises(lesson)
        known = catalog.lessons(self._root)
        return pages.lesson_page(lesson, known, page, infos, report, trouble)

    def _prepare(self, lesson: Lesson) -> None:
        with contextlib.suppress(GraderError):  # it is said when something is asked
            self._jobs.prepare(lesson)

    async def _cells(self, request: Request) -> Response:
        page = await run_in_threadpool(self._attempts.page, self._find(request))
        return JSONResponse(_describe(page))

    async def _file(self, request: Request) -> Response:
        name = request.path_params["name"]
        if name not in self._static:
            raise LookupError(name)
        kind = _KINDS[Path(name).suffix]
        return Response(self._static[name], media_type=kind)

    async def _take(self, request: Request) -> Response:
        name = request.path_params["name"]
        made = await run_in_threadpool(take_home.make, name, self._root, self._attempts)
        said = f'attachment; filename="{name}"'
        return Response(
            made, media_type="application/octet-stream",
            headers={"content-disposition": said},
        )  # fmt: skip

    async def _listen(self, _: Request) -> Response:
        if self._events.is_full():
            return JSONResponse({"problem": "Too many pages are open."}, 429)
        return StreamingResponse(self._events.listen(), media_type="text/event-stream")

    async def _stop(self, _: Request) -> Response:
        self._jobs.stop()
        return JSONResponse({})

    def _post(
        self, answer: Callable[[Lesson, dict[str, Any]], dict[str, Any]]
    ) -> Answer:
        async def answered(request: Request) -> Response:
            lesson, asked = self._find(request), await _read(request)
            return JSONResponse(await run_in_threadpool(answer, lesson, asked))

        return answered

    def _find(self, request: Request) -> Lesson:
        name = request.path_params["lesson"]
        for lesson in catalog.lessons(self._root):
            if lesson.short_name == name:
                return lesson
        raise LookupError(name)

    def _save(self, lesson: Lesson, asked: dict[str, Any]) -> dict[str, Any]:
        number = _field(asked, "number", int)
        base, text = (_field(asked, name, str) for name in ("base", "text"))
        saved = self._attempts.save(lesson, number, base, text)
        if isinstance(saved, Conflict):
            cell = saved.cell
            theirs = {"text": cell.source, "version": cell.version} if cell else None
            return {"conflict": True, "theirs": theirs}
        return _describe(saved)

    def _grade(self, lesson: Lesson, _: dict[str, Any]) -> dict[str, Any]:
        content = self._attempts.page(lesson).content
        report = self._jobs.grade(lesson, self._attempts.path(lesson), content)
        tags = [exercise.tag for exercise in report.exercises]
        return {
            "whole": drawing.draw_report(report),
            "states": pages.states_of(report, tags),
            "exercises": {
                e.tag: {
                    "html": drawing.draw_exercise(report, e),
                    "is_right": e.is_right,
                    "line": e.finding.line if e.finding else None,
                }
                for e in report.exercises
            },
            "line": report.problem.line if report.problem else None,
            "loads": report.problem is None,
        }

    def _run(self, lesson: Lesson, asked: dict[str, Any]) -> dict[str, Any]:
        line = _field(asked, "line", int)
        content = self._attempts.page(lesson).content
        try:
            run = self._jobs.run(lesson, content, line)
        except LookupError:
            return {"html": "<p>There is no code to run in this cell.</p>"}
        return {"html": drawing.draw_run(run)}

    def _hint(self, lesson: Lesson, asked: dict[str, Any]) -> dict[str, Any]:
        info = _exercise(lesson, asked)
        with self._jobs.gradebook() as book:
            step = book.next_hint(lesson.name, info.tag, len(info.hints))
            last = book.latest(lesson.name)
        mends = cures.cures_of(last, info.tag) if last else ()
        return {"html": drawing.draw_hints(info, step, mends)}

    def _solution(self, lesson: Lesson, asked: dict[str, Any]) -> dict[str, Any]:
        info = _exercise(lesson, asked)
        with self._jobs.gradebook() as book:
            left = book.attempts_to_solution(lesson.name, info.tag)
        code = "" if left else build.solved(lesson.solution, info.tag)
        return {"html": drawing.draw_solution(code, left)}


def make_app(root: Path, hosts: frozenset[str], key: str, once: str = "") -> Guard:
    """The whole server, as an ASGI application; see `Guard`."""
    served = Course(root)
    inner = Starlette(routes=served.routes(), lifespan=served.lifespan)
    inner.router.redirect_slashes = False
    return Guard(inner, hosts, key, once)


def _told(answer: Answer) -> Answer:
    """The answer; what cannot be done is said in a sentence, with its status."""

    async def told(request: Request) -> Response:
        try:
            return await answer(request)
        except Cancelled:
            return JSONResponse({"stopped": True})
        except LookupError:
            return JSONResponse({"problem": "There is no such page."}, 404)
        except Unasked as error:
            return JSONResponse({"problem": str(error)}, 400)
        except TooLarge:
            return JSONResponse({"problem": "This is more than a page may hold."}, 413)
        except (GraderError, Unreadable) as error:
            return JSONResponse({"problem": str(error)}, 409)

    return told


def _html(page: bytes, status: int = 200) -> Response:
    return Response(page, status, media_type="text/html; charset=utf-8")


def _describe(page: Page) -> dict[str, Any]:
    """The code cells of a page, as its script knows them."""
    cells = {
        str(c.number): {"text": c.source, "version": c.version, "line": c.line}
        for c in page.cells
        if not c.is_text
    }
    return {"shape": page.shape, "cells": cells}


async def _read(request: Request) -> dict[str, Any]:
    try:
        asked = json.loads(await request.body())
    except (ValueError, RecursionError):
        asked = None
    if not isinstance(asked, dict):
        raise Unasked("What was sent is no JSON object.")
    return asked


def _field(asked: dict[str, Any], name: str, kind: type) -> Any:
    value = asked.get(name)
    is_right = type(value) is kind
    if isinstance(value, int):
        is_right = is_right and 0 <= value <= _LARGEST_NUMBER
    if not is_right:
        raise Unasked(f"{name} is missing, or is something else than it should be.")
    return value


def _exercise(lesson: Lesson, asked: dict[str, Any]) -> judge.ExerciseInfo:
    name = _field(asked, "exercise", str)
    for info in judge.exercises(lesson):
        if info.tag == name:
            return info
    raise Unasked("There is no such exercise.")
