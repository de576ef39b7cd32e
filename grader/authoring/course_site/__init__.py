"""site: the course as typeset pages that can be read from a folder, without a network.

The pages are made from what the project has: the lessons' texts, the figures that their
cells draw, and the pages of `docs`. Zensical lays them out and builds the search.
"""

from __future__ import annotations

import importlib.util
import json
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path

import msgspec

from grader.authoring.course_site.lesson_pages import write_lesson
from grader.common.errors import GraderError, Misuse
from grader.course.course_files import name_of, write_archive
from grader.course.document import catalog
from grader.course.document.catalog import Lesson
from grader.course.installation import install_command
from grader.course.settings import read_settings, read_title

_LINK = re.compile(r"(?P<sign>!?)\[(?P<words>[^\]]*)\]\((?!https?:)(?P<to>[^)#\s]+)")
_HEAD = """[project]
site_name = {title}
docs_dir = "texts"
site_dir = "site"
extra_css = ["lesson.css"]
extra_javascript = ["landmarks.js"]
nav = {nav}

[project.theme]
language = {language}
font = false
features = ["content.code.copy", "navigation.footer", "navigation.top", "toc.follow"]

[[project.theme.palette]]
media = "(prefers-color-scheme: light)"
scheme = "default"
toggle.icon = "lucide/sun"
toggle.name = "Switch to dark mode"

[[project.theme.palette]]
media = "(prefers-color-scheme: dark)"
scheme = "slate"
toggle.icon = "lucide/moon"
toggle.name = "Switch to light mode"

[project.plugins.search]

[project.plugins.offline]
"""
# Pages that are copied from the top of a course.
_BESIDE = ("CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md")
_OWN = ("lesson.css", "landmarks.js", "search_in_frame.js")
# Zensical loads this from another server, to make the search work in pages opened from
# a folder.
_FROM_ELSEWHERE = '<script src="https://unpkg.com/iframe-worker/shim"'
# Each line of code begins with a link to itself that has no name for a screen reader.
_LINE_LINK = re.compile(r'<a id="__codelineno-[^>]*></a>')
# Code may be wider than the page. With a keyboard, only what has the focus is scrolled.
_CODE, _SCROLLED = "<pre><span></span><code>", '<pre tabindex="0"><span></span><code>'
_MARK_OF_A_SITE = "sitemap.xml"


def find_documents(root: Path) -> dict[str, dict[str, str]]:
    """Return the titles and files of a course's other pages, by section.

    They are in ``docs/site.toml``. Without that file, all pages of ``docs`` are one
    section, with their headings as titles.

    Raises:
        Misuse: if that file isn't as described, or names a page that doesn't exist.
    """
    listed = root / "docs" / "site.toml"
    if not listed.is_file():
        pages = sorted((root / "docs").glob("*.md"))
        documents = {_title_of(page): f"docs/{page.name}" for page in pages}
        return {"Documentation": documents} if documents else {}
    try:
        text = listed.read_text(encoding="utf-8")
        sections = msgspec.toml.decode(text, type=dict[str, dict[str, str]])
    except (ValueError, msgspec.DecodeError) as error:
        raise Misuse(f"{listed}: {error}") from error
    for path in (path for pages in sections.values() for path in pages.values()):
        if not (root / path).is_file():
            raise Misuse(f"{listed} names {path}, which doesn't exist.")
    return sections


def _title_of(page: Path) -> str:
    heading = re.search(r"(?m)^# +(.+)$", page.read_text(encoding="utf-8"))
    return heading[1].strip() if heading else page.stem


def copy_documents(root: Path, goal: Path) -> None:
    """Copy README as the first page, and all other pages beside it.

    A link to a file outside of the site keeps its words, but leads nowhere.
    """
    goal.mkdir(parents=True, exist_ok=True)
    if (root / "docs").is_dir():
        shutil.copytree(root / "docs", goal / "docs")
    for name in _BESIDE:
        if (root / name).is_file():
            shutil.copy(root / name, goal / name)
    first = goal / "index.md"
    pages = [root / "README.md", root / "lessons" / "README.md"]
    text = next(
        (one.read_text("utf-8") for one in pages if one.is_file()), "# Lessons\n"
    )
    first.write_text(text, encoding="utf-8")
    for page in sorted(goal.rglob("*.md")):
        _lead_all(page, goal)
    begin = catalog.lessons(root)[0]
    # The site is for reading the lessons; README explains how to write in them.
    links = [f"[Read lesson {begin.number} now]({begin.name}.md)"]
    archive = goal / f"{name_of(root)}.zip"
    if write_archive(root, archive):
        size_mb = archive.stat().st_size / 1e6
        links.append(f"[Download the course, {size_mb:.0f} MB]({archive.name})")
    buttons = " ".join(f"{link}{{ .md-button }}" for link in links)
    text = first.read_text(encoding="utf-8")
    text = text.replace("## Start\n\n", f"## Start\n\n{buttons}\n\n", 1)
    first.write_text(text, encoding="utf-8")


def _lead_all(page: Path, top: Path) -> None:
    text = page.read_text(encoding="utf-8")
    text = _LINK.sub(lambda match: _lead(match, page, top), text)
    page.write_text(text, encoding="utf-8")


def _lead(match: re.Match[str], page: Path, top: Path) -> str:
    to = match["to"]
    above = (page.parent / to).parent.resolve()
    if to.endswith("README.md") and above == top.resolve():
        to = to.removesuffix("README.md") + "index.md"
    if (page.parent / to).is_file():
        return f"{match['sign']}[{match['words']}]({to}"
    return f"[{match['words']}](#"


def settings(
    title: str,
    lessons: Sequence[Lesson],
    documents: Mapping[str, Mapping[str, str]],
    language: str = "en",
) -> str:
    """Return the settings of a site.

    Args:
        title: the title of the site.
        lessons: the lessons, in order.
        documents: the titles and files of the other pages, by section.
        language: the language of the pages.
    """
    course_pages = {
        f"{lesson.number}  {lesson.title}": f"{lesson.name}.md" for lesson in lessons
    }
    sections = {"Lessons": course_pages, **documents}
    nav = ['{"Start" = "index.md"}'] + [
        f"{{{json.dumps(name)} = [{_entries(pages)}]}}"
        for name, pages in sections.items()
    ]
    return _HEAD.format(
        title=json.dumps(title),
        language=json.dumps(language),
        nav=f"[{', '.join(nav)}]",
    )


def _entries(pages: Mapping[str, str]) -> str:
    return ", ".join(
        f"{{{json.dumps(title)} = {json.dumps(path)}}}" for title, path in pages.items()
    )


def write_site(root: Path, out: Path, say: Callable[[str], None]) -> int:
    """Write the site; return how many pages it has.

    Args:
        root: the project.
        out: the folder to write; an earlier site in it is replaced.
        say: called with a line for each step.

    Raises:
        Misuse: if Zensical isn't installed, or the folder contains something else.
        GraderError: if the pages couldn't be laid out.
    """
    if importlib.util.find_spec("zensical") is None:
        raise Misuse(
            "The site is laid out by Zensical, which is not installed. Install it:  "
            f"{install_command('site')}"
        )
    if out.exists() and any(out.iterdir()) and not (out / _MARK_OF_A_SITE).is_file():
        raise Misuse(
            f"{out} contains something that isn't a site. Name another folder."
        )
    lessons, documents = catalog.require_lessons(root), find_documents(root)
    with tempfile.TemporaryDirectory() as folder:
        work = Path(folder)
        texts = work / "texts"
        copy_documents(root, texts)
        for lesson in lessons:
            say(lesson.short_name)
            write_lesson(lesson, root, texts)
        for name in _OWN:
            shutil.copy(Path(__file__).with_name(name), texts / name)
        title = read_title(root) or "Lessons"
        language = read_settings(root).language
        config = settings(title, lessons, documents, language)
        (work / "zensical.toml").write_text(config, encoding="utf-8")
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
    """Make every page load our own script, drop the links of code lines to themselves,
    and let the keyboard scroll code; return how many pages there are.
    """
    pages = sorted(site.rglob("*.html"))
    for page in pages:
        html = page.read_text(encoding="utf-8")
        base = "../" * (len(page.relative_to(site).parts) - 1)
        own_script = f'<script src="{base}search_in_frame.js"'
        html = html.replace(_FROM_ELSEWHERE, own_script).replace(_CODE, _SCROLLED)
        html = _LINE_LINK.sub("", html)
        page.write_text(html, encoding="utf-8")
    return len(pages)
