"""What README and help say is what the program does."""

from __future__ import annotations

import inspect
import re
import runpy
import shutil
import tomllib
from pathlib import Path
from typing import Any

import pytest

from grader.checks import Exercise
from grader.checks.attempt import OWN_NAMES
from grader.checks.lesson_facts import LessonFacts
from grader.classroom import commands as classes
from grader.classroom.export import formats
from grader.course.document import catalog
from grader.course.document.cells import Document
from grader.derivations import Verdict, Written
from grader.derivations.notation import table
from grader.report import Outcome
from grader.report.report_json import json_schema
from grader.sandbox.codec import messages, values
from tasks import namespace
from tests.support.packages import INSIDE, ROOMS
from tests.support.project import ROOT
from tests.support.readme_picture import (
    PICTURE,
    picture_of_a_wrong_attempt,
)

README = (ROOT / "README.md").read_text(encoding="utf-8")
TOOLS = ROOT / "tools" / "README.md"


def test_whatever_names_a_test_names_one_that_is_there() -> None:
    pages = [ROOT / "SECURITY.md", ROOT / "CONTRIBUTING.md", TOOLS]
    pages += [*ROOT.glob("docs/**/*.md"), *ROOT.glob(".github/workflows/*.yml")]
    named = {
        name
        for page in pages
        for name in re.findall(
            r"(?:tests|tools)/[\w/]+\.py", page.read_text(encoding="utf-8")
        )
    }
    assert "tests/derivations/test_equality.py" in named
    assert [name for name in sorted(named) if not (ROOT / name).is_file()] == []


def test_the_picture_in_the_readme_is_true() -> None:
    drawn = picture_of_a_wrong_attempt()
    if drawn != PICTURE.read_text(encoding="utf-8"):
        pytest.fail(f"{PICTURE.name} is out of date: python -m tests.golden.write")


def test_the_index_lists_every_page_and_every_link_of_a_page_leads_somewhere() -> None:
    docs = ROOT / "docs"
    pages = sorted(docs.rglob("*.md"))
    links = {
        page: set(re.findall(r"\]\(([^)#]+)\)", page.read_text(encoding="utf-8")))
        for page in (*pages, ROOT / "README.md", ROOT / "CONTRIBUTING.md")
    }
    listed = links[docs / "index.md"]
    assert {p.relative_to(docs).as_posix() for p in pages} - listed == {"index.md"}
    for page, goals in links.items():
        inside = {goal for goal in goals if "://" not in goal}
        assert {g for g in inside if not (page.parent / g).exists()} == set(), page


def test_every_command_of_the_pages_exists_and_none_is_left_out() -> None:
    names = set(namespace.task_names)
    page = (ROOT / "docs" / "terminal.md").read_text(encoding="utf-8")
    named = set(re.findall(r"uv run invoke ([a-z][\w.-]*)", README + page))
    named |= set(re.findall(r"^\| `([\w-]+)", page, re.MULTILINE))
    assert named <= names
    learners = {name for name in names if "." not in name}
    assert learners - {"overview"} <= named
    for start, where in (
        (
            "class.",
            ("docs/grading-a-class.md", "docs/gradescope.md", "docs/privacy.md"),
        ),
        ("dev.", ("CONTRIBUTING.md", "docs/first-lesson.md", "tools/README.md")),
    ):
        text = "".join((ROOT / page).read_text(encoding="utf-8") for page in where)
        others = {name for name in names if name.startswith(start)}
        assert {name for name in others if not re.search(rf"{name}\b", text)} == set()


def test_every_format_of_an_export_is_in_its_help_and_on_its_page() -> None:
    (to,) = (one for one in classes.export.parameters if one.name == "to")
    page = (ROOT / "docs" / "exports.md").read_text(encoding="utf-8")
    rows = page.partition("| `--to` |")[2].partition("\n\n")[0]
    assert sorted(re.findall(r"(?m)^\| `([\w-]+)`", rows)) == sorted(formats())
    assert re.split(", | or ", to.help) == [*formats()]


def test_what_the_page_on_rooms_tells_to_press_is_on_a_page_of_the_room() -> None:
    pages = (ROOT / "grader" / "web" / "templates").glob("*.html")
    shown = " ".join(page.read_text(encoding="utf-8") for page in pages)
    told = (ROOT / "docs" / "room.md").read_text(encoding="utf-8")
    named = re.findall(r"(?<![*\w])\*([A-Z][^*\n]+)\*(?!\*)", told)
    assert len(named) > 5
    assert [words for words in named if words not in shown] == []


def test_every_command_has_help() -> None:
    for name in namespace.task_names:
        task = namespace[name]
        assert task.__doc__, name
        described = set(task.help)
        arguments = {a.name.replace("_", "-").strip("-") for a in task.get_arguments()}
        assert {word.replace("_", "-") for word in described} == arguments, name


def test_every_lesson_is_listed_with_its_title() -> None:
    for lesson in catalog.lessons(ROOT):
        assert f"| {lesson.number} | {lesson.title} |" in README


def test_as_many_cells_of_lesson_10_show_keras_as_is_said() -> None:
    lesson = catalog.find("lesson11", ROOT)
    cells = [one for one in Document.read(lesson.solution).cells if not one.is_text]
    assert sum("keras." in one.source for one in cells) == 3
    assert "three cells of lesson 11 that show Keras" in " ".join(README.split())
    assert "Three cells show Keras" in Document.read(lesson.solution).prose


def test_every_link_leads_somewhere() -> None:
    for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), TOOLS):
        for target in re.findall(
            r"\]\((?!http)([^)#]+)\)", page.read_text(encoding="utf-8")
        ):
            assert (page.parent / target).exists(), f"{page.name}: {target}"


def test_every_link_to_a_heading_finds_it() -> None:
    def headings(page: Path) -> set[str]:
        titles = re.findall(r"(?m)^#+ (.+)$", page.read_text(encoding="utf-8"))
        kept = (re.sub(r"[^\w -]", "", title.lower()) for title in titles)
        return {title.replace(" ", "-") for title in kept}

    links = [
        (page, page.parent / goal if goal else page, heading)
        for page in (*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md"), TOOLS)
        for goal, heading in re.findall(
            r"\]\((?!http)([^)#]*)#([^)]+)\)", page.read_text(encoding="utf-8")
        )
    ]
    assert len(links) > 10
    assert [link for link in links if link[2] not in headings(link[1])] == []


def test_the_tables_name_every_package_and_part() -> None:
    short = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    table = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    packages = {part for floor in ROOMS for part in floor if part}
    inside = {
        part for floors in INSIDE.values() for floor in floors for part in floor if part
    }
    assert {part for part in packages if f"`{part}`" not in short} == set()
    assert {part for part in packages | inside if f"`{part}`" not in table} == set()


def test_every_path_of_the_architecture_leads_somewhere() -> None:
    page = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
    named = set(re.findall(r"`([\w.]+(?:/[\w.]+)*(?:\.\w+|/))`", page))
    named = {path for path in named if "/" in path}
    assert {"checks/comparing.py", "web/static/cell.js", "tests/web/scripts/"} <= named
    roots = (ROOT, ROOT / "grader", ROOT / "lessons" / "lesson3_cross_entropy")
    missing = [p for p in named if not any((root / p).exists() for root in roots)]
    assert sorted(missing) == []


def test_every_field_of_a_report_is_documented() -> None:
    page = (ROOT / "docs" / "json.md").read_text(encoding="utf-8")
    schema = json_schema()
    fields = {
        field
        for record in schema["$defs"].values()
        for field in record.get("properties", ())
    }
    assert {field for field in fields if f"`{field}`" not in page} == set()
    for outcome in Outcome:
        assert f"*{outcome}*" in page


def test_the_protocol_tells_of_every_message_and_bound() -> None:
    page = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")
    records = (one for one in vars(messages).values() if isinstance(one, type))
    names = {one.__name__ for one in records if one.__module__ == messages.__name__}
    assert {name for name in names if f"`{name}`" not in page} == set()
    bounds = page.partition("| bound | amount |")[2].partition("\n\n")[0]
    told = set(re.findall(r"[\d,]*\d", bounds))
    most = {name: most for name, most in vars(values).items() if name[:4] == "MAX_"}
    assert {name for name in most if f"{most[name]:,}" not in told} == set()


def test_every_word_of_an_author_is_explained() -> None:
    pages = ("checks", "lesson-files", "mistakes", "predictions", "words")
    page = "".join(
        (ROOT / "docs" / f"{name}.md").read_text(encoding="utf-8") for name in pages
    )
    declared = (Exercise.__init__, Exercise.wrong_answer, Exercise.symptom, LessonFacts)
    words = {word for one in declared for word in inspect.signature(one).parameters}
    words -= {"self", "tag", "title", "sentence"}
    assert {word for word in words if not re.search(rf"\b{word}\b", page)} == set()
    names = {f"attempt.{name}" for name in OWN_NAMES}
    assert {name for name in names if name not in page} == set()


def test_the_settings_that_the_page_on_courses_shows_are_explained_there() -> None:
    page = (ROOT / "docs" / "own-course.md").read_text(encoding="utf-8")
    (text,) = re.findall(r"```toml\n(.*?)```", page, re.DOTALL)
    settings = tomllib.loads(text)
    rows = set(re.findall(r"^\| `\[?(\w+)\]?` \|", page, re.MULTILINE))
    assert {*settings, *settings["house_rules"]} <= rows


def test_the_data_module_that_the_page_on_courses_shows_works(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "own-course.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    data = ROOT / "examples" / "kmeans_pca" / "lessons" / "data"
    shutil.copy(data / "leaves.csv", tmp_path)
    (tmp_path / "__init__.py").write_text(code, encoding="utf-8")
    found = runpy.run_path(str(tmp_path / "__init__.py"))["load_leaves"]()
    assert found.shape == (120, 4)


def test_the_example_of_deciding_derivations_runs() -> None:
    page = (ROOT / "docs" / "derivations.md").read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", page, re.DOTALL)
    found: dict[str, Any] = {}
    exec(code, found)
    right = Written({(): table(-found["y"][found["i"]] / found["p"][found["i"]])})
    assert found["problem"].judge(right, 7).verdict is Verdict.EQUAL
