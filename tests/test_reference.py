"""docs/words.md says what an exercise may use, from the program's own docstrings."""

from __future__ import annotations

import inspect
from pathlib import Path

from grader import checks
from grader.attempt import OWN_NAMES
from grader.authoring.reference import (
    Word,
    chapters,
    entries_of,
    parameters_of,
    split_docstring,
    write_reference,
)
from tests.commands import run_command

ROOT = Path(__file__).parent.parent
PAGE = ROOT / "docs" / "words.md"
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


def test_dev_reference_writes_the_page_and_finds_that_it_is_out_of_date(
    tmp_path: Path,
) -> None:
    assert run_command(tmp_path, "dev.reference", "--out", "pages")[0] == 0
    (written,) = (tmp_path / "pages").iterdir()
    assert (written.name, written.read_bytes()) == ("words.md", PAGE.read_bytes())
    words = ("dev.reference", "--out", "pages", "--check")
    assert run_command(tmp_path, *words) == (0, "")
    written.write_text("old", encoding="utf-8")
    code, text = run_command(tmp_path, *words)
    assert (code, written.read_text(encoding="utf-8")) == (1, "old")
    assert "dev.reference --out pages" in text


def test_in_this_project_it_writes_and_checks_the_page_of_promises(
    tmp_path: Path,
) -> None:
    words = ("dev.reference", "--out", str(tmp_path))
    assert run_command(ROOT, *words)[0] == 0
    assert {one.name for one in tmp_path.iterdir()} == {"promises.md", "words.md"}
    written = tmp_path / "promises.md"
    assert written.read_bytes() == (ROOT / "docs" / "promises.md").read_bytes()
    written.write_text("old", encoding="utf-8")
    assert run_command(ROOT, *words, "--check")[0] == 1
