"""reference: write the page about the words of an exercise, from their docstrings."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterator, Mapping
from types import ModuleType
from typing import Any, NamedTuple

from grader import checks, derivation_checks, derivations
from grader.authoring.traveling_values import write_table
from grader.checks import Exercise, Expectation
from grader.checks.attempt import Answer, Attempt, AttemptFunction, RemoteObject
from grader.checks.mutations import CATALOGUE
from grader.derivation_checks import DerivationAssertions
from grader.derivation_checks.findings import OTHER_ENDINGS
from grader.derivations import Ending
from grader.derivations.naming import FINDINGS
from grader.derivations.wrong_derivations import RULES

_HEAD = """\
# The words of an exercise

Everything that the checks of a lesson may use. `dev.build` writes this page from
the program's own descriptions.
"""
_FINDINGS_HEAD = """\
## The findings of a judgement

These are the names for `mistakes` and `mistake(on=...)`, beside those in a problem's
`known` and `instead`. `dev.verify` shows what an example is judged as.

| name | meaning |
|---|---|"""
_CATALOGUE_HEAD = """\
## The slips of the catalogue

`x.slips()` tries them all. `x.slips(without=("bits",))` leaves some out, and
`wrong_answer(slip="bits")` counts a mistake with one of them. An edit isn't made where
its new operation does nothing: `n - 1` never becomes `n / 1`.

| name | what learners read first | edits |
|---|---|---|"""
_PROBLEM_WORDS = ("Problem", "Domain", "Form", "Given", "Tied", "Link", "RequiredStep")
_LONGEST_HEADING = 60
_IN_CODE = re.compile(r"``(.+?)``", re.DOTALL)
_SECTION = re.compile(r"^(Args|Attributes|Returns|Raises|Example):\n", re.MULTILINE)
_ENTRY = re.compile(r"^(\S[^:\n]*):\s", re.MULTILINE)


class Word(NamedTuple):
    """Something that an author may write.

    Attributes:
        title: how the word is written, such as ``expect(answer).equals``.
        of: the function, class or property.
    """

    title: str
    of: Any


class Chapter(NamedTuple):
    """A heading of the page, with its words.

    Attributes:
        title: the heading.
        opening: what an author reads first.
        words: in the order of the page.
    """

    title: str
    opening: str
    words: tuple[Word, ...]


def _members(owner: type, prefix: str, without: tuple[str, ...] = ()) -> list[Word]:
    """Return the public methods and properties of a class."""
    return [
        Word(f"{prefix}.{name}", member)
        for name, member in vars(owner).items()
        if not name.startswith("_") and name not in without and _is_word(member)
    ]


def _is_word(member: Any) -> bool:
    return inspect.isfunction(member) or isinstance(member, property)


def _functions(module: ModuleType, without: tuple[str, ...] = ()) -> list[Word]:
    """Return the functions that a module exports."""
    members = ((name, getattr(module, name)) for name in module.__all__)
    return [
        Word(name, one)
        for name, one in members
        if inspect.isfunction(one) and name not in without
    ]


def chapters() -> tuple[Chapter, ...]:
    """Return the chapters of the page."""
    return (
        Chapter(
            "Exercises and mistakes",
            "From `grader.checks`. Here, `x` is what `exercise` has returned.",
            (
                Word("exercise", Exercise),
                *_members(Exercise, "x", ("wrong_answers", "symptoms")),
                Word("Alternative", checks.Alternative),
                *_functions(checks, ("callback",)),
            ),
        ),
        Chapter(
            "Questions and answers",
            "A check asks for its `attempt`. Any other name of it is a function of the "
            "learner's: `attempt.mean([1, 2])` calls `mean` and returns an `Answer`.",
            (
                *_members(Attempt, "attempt"),
                Word("attempt.mean.unfollowed", AttemptFunction.unfollowed),
                Word("answer", Answer),
                Word("answer.via", Answer.via),
                Word("callback", checks.callback),
                Word("model", RemoteObject),
                *_members(RemoteObject, "model", ("is_reachable",)),
            ),
        ),
        Chapter(
            "Expectations",
            "`expect` takes the answer of a question. If it isn't as expected, the "
            "check ends and the exercise is wrong.",
            (
                *_members(Expectation, "expect(answer)"),
                Word("expect.raises", checks.expect.raises),
            ),
        ),
        Chapter(
            "Derivations",
            "From `grader.derivation_checks`. `assertions(x, attempt, rng)` returns "
            "what is called `proved` here.",
            (
                *_functions(derivation_checks),
                *_members(DerivationAssertions, "proved"),
            ),
        ),
        Chapter(
            "Problems to derive",
            "From `grader.derivations`.",
            tuple(Word(name, getattr(derivations, name)) for name in _PROBLEM_WORDS),
        ),
    )


def write_reference() -> str:
    """Return the page in Markdown."""
    parts = [_HEAD, *(_chapter(one) for one in chapters())]
    return "\n".join([*parts, _findings(), write_table(), _catalogue()])


def _findings() -> str:
    """Return the chapter about what a judgement of a derivation can find."""
    rows = {
        **FINDINGS,
        **{tag: f"a wrong rule: you {cause}" for tag, (cause, _) in RULES.items()},
        **{str(one): "an ending of a derivation" for one in Ending if one != "right"},
        **OTHER_ENDINGS,
    }
    table = (f"| `{name}` | {on_one_line(words)} |" for name, words in rows.items())
    return "\n".join([_FINDINGS_HEAD, *table]) + "\n"


def _catalogue() -> str:
    """Return the chapter about the slips that all lessons share."""
    rows = (
        f"| `{one.name}` | {on_one_line(one.sentence.partition(chr(10))[0])} | "
        f"{', '.join(f'`{on_one_line(edit)}`' for edit in one.edits)} |"
        for one in CATALOGUE
    )
    return "\n".join([_CATALOGUE_HEAD, *rows]) + "\n"


def _chapter(chapter: Chapter) -> str:
    opening = "\n".join(textwrap.wrap(chapter.opening, 120))
    words = "\n".join(_write_word(one) for one in chapter.words)
    return f"## {chapter.title}\n\n{opening}\n\n{words}"


def _write_word(word: Word) -> str:
    """Return the part of the page about one word."""
    text, sections = split_docstring(inspect.getdoc(word.of) or "")
    signature = _signature(word)
    if len(signature) <= _LONGEST_HEADING:
        parts = [f"### `{signature}`", _prose(text)]
    else:
        called = "\n".join(textwrap.wrap(signature, 88, subsequent_indent="    "))
        parts = [f"### `{word.title}`", f"```python\n{called}\n```", _prose(text)]
    for name in ("Args", "Attributes"):
        if rows := list(entries_of(sections.get(name, ""))):
            kind = "argument" if name == "Args" or _is_made(word) else "attribute"
            table = [f"| `{one}` | {on_one_line(meaning)} |" for one, meaning in rows]
            parts.append("\n".join([f"| {kind} | meaning |", "|---|---|", *table]))
    if "Returns" in sections:
        parts.append(f"Returns {_prose(sections['Returns'])}")
    if "Example" in sections:
        # A docstring can't contain the quotes of another one.
        example = textwrap.dedent(sections["Example"]).strip().replace("'''", '"""')
        parts.append(f"```python\n{example}\n```")
    return "\n\n".join(parts) + "\n"


def _is_made(word: Word) -> bool:
    """Return whether authors make the object themselves, so that it has arguments."""
    return inspect.isclass(word.of) and word.of not in (Answer, RemoteObject)


def _signature(word: Word) -> str:
    """Return how the word is written: with its arguments, if it is called."""
    if not parameters_of(word):
        return f"{word.title}()" if inspect.isfunction(word.of) else word.title
    shown = [
        one.replace(annotation=inspect.Parameter.empty) for one in parameters_of(word)
    ]
    signature = str(inspect.Signature(shown)).replace("'", '"')
    # The default of a field is a factory, which isn't what an author would write.
    return word.title + re.sub(r"=<[^>]*>", "=...", signature)


def parameters_of(word: Word) -> list[inspect.Parameter]:
    """Return the arguments that an author may write."""
    if not callable(word.of) or (inspect.isclass(word.of) and not _is_made(word)):
        return []
    parameters = inspect.signature(word.of).parameters.values()
    return [one for one in parameters if one.name != "self"]


def split_docstring(doc: str) -> tuple[str, Mapping[str, str]]:
    """Return a docstring's text, and its sections by name.

    >>> split_docstring("Add up.\\n\\nArgs:\\n    x: a row.")
    ('Add up.', {'Args': '    x: a row.'})
    """
    text, *rest = _SECTION.split(doc)
    sections = dict(zip(rest[::2], (one.rstrip() for one in rest[1::2]), strict=True))
    return text.strip(), sections


def entries_of(section: str) -> Iterator[tuple[str, str]]:
    """Yield the names in a section, such as its arguments, with their meanings.

    >>> list(entries_of("    a, b: two\\n        numbers.\\n    c: another."))
    [('a, b', 'two numbers.'), ('c', 'another.')]
    """
    _, *found = _ENTRY.split(textwrap.dedent(section))
    for name, meaning in zip(found[::2], found[1::2], strict=True):
        yield name, " ".join(meaning.split())


def on_one_line(text: str) -> str:
    return _IN_CODE.sub(r"`\1`", " ".join(text.split())).replace("|", "\\|")


def _prose(text: str) -> str:
    """Return paragraphs in Markdown, with code that follows ``::`` as a block."""
    shown: list[str] = []
    for paragraph in re.split(r"\n\s*\n", text.strip("\n")):
        if paragraph.startswith("    ") and shown and shown[-1].endswith("::"):
            shown[-1] = shown[-1].removesuffix(":")
            shown.append(f"```python\n{textwrap.dedent(paragraph)}\n```")
        elif paragraph.startswith("    ") and shown and shown[-1].endswith("```"):
            block = shown[-1].removesuffix("\n```")
            shown[-1] = f"{block}\n\n{textwrap.dedent(paragraph)}\n```"
        else:
            shown.append("\n".join(textwrap.wrap(on_one_line(paragraph), 120)))
    return "\n\n".join(shown)
