"""coordinator: grade many submissions over an executor, and go on where one stopped.

A grading is a pure function of the attempt, the lesson, the grader's version and the
seed. So equal attempts are graded once, a grading that the gradebook holds is not done
again, and a worker machine that dies costs nothing but the time of its last grading.
"""

from __future__ import annotations

import secrets
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from msgspec.structs import replace

from grader.classroom.executors import Pending, results
from grader.classroom.overrides import NO_OVERRIDES, Overrides
from grader.classroom.submissions import Submission
from grader.classroom.tally import Graded, Tally, graded_from
from grader.document import catalog
from grader.gradebook import Gradebook, RecordedGrading
from grader.installation import PROJECT
from grader.judge.provenance import versions


def grade_class(
    submissions: Iterable[Submission],
    gradebook: Gradebook,
    *,
    jobs: int | None = None,
    cluster: str = "",
    seed: int | None = None,
    require_sandbox: bool = False,
    overrides: Overrides = NO_OVERRIDES,
    on_graded: Callable[[Graded], None] = lambda done: None,
    root: Path = PROJECT,
) -> Tally:
    """Grade a class; every grading is in the gradebook before the next is reported.

    Args:
        submissions: what was handed in.
        gradebook: where gradings are kept and looked up.
        jobs: gradings at a time; 0 grades one after another in this process; one a
            processor when None.
        cluster: the address of a dask scheduler, to grade there instead.
        seed: of the random inputs of new gradings. When None it is drawn once for all
            learners, and kept: whoever is graded later is asked the same, so that the
            same wrong answer is seen to be the same. A grading that is known under
            another seed is not done again then.
        require_sandbox: grade nobody where a wall is missing.
        overrides: points that a person gave; they count in the tally.
        on_graded: told of each submission as it is done.
        root: the project's folder.

    Raises:
        Misuse: the cluster cannot be used.
        GraderError: a lesson is at fault, or the gradebook cannot be written.
    """
    tally = Tally()
    new: dict[tuple[str, str], list[Submission]] = defaultdict(list)
    current = {one.name: versions(one) for one in catalog.lessons(root)}
    seeds = {name: _seed(name, now, gradebook, seed) for name, now in current.items()}

    def count(done: Graded) -> None:
        if done.report is not None:
            learner = done.submission.learner.id
            done = replace(done, report=overrides.apply(learner, done.report))
        tally.add(done)
        on_graded(done)

    for submission in submissions:
        now = current[submission.lesson]
        # By what is in the file, and not by whose it is: equal ones are graded once.
        known = gradebook.find_reusable(submission.sha256, now, seed)
        if known is None:
            new[submission.lesson, submission.sha256].append(submission)
        else:
            count(_reuse(submission, known, gradebook))
    asked = [
        Pending(tuple(equal), seeds[lesson], require_sandbox)
        for (lesson, _), equal in new.items()
    ]
    for one, result in results(asked, jobs, cluster, root):
        for submission in one.submissions:
            count(_keep(graded_from(submission, result), gradebook))
    return tally


def _seed(
    lesson: str, now: Mapping[str, str], gradebook: Gradebook, wanted: int | None
) -> int:
    """Return the seed of a lesson's new gradings: the one asked for, the class's, or a
    new.
    """
    kept = gradebook.usual_seed(lesson, now) if wanted is None else wanted
    return secrets.randbelow(2**32) if kept is None else kept


def _reuse(
    submission: Submission, known: RecordedGrading, gradebook: Gradebook
) -> Graded:
    """Return a grading that was made before, for a submission that equals that one."""
    report = replace(known.report, attempt=submission.place)
    done = Graded(submission, report, is_new=False)
    return _record(
        done, lambda learner: gradebook.credit(known, learner, report.attempt)
    )


def _keep(done: Graded, gradebook: Gradebook) -> Graded:
    """Return a new grading, once it is in the gradebook."""
    report = done.report
    if report is None:
        return done
    return _record(done, lambda learner: gradebook.record(report, learner))


def _record(done: Graded, write: Callable[[str], object]) -> Graded:
    """Return what was written; what cannot be is one learner's trouble, and ends
    nothing.
    """
    try:
        write(done.submission.learner.id)
    except (ValueError, OverflowError) as error:  # a name or a text that is no Unicode
        return replace(done, report=None, error=f"it cannot be recorded ({error})")
    return done
