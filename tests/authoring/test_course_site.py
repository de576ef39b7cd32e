"""The course as a site: made without a network, read from a folder, asks nobody."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pytest

from grader.authoring.course_site import copy_documents, find_documents
from grader.authoring.course_site.lesson_pages import (
    CellOutput,
    _draw_output,
    _draw_text,
)
from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.course.document.cells import Cell, Document
from grader.course.document.kept_figures import find_kept
from grader.course.document.predictions import HELD_BACK
from tests.support.browsers import OpenBrowser, at_each_width, browser_test, wait_for
from tests.support.project import ROOT
from tests.support.toy_lesson import Toy
from tools.shots.browser import Browser

pytest.importorskip("zensical")
# What a page would fetch by itself; a link is followed by people alone.
_FETCHED = re.compile(
    r'(?:<(?:script|img|iframe)\b[^>]*?\bsrc|<link\b[^>]*?\bhref)="([^"]*)"'
)
# Figures are loaded when they are seen; here all are.
DRAWN = "return [...document.images].every((one) => one.naturalWidth > 0)"
UNHURRIED = "for (const one of document.images) one.loading = 'eager'"
# The names of landmarks of one kind that stand more than once.
REPEATED = """
const shown = [...document.querySelectorAll('nav:not([role=none])')]
  .filter(one => one.checkVisibility());
const names = shown.map(one => one.getAttribute('aria-label')
  ?? document.getElementById(one.getAttribute('aria-labelledby'))?.innerText.trim());
return names.filter((name, place) => !name || names.indexOf(name) !== place)
"""
_OFFLINE = ["unshare", "--user", "--map-root-user", "--net", "--"]
SEARCHED = """
const host = [...document.querySelectorAll('*')].find(e => e.shadowRoot);
const input = host.shadowRoot.querySelector('input');
if (arguments[0] === undefined && !window.asked) {
  window.asked = true; input.value = WORDS;
  input.dispatchEvent(new InputEvent('input', {bubbles: true, composed: true})) }
return [...host.shadowRoot.querySelectorAll('a')].map(a => a.textContent).join(' ')
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The whole site, made where there is no network if that can be had here."""
    goal = tmp_path_factory.mktemp("made") / "site"
    offline = _OFFLINE if _is_possible() else []
    command = [*offline, sys.executable, "-m", "invoke", "dev.site", "--out", str(goal)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, timeout=600, check=False
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "index.html" in done.stdout.replace("\n", "")
    return goal


def _is_possible() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run([*_OFFLINE, "true"], capture_output=True).returncode == 0


@pytest.mark.slow
def test_every_lesson_and_every_document_has_its_page(site: Path) -> None:
    for lesson in catalog.lessons(ROOT):
        html = (site / f"{lesson.name}.html").read_text(encoding="utf-8")
        for cell in Document.read(lesson.page).cells:
            if cell.tag:
                assert f" grade {cell.tag}<" in html
        kept = find_kept(lesson.folder, Document.read(lesson.page).code_cells)
        figures = [one for ones in kept.values() for one in ones]
        assert html.count("<summary>Code of the figure, ") == len(kept) > 0
        for name in (name for one in figures for name in one.files):
            assert f'src="{lesson.name}-{name}"' in html
            assert (site / f"{lesson.name}-{name}").is_file()
        assert html.count(HELD_BACK) == sum(not ones for ones in kept.values())
        assert html.count('<div class="card">') == len(
            Document.read(lesson.page).headings
        )
    for pages in find_documents(ROOT).values():
        for path in pages.values():
            assert (site / path).with_suffix(".html").is_file(), path


@pytest.mark.slow
def test_the_whole_course_can_be_downloaded(site: Path) -> None:
    (archive,) = site.glob("*.zip")
    assert f'href="{archive.name}"' in (site / "index.html").read_text("utf-8")
    with zipfile.ZipFile(archive) as packed:
        names = {name.partition("/")[2] for name in packed.namelist()}
        assert packed.testzip() is None
    assert names >= {"README.md", "pyproject.toml", "course.toml", "grader/__main__.py"}
    assert names >= {f"lessons/{one.name}/lesson.py" for one in catalog.lessons(ROOT)}
    assert "lessons/lesson3_cross_entropy/figures/1-light.png" in names


@pytest.mark.slow
def test_no_page_fetches_anything_from_elsewhere(site: Path) -> None:
    fetched = {
        address
        for page in site.rglob("*.html")
        for address in _FETCHED.findall(page.read_text(encoding="utf-8"))
    }
    assert any("search_in_frame" in address for address in fetched)
    assert [one for one in fetched if one.startswith(("http:", "https:", "//"))] == []


@pytest.mark.slow
def test_no_link_leads_nowhere(site: Path) -> None:
    links = re.compile(r'<a\b[^>]*?\bhref="([^"#?]+)')
    for page in site.rglob("*.html"):
        if page.name == "404.html":  # a server shows it, whatever was asked for
            continue
        for to in links.findall(page.read_text(encoding="utf-8")):
            if not to.startswith(("http:", "https:", "mailto:")):
                assert (page.parent / to).exists(), f"{page.name}: {to}"


@pytest.mark.slow
def test_every_link_has_a_name(site: Path) -> None:
    nameless = re.compile(r"<a\b(?![^>]*\baria-label=)[^>]*\bhref=[^>]*>\s*</a>")
    for page in site.rglob("*.html"):
        assert nameless.findall(page.read_text(encoding="utf-8")) == [], page.name


@pytest.mark.slow
@pytest.mark.browser
@browser_test
def test_it_is_read_from_a_folder(site: Path, open_browser: OpenBrowser) -> None:
    browser = open_browser(1280)
    for page in sorted(set(site.glob("*.html")) - {site / "404.html"}):
        browser.open(page)
        for width in at_each_width(browser):
            assert browser.overflow() == 0, (page.name, width)
            browser.run(UNHURRIED)
            wait_for(lambda: browser.run(DRAWN), 30)
            assert browser.run(REPEATED) == [], (page.name, width)
    for _ in at_each_width(browser):
        browser.open(site / "lesson4_derivation.html")
        sizes = browser.run(
            "return [...document.querySelectorAll('math')]"
            ".map(m => m.getBoundingClientRect()).map(r => Math.min(r.width, r.height))"
        )
        assert isinstance(sizes, list)
        assert len(sizes) > 10
        assert min(sizes) > 4
        assert "perplexity" in search(browser, "perplexity").lower()
    assert browser.log() == []


def search(browser: Browser, words: str) -> str:
    """What is found from a page that is opened as a file."""
    browser.run("document.querySelector('.md-search__button').click()")
    script = SEARCHED.replace("WORDS", repr(words))
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline:
        time.sleep(0.5)
        if words in (found := str(browser.run(script)).lower()):
            return found
    return ""


def test_headings_are_markdown_and_what_stands_between_is_set() -> None:
    source = "# Lesson 3  A *b*\nText with $p_k$.\n## 3a  Do  it   (5 points, 2 minutes)\nMore."
    parts = list(_draw_text(Cell(source, is_text=True)))
    assert parts[0] == r"# Lesson 3  A \*b\*"
    assert "<math" in parts[1]
    assert parts[2] == "## 3a  Do  it"
    assert "5 points, 2 minutes" in parts[3]
    assert parts[4] == '<div class="lesson"><p>More.</p>\n</div>'


def test_what_is_printed_cannot_become_markup(tmp_path: Path) -> None:
    output = CellOutput("a\n\n<script>b</script>\n# c\n")
    (part,) = _draw_output(output, "lesson1-9", tmp_path)
    assert "<script>" not in part
    assert "\n\n" not in part


def test_links_lead_inside_the_site_or_nowhere(tmp_path: Path) -> None:
    copy_documents(ROOT, tmp_path)
    first = (tmp_path / "index.md").read_text(encoding="utf-8")
    assert "(docs/workshop.md)" in first
    assert "(LICENSE)" not in first
    assert "[Read lesson 1 now](lesson1_arrays.md)" in first
    assert {
        path for some in find_documents(ROOT).values() for path in some.values()
    } >= {f"docs/{page.name}" for page in (ROOT / "docs").glob("*.md")}
    assert "README.md)" not in (tmp_path / "docs" / "index.md").read_text("utf-8")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "thesis.txt").write_text("mine")
    return tmp_path


def test_a_folder_that_holds_something_else_is_left_alone(folder: Path) -> None:
    command = [sys.executable, "-m", "invoke", "dev.site", "--out", str(folder)]
    done = subprocess.run(
        command, cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 2
    assert "contains something that isn't a site" in " ".join(done.stderr.split())
    assert (folder / "thesis.txt").read_text() == "mine"


def test_a_course_of_ones_own_lists_the_pages_that_it_has(
    toy: Toy, tmp_path: Path
) -> None:
    assert find_documents(toy.root) == {}
    copy_documents(toy.root, tmp_path / "texts")
    assert (tmp_path / "texts" / "index.md").read_text("utf-8") == "# Lessons\n"
    (toy.root / "README.md").write_text("# Toys\n\n## Start\n\nHere.\n")
    (toy.root / "docs").mkdir()
    (toy.root / "docs" / "more.md").write_text("# More toys\n")
    assert find_documents(toy.root) == {"Documentation": {"More toys": "docs/more.md"}}
    copy_documents(toy.root, tmp_path / "again")
    first = (tmp_path / "again" / "index.md").read_text("utf-8")
    assert "[Read lesson 1 now](lesson1_toy.md)" in first
    (toy.root / "docs" / "site.toml").write_text('[Other]\n"Gone" = "docs/gone.md"\n')
    with pytest.raises(Misuse, match=r"names docs/gone\.md, which doesn't exist"):
        find_documents(toy.root)
