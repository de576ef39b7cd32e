"""Templates escape what they draw, and a terminal needs none of them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

import jinja2
import pytest

from grader.course.document import templates
from grader.course.document.markup import Html
from grader.course.document.templates import render
from tests.support.project import ROOT
from tests.support.served_course import make_course

FILES = sorted((ROOT / "grader").rglob("templates/*.html"))
EVIL = '<script>alert("1")</script>\x1b[2J'


@pytest.mark.parametrize("path", FILES, ids=lambda path: "/".join(path.parts[-3::2]))
def test_a_template_has_no_way_around_escaping(path: Path) -> None:
    text = re.sub(r"(?s){#.*?#}", "", path.read_text(encoding="utf-8"))
    assert not re.search(r"\|\s*safe\b|\bMarkup\b|autoescape|xmlattr|tojson", text)
    # Escaped or not, a value without quotes could end its attribute.
    assert not re.search(r"=\s*{{", text)
    # Nothing of a learner's may stand in a script or in a style.
    inside = re.findall(r"(?s)<(?:script|style)[^>]*>(.*?)</", text)
    assert set(inside) <= {"", "{{ script }}", "{{ style }}"}


def render_text(monkeypatch: pytest.MonkeyPatch, text: str, **values: object) -> str:
    # The program's own environment, with one template more.
    environment = templates._environment().overlay(
        loader=jinja2.DictLoader({"one.html": text})
    )
    monkeypatch.setattr(templates, "_environment", lambda: environment)
    return render("one.html", **values)


def test_what_is_no_html_is_escaped_and_cleaned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    text = '<p title="{{ x }}">{{ x }}{{ made }}</p>'
    drawn = render_text(monkeypatch, text, x=EVIL, made=Html("<b>1</b>"))
    said = "&lt;script&gt;alert(&quot;1&quot;)&lt;/script&gt;"
    assert "\x1b" not in drawn
    assert drawn.startswith(f'<p title="{said}')
    assert drawn.endswith("<b>1</b></p>")


def test_a_name_that_is_missing_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(jinja2.UndefinedError):
        render_text(monkeypatch, "{{ x }}")


def test_none_is_never_shown(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(TypeError):
        render_text(monkeypatch, "{{ x }}", x=None)


def test_a_grading_in_a_terminal_imports_no_templates(tmp_path: Path) -> None:
    make_course(tmp_path)
    program = (
        "import sys\n"
        "from grader.cli.program import main\n"
        "code = main()\n"
        "sys.exit(30 + ('jinja2' in sys.modules) if code == 1 else 3)\n"
    )
    command = [sys.executable, "-c", program, "grade", "1"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 30, done.stdout + done.stderr
    assert "Twice" in done.stdout
