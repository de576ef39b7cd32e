"""watching: the command that grades on every save."""

from __future__ import annotations

import functools

from grader.cli.command import (
    EXERCISE,
    LESSON,
    ROOT,
    command,
    screen,
    session_for,
    shown,
)
from grader.cli.commands.learner import draw_next_hint
from grader.cli.commands.next_steps import ways_on
from grader.cli.commands.working_copies import attempt_of
from grader.document import catalog


@command(
    help={
        "lesson": LESSON,
        "attempt": "watch this file, or the one in this folder, instead of your copy",
        "exercise": f"grade one exercise alone: {EXERCISE}",
        "polling": "look at the file again and again, where saves are not noticed",
    }
)
def watch(
    lesson: str,
    attempt: str = "",
    exercise: str = "",
    polling: bool = False,
) -> None:
    """Grade your attempt whenever you save it, until you press q.

    h: the next hint. n: the next lesson. r: run again. q: quit.
    """
    from grader import judge
    from grader.cli.render.watch_view import WatchBoard
    from grader.cli.watch import Key, Watcher

    found: catalog.Lesson | None = catalog.find(lesson, ROOT)
    while found is not None:
        path, _handed_in = attempt_of(found, attempt, quiet=False)
        if exercise:
            exercise = judge.find_exercise(found, exercise).tag
        onward = catalog.after(found, ROOT)
        session = session_for(found, path)
        ways = ways_on(found, attempt, is_watching=True)
        watcher = Watcher(
            found,
            path,
            WatchBoard(screen(), shown(path), ways, session.redact),
            session=session,
            hint=functools.partial(draw_next_hint, found),
            exercise=exercise or None,
            polling=polling,
            is_last=onward is None,
        )
        found = onward if watcher.run() is Key.NEXT else None
        # The next lesson is the learner's own copy, graded as a whole.
        attempt = exercise = ""
