"""page_run: a page run cell by cell in the learner's own Python, as a row of events.

The page runs in a process of its own, `child`, which tells what happens as records;
nobody here draws. What would answer a prediction that is not written yet is held back
on this side, so that whoever draws never gets it.
"""

from grader.page_run.steps import PageStep, code_in_text, steps_of, unwritten_in, up_to
from grader.page_run.supervise import Terminal, run
from grader.sandbox.cell_run.events import (
    CellBegan,
    CellRaised,
    Drew,
    Event,
    Finished,
    HeldBack,
    Panel,
    Printed,
    RunEnded,
    Trained,
    Unwritten,
    Waiting,
)

__all__ = [
    "CellBegan",
    "CellRaised",
    "Drew",
    "Event",
    "Finished",
    "HeldBack",
    "PageStep",
    "Panel",
    "Printed",
    "RunEnded",
    "Terminal",
    "Trained",
    "Unwritten",
    "Waiting",
    "code_in_text",
    "run",
    "steps_of",
    "unwritten_in",
    "up_to",
]
