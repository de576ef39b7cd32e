"""documents: the project's own pages, put where their links lead to each other."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

DOCUMENTS = {
    "For instructors": {
        "A workshop, a course": "docs/instructors.md",
        "A room": "docs/room.md",
        "Joining a room": "docs/joining.md",
        "Lessons in a browser": "docs/browser.md",
        "Notebooks": "docs/notebooks.md",
        "Security": "SECURITY.md",
    },
    "For authors": {
        "Contributing": "CONTRIBUTING.md",
        "What stands in a lesson": "docs/authors.md",
        "Naming mistakes": "docs/naming-mistakes.md",
        "Deciding derivations": "docs/derivations.md",
        "Architecture": "docs/architecture.md",
        "Isolation": "docs/isolation.md",
        "The protocol": "docs/protocol.md",
        "The report as JSON": "docs/report.md",
        "All pages": "docs/index.md",
    },
}
_LINK = re.compile(r"(?P<sign>!?)\[(?P<words>[^\]]*)\]\((?!https?:)(?P<to>[^)#\s]+)")


def copy_documents(root: Path, goal: Path) -> None:
    """Copy README as the first page, and all other pages beside it.

    What a link leads to outside of the site is named, and no link any more.
    """
    shutil.copytree(root / "docs", goal / "docs")
    for name in ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md"):
        shutil.copy(root / name, goal / name)
    shutil.copy(root / "README.md", goal / "index.md")
    for page in sorted(goal.rglob("*.md")):
        _lead_all(page)


def _lead_all(page: Path) -> None:
    text = page.read_text(encoding="utf-8")
    text = _LINK.sub(lambda match: _lead(match, page), text)
    page.write_text(text, encoding="utf-8")


def _lead(match: re.Match[str], page: Path) -> str:
    to = match["to"]
    if to.endswith("README.md") and (page.parent / to).parent.resolve() == _top(page):
        to = to.removesuffix("README.md") + "index.md"
    if (page.parent / to).is_file():
        return f"{match['sign']}[{match['words']}]({to}"
    return f"[{match['words']}](#"


def _top(page: Path) -> Path:
    top = page.parent
    while not (top / "CONTRIBUTING.md").is_file():
        top = top.parent
    return top.resolve()
