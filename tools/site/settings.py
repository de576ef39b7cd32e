"""settings: what Zensical is told, as TOML."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence

from grader.document.catalog import Lesson

_HEAD = """[project]
site_name = {title}
docs_dir = "texts"
site_dir = "site"
extra_css = ["lesson.css"]
nav = {nav}

[project.theme]
language = "en"
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


def settings(
    title: str, lessons: Sequence[Lesson], documents: Mapping[str, Mapping[str, str]]
) -> str:
    """Return the settings of a site.

    Args:
        title: of the course.
        lessons: in their order.
        documents: titles and files of the other pages, by section.
    """
    course = {
        f"{lesson.number}  {lesson.title}": f"{lesson.name}.md" for lesson in lessons
    }
    sections = {"Lessons": course, **documents}
    nav = ['{"Start" = "index.md"}'] + [
        f"{{{json.dumps(name)} = [{_entries(pages)}]}}"
        for name, pages in sections.items()
    ]
    return _HEAD.format(title=json.dumps(title), nav=f"[{', '.join(nav)}]")


def _entries(pages: Mapping[str, str]) -> str:
    return ", ".join(
        f"{{{json.dumps(title)} = {json.dumps(path)}}}" for title, path in pages.items()
    )
