"""take_home: what a learner wrote, as files to take along."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

from grader import catalog
from grader.source import text_of
from server.attempts import Attempts

ALL = "attempts.zip"


def make(name: str, root: Path, attempts: Attempts) -> bytes:
    """A file by its name: an attempt, the same as a notebook, or a zip of all.

    Raises:
        LookupError: there is no such file.
        Unreadable: the attempt is not UTF-8.
    """
    if name == ALL:
        return _zip(root, attempts)
    stem, _, kind = name.rpartition(".")
    for lesson in catalog.lessons(root):
        if lesson.name == stem and kind in ("py", "ipynb"):
            content = attempts.page(lesson).content
            return content if kind == "py" else _notebook(content)
    raise LookupError(name)


def _notebook(content: bytes) -> bytes:
    import jupytext

    notebook = jupytext.reads(text_of(content), fmt="py:percent")
    return str(jupytext.writes(notebook, fmt="ipynb")).encode()


def _zip(root: Path, attempts: Attempts) -> bytes:
    """All that has been begun; the untouched pages are not the learner's."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for lesson in catalog.lessons(root):
            path = attempts.path(lesson)
            if path.exists():
                packed.write(path, path.name)
    return file.getvalue()
