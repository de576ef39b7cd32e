"""templates: HTML from the templates of the program's packages.

jinja2 is imported when something is drawn, because a grading in a terminal doesn't need
it.
"""

from __future__ import annotations

import base64
import functools
import hashlib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from grader.course.document.markup import Html, escape

if TYPE_CHECKING:
    from jinja2 import Environment

_GRADER = Path(__file__).parents[2]
FOLDER = "templates"


def render(name: str, /, **values: Any) -> Html:
    """Return a filled-in template; every value that isn't `Html` is escaped.

    Args:
        name: its package and file: ``report/blocks.html`` is in ``report/templates``.
        values: its values; it is an error if a name that it needs is missing.
    """
    return Html(_environment().get_template(name).render(values).strip())


def render_alone(
    name: str, title: str, style: Path, script: Path | None = None, /, **values: Any
) -> bytes:
    """Return a whole page that can't fetch anything, and runs no script but its own.

    Args:
        name: its template, which extends ``document/alone.html``.
        title: the title of the browser's tab.
        style: the file of its style sheet.
        script: the file of the only script that may run, or None.
        values: its other values.
    """
    # A second line of defence: if text became markup, it couldn't load or run anything.
    policy = "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
    code = script.read_text(encoding="utf-8") if script else ""
    if code:
        digest = base64.b64encode(hashlib.sha256(code.encode()).digest()).decode()
        policy += f"; script-src 'sha256-{digest}'"
    embedded = {"style": Html(style.read_text(encoding="utf-8")), "script": Html(code)}
    page = render(name, title=title, policy=policy, **embedded, **values)
    return f"{page}\n".encode()


@functools.cache
def _environment() -> Environment:
    from jinja2 import Environment, FileSystemLoader, PrefixLoader, StrictUndefined

    folders = {path.parent.name: path for path in sorted(_GRADER.rglob(FOLDER))}
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
    """Return a value in a form that is safe in a page; HTML stays as it is."""
    if value is None:
        raise TypeError("None is in a template, where a page would show it.")
    return value if hasattr(value, "__html__") else escape(value)
