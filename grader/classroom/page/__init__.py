"""page: a class as web pages that need neither a network nor a server.

One page for the class, and one for each learner beside it; and one without names for
everybody's eyes. Every page carries its own style and pictures.
"""

from __future__ import annotations

from pathlib import Path

from grader.classroom.export.common import ExportFile
from grader.classroom.page.class_page import class_page
from grader.classroom.page.learner_page import learner_page
from grader.classroom.page.projector_page import projector_page
from grader.classroom.records import ClassResult
from grader.clean import file_name
from grader.errors import Misuse
from grader.machine import typed

CLASS_FILE = "class.html"
PROJECTOR_FILE = "projector.html"
_STYLE = Path(__file__).with_name("style.css")
_SORT = Path(__file__).with_name("sort.js")


def class_report(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return the pages of a class: ``class.html`` and ``learners/<learner>.html``.

    Raises:
        Misuse: there is nobody in the class.
    """
    _require_somebody(result)
    style, script = (path.read_text(encoding="utf-8") for path in (_STYLE, _SORT))
    pages = [ExportFile(CLASS_FILE, class_page(result, style, script, _address))]
    lessons, way_back = result.lessons, f"../{CLASS_FILE}"
    for one in result.learners:
        page = learner_page(one, lessons, result.title, style, way_back)
        pages.append(ExportFile(_path(one.learner.id), page))
    return tuple(pages)


def projector_report(result: ClassResult) -> tuple[ExportFile, ...]:
    """Return the page of a class that everybody may see: no name is on it.

    Raises:
        Misuse: there is nobody in the class.
    """
    _require_somebody(result)
    page = projector_page(result, _STYLE.read_text(encoding="utf-8"))
    return (ExportFile(PROJECTOR_FILE, page),)


def _require_somebody(result: ClassResult) -> None:
    if not result.learners:
        raise Misuse(
            "There is nobody to report on yet. "
            f"Grade the class first:  {typed('class.grade submissions')}"
        )


def _path(learner: str) -> str:
    return f"learners/{file_name(learner)}.html"


def _address(learner: str) -> str:
    # `file_name` leaves only what needs no escaping in an address but "@".
    return _path(learner)
