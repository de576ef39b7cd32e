"""templates: HTML from the templates of the program's packages.

jinja2 is imported when something is drawn: a grading in a terminal needs none of it.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.document.markup import Html, escape

if TYPE_CHECKING:
    from jinja2 import Environment

_GRADER = Path(__file__).parent.parent
FOLDER = "templates"


def render(name: str, /, **values: Any) -> Html:
    """Return a template filled in; every value that is no `Html` is escaped.

    Args:
        name: its package and file: ``web/overview.html`` is in ``web/templates``.
        values: what it is made of; a name that it needs and doesn't get is an error.
    """
    return Html(_environment().get_template(name).render(values).strip())


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

    folders = {path.parent.name: path for path in sorted(_GRADER.glob(f"*/{FOLDER}"))}
    loaders = {name: FileSystemLoader(path) for name, path in folders.items()}
    return Environment(
        loader=PrefixLoader(loaders),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_finalize,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )


def _finalize(value: Any) -> Any:
    """Return a value as it can stand in a page; what is HTML already stays as it is."""
    if value is None:
        raise TypeError("None is in a template, where a page would show it.")
    return value if hasattr(value, "__html__") else escape(value)
