"""refusals: files that no worker has to be asked about."""

from __future__ import annotations

import codecs

from grader.attempt.answers import Stopped
from grader.machine import typed
from grader.report import Finding, Outcome
from grader.source import Unreadable, text_of

_NOTEBOOK_HEAD = 100  # bytes in which the first bracket of a notebook stands


def refused(source: bytes) -> Stopped | None:
    """Why a file cannot be an attempt; None when it may be one.

    An empty file lacks every name, and a notebook is JSON, much of which even runs as
    Python: to say so of each name would not say why.
    """
    if not source.removeprefix(codecs.BOM_UTF8).strip():
        return Stopped(Outcome.NOT_ATTEMPTED, Finding("Your file is empty."))
    if source[:_NOTEBOOK_HEAD].lstrip().startswith(b"{") and b'"cells"' in source:
        jupytext = typed("--to py:percent", "jupytext")
        sentence = (
            "This file is a notebook (ipynb), and the grader reads Python. Turn it "
            "into a Python file, and grade that one: "
            f"{jupytext}, and the name of the notebook."
        )
        return Stopped(Outcome.RAISED, Finding(sentence))
    try:
        text_of(source)
    except Unreadable as error:
        return unreadable(error)
    return None


def unreadable(error: Unreadable) -> Stopped:
    """How a check ends that would have to look into a file."""
    return Stopped(Outcome.RAISED, Finding(str(error), line=error.line))
