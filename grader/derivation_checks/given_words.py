"""given_words: whether a derivation is written in the words that its lesson gives."""

from __future__ import annotations

import re
from dataclasses import replace

from grader.derivations import Given, Objection, scan
from grader.document.build import make_header


def find_objection(source: str, name: str, tag: str, given: Given) -> Objection | None:
    """Return the first thing in a file that is not on the list of a derivation.

    Args:
        source: the attempt, as a page that may have the header of all pages.
        name: the function that holds the derivation.
        tag: of the exercise; the header names its lesson.
        given: what the lesson gives.
    """
    # Every page begins with an import of importlib, which would be taken for a way to
    # change SymPy.
    number = re.match(r"\d+", tag)
    opening = make_header(f"lesson{number[0]}") if number else ""
    return scan(source, name, replace(given, opening=opening))
