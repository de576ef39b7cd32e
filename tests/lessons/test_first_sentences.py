"""What a learner reads first of a mistake: what the answers show, not the fix."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from grader import judge
from grader.course.document.catalog import Lesson, lessons
from grader.judge.diagnosis.sentences import split_fix
from tests.support.project import ROOT

# Verbs that begin the fix when they begin a sentence.
VERBS = """
    Add Allow Append Apply Assign Begin Build Call Check Choose Clip Collect Compute
    Convert Count Create Delete Divide Draw Exchange Exponentiate Finish Give Go Index
    Join Keep Leave Let Look Make Move Multiply Name Normalise Normalize Pass Put Raise
    Refuse Remove Replace Restore Return Shift Shuffle Sort Start Store Subtract Sum Take
    Train Try Update Use Weight Write
"""
FIX = re.compile(rf"(?:^|[.?:;!] )((?:{'|'.join(VERBS.split())})\b[^.?]*)")


def first_lines(lesson: Lesson) -> Iterator[tuple[str, str]]:
    """Yield the tag of each mistake of a lesson, and what is shown of it at once."""
    for exercise in judge.load_exercises(lesson):
        for known in exercise.mistakes:
            # Those that lessons share are the grader's.
            if known.function.__module__.startswith("grader."):
                continue
            yield known.tag, split_fix(known.sentence)[0]
        for slip in exercise.slip_set.slips if exercise.slip_set else ():
            yield f"{exercise.tag}.{slip.name}", split_fix(slip.sentence)[0]


@pytest.mark.parametrize("lesson", lessons(ROOT), ids=lambda x: x.short_name)
def test_the_first_line_of_a_mistake_does_not_begin_to_fix_it(lesson: Lesson) -> None:
    found = {
        tag: fix[1] for tag, seen in first_lines(lesson) if (fix := FIX.search(seen))
    }
    assert found == {}
