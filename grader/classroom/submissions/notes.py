"""notes: what to do with a file that may be an attempt and cannot be graded."""

from __future__ import annotations

import re

from grader.classroom.file_names import on_platform
from grader.classroom.submissions.place import Owner

_ARCHIVES = (".rar", ".7z", ".tar", ".gz", ".tgz", ".bz2", ".xz")
_DOCUMENTS = (".doc", ".docx", ".odt", ".pdf", ".rtf")

A_DOCUMENT = "a document, not graded. Ask for the Python file."


def is_document(name: str) -> bool:
    """Return whether a file's name is that of a text with pages."""
    return name.lower().endswith(_DOCUMENTS)


def advice(name: str, owner: Owner | None) -> str:
    """Return what to do with a file that may be an attempt and cannot be graded; else
    "".
    """
    lower = name.lower()
    if lower.endswith(_ARCHIVES):
        return "an archive, not graded. Unpack it, or make it a zip file."
    is_on_platform = owner is not None and on_platform(owner.name) is not None
    if is_document(name) and ("lesson" in lower or is_on_platform):
        return A_DOCUMENT
    if re.fullmatch(r".*\.py\.\w+|[^.]*lesson[^.]*(\.txt)?", lower):
        return "not graded, because its name does not end in .py. Rename it."
    if lower.startswith("onlinetext") or (is_on_platform and lower == "text.html"):
        return "text that was typed into a page, not a file; not graded."
    if is_on_platform and lower == "link.html":
        return "a link that was handed in, not a file; not graded."
    return ""
