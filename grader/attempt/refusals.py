"""refusals: files that no worker has to be asked about."""

from __future__ import annotations

import ast
import codecs

from grader.attempt.answers import Stopped
from grader.document.source import Unreadable, parse, text_of
from grader.report import Finding, Outcome


def refused(source: bytes) -> Stopped | None:
    """Return why a file cannot be an attempt; None when it may be one.

    An empty file lacks every name: to say so of each name would not say why.
    """
    if not source.removeprefix(codecs.BOM_UTF8).strip():
        return Stopped(Outcome.NOT_ATTEMPTED, Finding("Your file is empty."))
    try:
        text_of(source)
    except Unreadable as error:
        return unreadable(error)
    return None


def tree_of(source: str) -> ast.Module:
    """Return a file as Python's parser sees it.

    Raises:
        Stopped: it cannot be looked into.
    """
    try:
        return parse(source)
    except Unreadable as error:
        raise unreadable(error) from None


def unreadable(error: Unreadable) -> Stopped:
    """Return how a check ends that would have to look into a file."""
    return Stopped(Outcome.RAISED, Finding(str(error), line=error.line))
