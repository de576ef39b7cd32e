"""site: the course as typeset pages that can be read from a folder, without a network.

The pages are made of what there is: the lessons' texts, the figures that their cells
draw, and the pages of `docs`. Zensical lays them out and makes the search.
"""

from __future__ import annotations

import importlib.util
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from grader import course
from grader.document import catalog
from grader.errors import GraderError, Misuse
from grader.machine import typed
from tools.site.documents import DOCUMENTS, copy_documents
from tools.site.lessons import write_lesson
from tools.site.settings import settings

_OWN = ("lesson.css", "search_in_frame.js")
# Zensical loads this from elsewhere, so that the search works in a page from a folder.
_FROM_ELSEWHERE = '<script src="https://unpkg.com/iframe-worker/shim"'
_MARK_OF_A_SITE = "sitemap.xml"


def write_site(root: Path, out: Path, say: Callable[[str], None]) -> int:
    """Write the site; return how many pages it has.

    Args:
        root: the project.
        out: the folder to write, replaced if it holds an earlier site.
        say: is told what is being done.

    Raises:
        Misuse: Zensical is not installed, or the folder holds something else.
        GraderError: the pages could not be laid out.
    """
    if importlib.util.find_spec("zensical") is None:
        raise Misuse(
            "The site is laid out by Zensical, which is not installed:  "
            f"{typed('sync --extra site', program='uv')}"
        )
    if out.exists() and any(out.iterdir()) and not (out / _MARK_OF_A_SITE).is_file():
        raise Misuse(f"{out} holds something that is no site. Name another folder.")
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        texts = work / "texts"
        copy_documents(root, texts)
        lessons = catalog.lessons(root)
        for lesson in lessons:
            say(lesson.short_name)
            write_lesson(lesson, root, texts)
        for name in _OWN:
            shutil.copy(Path(__file__).with_name(name), texts / name)
        told = settings(course.title(root) or "Lessons", lessons, DOCUMENTS)
        (work / "zensical.toml").write_text(told, encoding="utf-8")
        say("laying out")
        _lay_out(work)
        pages = _finish(work / "site")
        shutil.rmtree(out, ignore_errors=True)
        shutil.copytree(work / "site", out)
    return pages


def _lay_out(work: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "zensical", "build", "--clean"],
        cwd=work,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode or not (work / "site" / "index.html").is_file():
        last = (done.stdout + done.stderr).strip().splitlines()[-3:]
        raise GraderError(f"Zensical could not lay the pages out: {' '.join(last)}")


def _finish(site: Path) -> int:
    """Let no page ask for anything from elsewhere."""
    pages = sorted(site.rglob("*.html"))
    for page in pages:
        html = page.read_text(encoding="utf-8")
        base = "../" * (len(page.relative_to(site).parts) - 1)
        own = f'<script src="{base}search_in_frame.js"'
        page.write_text(html.replace(_FROM_ELSEWHERE, own), encoding="utf-8")
    return len(pages)
