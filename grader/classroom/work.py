"""work: one grading, as a function of plain data, in whichever process it runs."""

from __future__ import annotations

import contextlib
import functools
import hashlib
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from grader import judge
from grader.attempt import Cancelled
from grader.document import catalog
from grader.errors import GraderError
from grader.report.report_json import from_json, to_json
from grader.sandbox import WorkerPool

if TYPE_CHECKING:
    from grader.classroom.submissions import Submission

PROJECT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True, slots=True)
class Work:
    """Everything one grading is a function of, beside the lesson and the grader."""

    lesson: str
    filename: str
    source: bytes = field(repr=False)
    seed: int | None
    require_sandbox: bool = False
    # The learner's earlier report as JSON, whose verdicts may be kept; none in a class.
    earlier: bytes = field(default=b"", repr=False)


class Pending(msgspec.Struct, frozen=True):
    """A grading to be done: who handed this file in, the seed, behind what walls."""

    submissions: tuple[Submission, ...]
    seed: int
    require_sandbox: bool = False

    def work(self) -> Work:
        """Return the grading itself, with the attempt's bytes.

        Raises:
            GraderError: nobody's file is there any more as it was found.
        """
        why = ""
        # They are equal: any that is still as it was found will do.
        for one in self.submissions:
            try:
                source = one.read()
            except Exception as error:  # a folder or an archive: for one learner
                reason = getattr(error, "strerror", None) or str(error)
                why = f"it was found and cannot be read any more ({reason})"
                continue
            # All of them get its grading, so another text must not stand in for it.
            if hashlib.sha256(source).hexdigest() == one.sha256:
                name = one.lesson
                walls = self.require_sandbox
                return Work(name, f"{name}.py", source, self.seed, walls)
            why = "the file was changed while the class was graded; grade again"
        raise GraderError(why)


def grade_one(
    work: Work,
    root: str = "",
    cancel: threading.Event | None = None,
    on_progress: Callable[[dict[str, Any]], None] | None = None,
) -> bytes | str:
    """Grade one attempt: the report as JSON, or the sentence that says why not.

    Args:
        work: what is graded.
        root: the project's folder; "" for this one.
        cancel: ends it when another thread sets it.
        on_progress: told how far a training is.

    Raises:
        Cancelled: it was.
    """
    try:
        lesson = catalog.find(work.lesson, Path(root) if root else PROJECT)
        report = judge.grade(
            lesson,
            Path(work.filename),
            source=work.source,
            seed=work.seed,
            pool=_pool(),
            require_sandbox=work.require_sandbox,
            cancel=cancel,
            on_progress=on_progress,
            earlier=from_json(work.earlier) if work.earlier else None,
        )
    except Cancelled:
        raise
    except GraderError as error:
        return str(error)
    return to_json(report)


def prepare(name: str, root: str, require_sandbox: bool) -> None:
    """Have ready what an attempt at a lesson needs; wait until it is."""
    with contextlib.suppress(GraderError):  # it is said when something is graded
        lesson = catalog.find(name, Path(root) if root else PROJECT)
        needs = judge.requirements_of(lesson)._replace(require_sandbox=require_sandbox)
        factory = _pool().factory(needs)
        judge.exercises(lesson)
        _ = factory.isolation  # to ask for it is to wait


@functools.cache
def _pool() -> WorkerPool:
    """Return where this process takes its workers from; it lives as long."""
    # Many grade here: one that takes long leaves the processor to the others.
    return WorkerPool(others_first=True)


def shutdown_workers() -> None:
    """End the warm processes of this process."""
    _pool().close()
