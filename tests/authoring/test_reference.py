"""docs/words.md says what an exercise may use, from the program's own docstrings."""

from __future__ import annotations

import inspect
import shutil

from grader import checks
from grader.authoring.reference import (
    Word,
    chapters,
    entries_of,
    parameters_of,
    split_docstring,
    write_reference,
)
from grader.checks.attempt import OWN_NAMES
from tests.support.commands import run_command
from tests.support.project import ROOT
from tests.support.toy_lesson import Toy

PAGE = ROOT / "docs" / "words.md"
OLD = "old; `dev.build` writes this page from something"
WORDS = [word for chapter in chapters() for word in chapter.words]


def described(word: Word) -> set[str]:
    """The arguments that a word's docstring describes."""
    sections = split_docstring(inspect.getdoc(word.of) or "")[1]
    return {
        name.strip()
        for section in ("Args", "Attributes")
        for names, _ in entries_of(sections.get(section, ""))
        for name in names.split(",")
    }


def test_the_page_is_what_the_docstrings_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == write_reference()


def test_every_word_is_explained_and_so_are_its_arguments_if_it_has_several() -> None:
    assert [one.title for one in WORDS if not inspect.getdoc(one.of)] == []
    missing = [
        f"{word.title}: {one.name}"
        for word in WORDS
        for one in parameters_of(word)
        if len(parameters_of(word)) > 2 and one.name not in described(word)
    ]
    assert missing == []


def test_no_docstring_describes_an_argument_that_does_not_exist() -> None:
    for word in WORDS:
        if inspect.isfunction(word.of):
            names = {one.name for one in parameters_of(word)}
            assert described(word) <= names, word.title


def test_what_checks_are_written_with_is_on_the_page() -> None:
    titles = {word.title for word in WORDS}
    functions = {n for n in checks.__all__ if inspect.isfunction(getattr(checks, n))}
    assert functions <= titles
    assert {f"attempt.{name}" for name in OWN_NAMES} <= titles
    assert {"x.check", "x.wrong_answer", "expect(answer).close_to"} <= titles


def test_dev_build_writes_the_page_and_finds_that_it_is_out_of_date(
    toy: Toy,
) -> None:
    written = toy.root / "docs" / "words.md"
    written.parent.mkdir()
    written.write_text(OLD, encoding="utf-8")
    code, text = run_command(toy.root, "dev.build")
    assert (code, "docs/words.md" in text) == (0, True)
    assert written.read_bytes() == PAGE.read_bytes()
    assert [one.name for one in written.parent.iterdir()] == ["words.md"]
    code, text = run_command(toy.root, "dev.build")
    assert (code, text.split()) == (0, ["0", "pages", "changed."])
    assert run_command(toy.root, "dev.build", "--check") == (0, "")
    written.write_text(OLD, encoding="utf-8")
    code, text = run_command(toy.root, "dev.build", "--check")
    assert (code, written.read_text(encoding="utf-8")) == (1, OLD)
    assert "words.md differs from what the program can do." in text
    assert text.rstrip().endswith("dev.build")
    assert run_command(toy.root, "dev.build")[0] == 0
    assert written.read_bytes() == PAGE.read_bytes()


def test_a_course_that_has_no_such_page_yet_lacks_none(toy: Toy) -> None:
    for words in (("dev.build",), ("dev.build", "--check")):
        assert run_command(toy.root, *words)[0] == 0
        assert not (toy.root / "docs").exists()


def test_a_page_of_the_author_s_own_stays(toy: Toy) -> None:
    own = toy.root / "docs" / "words.md"
    own.parent.mkdir()
    own.write_text("# Words of our course\n", encoding="utf-8")
    for words in (("dev.build",), ("dev.build", "--check")):
        code, text = run_command(toy.root, *words)
        assert (code, "words.md" in text) == (0, False)
    assert own.read_text(encoding="utf-8") == "# Words of our course\n"


def test_in_this_project_it_writes_and_checks_the_page_of_promises(
    toy: Toy,
) -> None:
    project = toy.root
    shutil.copytree(ROOT / "tests", project / "tests")
    shutil.copytree(ROOT / "docs", project / "docs")
    run_command(project, "dev.build")
    page = project / "docs" / "promises.md"
    before = page.read_bytes()
    page.write_text(OLD, encoding="utf-8")
    code, text = run_command(project, "dev.build", "--check")
    assert (code, "promises.md differs" in text) == (1, True)
    assert page.read_text(encoding="utf-8") == OLD
    code, text = run_command(project, "dev.build")
    assert (code, page.read_bytes()) == (0, before)
    assert before == (ROOT / "docs" / "promises.md").read_bytes()
    assert text.split() == ["written", "docs/promises.md", "1", "page", "changed."]
    assert run_command(project, "dev.build", "--check") == (0, "")
