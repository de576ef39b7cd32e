"""prose: a linter for the English that people read here.

It reads Markdown, lessons, the strings that a program shows, docstrings and comments,
and reports words and turns of phrase for which plain English has better ones. Run it
with ``python -m grader.authoring.prose [--shown] [paths]``; without paths it reads
everything that has to be clean.
"""

from __future__ import annotations

import ast
import enum
import re
import sys
from bisect import bisect
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

import msgspec

ROOT = Path(__file__).parents[2]

# Files and folders that aren't clean yet, by the beginning of their path. Take yours
# out when it is.
NOT_YET: tuple[str, ...] = (
    "lessons/lesson1_",
    "solutions/lesson1_",
    "lessons/lesson2_",
    "solutions/lesson2_",
    "lessons/lesson3_",
    "solutions/lesson3_",
    "lessons/lesson9_",
    "solutions/lesson9_",
    "lessons/lesson10_",
    "solutions/lesson10_",
    "lessons/lesson11_",
    "solutions/lesson11_",
    "lessons/demo.py",
    "lessons/fixtures.py",
    "tools/",
)
# Those whose docstrings and comments aren't clean yet; what they show is.
NOT_YET_NOTES: tuple[str, ...] = ("grader/",)

READ = (
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs"),
    *("solutions", "lessons", "grader", "tools"),
)
# What is made from another file, or quotes the old words in order to find them.
NOT_READ = ("lessons/*/lesson.py", "grader/authoring/prose.py", "lessons/data/*")
MOST_WORDS = 30

# What a rule would report although it is right: a path's beginning, words of the
# sentence, and why they may stay.
ALLOWED: tuple[tuple[str, str, str], ...] = (
    ("grader/mutations/catalogue.py", "divided for taken away", "a stored name"),
    ("grader/mutations/catalogue.py", "nothing taken away", "a stored name"),
    ("grader/mutations/catalogue.py", "comparison turned round", "a stored name"),
    ("lessons/lesson7_network/exercises/a_count.py", "layer alone", "a stored name"),
    (
        "lessons/lesson8_training/exercises/d_report.py",
        "argmax of photos",
        "a stored name",
    ),
    (
        "lessons/lesson8_training/exercises/d_report.py",
        "loss of each photo",
        "a stored name",
    ),
    (
        "lessons/lesson8_training/exercises/d_report.py",
        "comparison turned round",
        "a stored name",
    ),
    ("lessons/lesson8_training/exercises/e_confusion.py", "shares of", "a stored name"),
    (
        "lessons/lesson8_training/exercises/e_confusion.py",
        "photo left out",
        "a stored name",
    ),
    ("lessons/lesson8_training/exercises/f_worst.py", "for the truth", "a stored name"),
    (
        "lessons/lesson8_training/exercises/f_worst.py",
        "comparison turned round",
        "a stored name",
    ),
    ("grader/diagnosis/early_return.py", "first item alone", "a stored name"),
    ("grader/diagnosis/early_return.py", "first row alone", "a stored name"),
    ("grader/diagnosis/early_return.py", "share of the first row", "a stored name"),
    ("grader/authoring/verify/natural_attempts.py", "Asked, and not", "it is found"),
    ("grader/cli/author.py", "memory or walls", "the name of a measurement"),
    ("docs/joining.md", "hang on the wall", "a wall of a room"),
)


class Kind(enum.StrEnum):
    """Who reads a text: the users of the program, or those who change it."""

    SHOWN = "shown"
    NOTE = "note"


class Passage(msgspec.Struct, frozen=True):
    """A paragraph, a string or a comment of a file, as one line of text.

    Attributes:
        text: its words; code in it is replaced by ``code``.
        lines: the number of the line that each part of it begins on, by offset.
        kind: who reads it.
    """

    text: str
    lines: tuple[tuple[int, int], ...]
    kind: Kind = Kind.SHOWN

    def line_at(self, offset: int) -> int:
        """Return the line of the file for an offset into the text."""
        found = bisect(self.lines, (offset, sys.maxsize)) - 1
        return self.lines[max(found, 0)][1]


class Rule(msgspec.Struct, frozen=True):
    """A pattern, and what to write instead."""

    name: str
    pattern: re.Pattern[str]
    advice: str


class ProseProblem(msgspec.Struct, frozen=True):
    """A place where a rule applies."""

    path: str
    line: int
    rule: str
    found: str
    sentence: str
    advice: str
    kind: Kind

    def __str__(self) -> str:
        return (
            f"{self.path}:{self.line}: {self.rule}: '{self.found}' "
            f"(write: {self.advice})\n    {self.sentence}"
        )


def _rule(name: str, advice: str, pattern: str, case: bool = False) -> Rule:
    return Rule(name, re.compile(pattern, 0 if case else re.IGNORECASE), advice)


_BE = r"(?:is|are|was|were|be|been|being|'s|isn't|aren't)"
_IMAGES = r"\b(?:photos?|images?|examples?|digits?|set|loss|accuracy)\b"
_START = r"(?:(?<=^)|(?<=[.!?:;] ))"
RULES = (
    # The words that every other source uses.
    _rule("photo", "image, or training example", r"\bphotos?\b"),
    _rule(
        "held back",
        "validation set or images",
        rf"{_IMAGES}[^.;]{{0,40}}\bheld[ -]back\b|\bheld[ -]back {_IMAGES}",
    ),
    _rule("slope", "derivative, or gradient", r"\bslopes?\b"),
    _rule("raw scores", "logits", r"\bscores? z\b|\braw scores?\b"),
    _rule(
        "share",
        "fraction, or proportion",
        r"\bshares? of\b|\b(?:a|the|its|this|that|which|same|each|large|small) share\b",
    ),
    _rule("truth", "true class, or label", r"\bthe truths?\b|\btruth \d|\btruths\b"),
    _rule("spread", "standard deviation", r"\b(?:the|a|this|its|same|of) spread\b"),
    _rule(
        "read a digit", "classify", r"\breads? (?:a |the |its |handwritten )?digits?\b"
    ),
    _rule("taken away", "subtract", r"\b(?:takes?|taken|took|taking) away\b"),
    _rule("turned round", "reverse, or negate", r"\bturn(?:s|ed|ing)? round\b"),
    _rule("above the line", "in the numerator", r"\b(?:stands?|is) above the line\b"),
    _rule(
        "brackets of a call",
        "parentheses",
        r"\bbrackets? (?:behind|after)\b|\b(?:without|put|its|with|in) brackets\b",
    ),
    _rule("mend", "fix", r"\bmend(?:s|ed|ing)?\b"),
    _rule("wall", "sandbox layer, or isolation", r"\bwalls?\b(?! clock|-clock| time)"),
    _rule("in work", "in progress", r"\bin work\b"),
    _rule("anew", "again", r"\banew\b"),
    # Who does what.
    _rule(
        "told, said",
        "say who does what: the report shows, warns, says",
        rf"\b{_BE} (?:not |never |also |only )?(?:told|said)\b(?! to be)"
        r"|\b(?:tells?|told|said) of\b|\btold apart\b",
    ),
    _rule(
        "is asked for",
        "the imperative: return ..., use ...",
        rf"\b{_BE} (?:not |never |only )?asked for\b|\bwhat {_BE} asked\b",
    ),
    _rule(
        "stand",
        "is, or is in",
        r"\b(?:stands?|stood|standing)\b(?![ -](?:alone|out|up|for|still|in for|by)\b)",
    ),
    _rule(
        "lie",
        "is, or is in",
        r"\b(?:lies?|lay|lying) (?:in|on|at|beside|below|above|there|under|next)\b",
    ),
    _rule(
        "hold",
        "contain, has, or is true",
        r"\bholds? (?:no|an?|all|every|each|only|what|its|their|of|nothing|more)\b"
        r"|\b(?:does|do|did)(?: not|n't) hold\b|\bwhat holds\b",
    ),
    _rule(
        "alone",
        "only",
        r"(?<!let )(?<!left )(?<!leave it )(?<!leaves it )(?<!stand)\balone\b",
    ),
    _rule("headless clause", "if you ..., a learner who ...", r"\bwhoever\b"),
    _rule(
        "headless clause",
        "name the subject",
        rf"{_START}(?:Who|Whose|Whom|Whatever|What) (?!about\b|you\b)[^?:]{{20,}}\."
        r"(?=$| [A-Z])",
        case=True,
    ),
    _rule("fronted 'Of'", "subject first", rf"{_START}Of (?!course\b)", case=True),
    _rule(
        "is no",
        "isn't a, has no, or there is no",
        r"(?<!there )\b(?:is|are|was|were) no (?!longer|more than|one\b|need|way|"
        r"better|worse|different|use\b)\w+|\bnothing but\b"
        r"|\bno more(?= [a-z]+(?<!than)\b)",
    ),
    _rule(
        "in the place of",
        "instead of",
        r"\bin (?:the )?places? of\b",
    ),
    _rule(
        "of its own",
        "its own, or separate",
        r"\bof (?:its|one's|our) own\b",
    ),
    _rule(
        "of numpy's",
        "a NumPy array, a Python int, Keras models",
        r"\b(?:numbers?|arrays?|errors?|models?|ints?|floats?|loss(?:es)?|layers?|"
        r"functions?|objects?|lists?) of (?:numpy|python|keras|pytorch)\b",
    ),
    _rule("letters", "characters", r"(?:\d|\bmany|\}) letters\b"),
    _rule("is to be", "you can ..., must be", rf"\b{_BE} to be (?:had|seen|read)\b"),
    _rule("not yet so", "say what is wrong", r"\bnot yet so\b"),
)


def lint_text(passage: Passage, path: str = "") -> Iterator[ProseProblem]:
    """Yield what is wrong with one passage."""
    for start, sentence in _sentences(passage.text):
        words = sentence.split()
        found = [
            (rule, match)
            for rule in RULES
            if (match := rule.pattern.search(sentence)) is not None
        ]
        for rule, match in found:
            if not _is_allowed(path, sentence):
                yield ProseProblem(
                    path,
                    passage.line_at(start + match.start()),
                    rule.name,
                    _shorten(match[0]),
                    sentence,
                    rule.advice,
                    passage.kind,
                )
        if len(words) > MOST_WORDS and not _is_allowed(path, sentence):
            yield ProseProblem(
                path,
                passage.line_at(start),
                "long sentence",
                f"{len(words)} words",
                sentence,
                f"{MOST_WORDS} words at most; make two sentences of it",
                passage.kind,
            )


def _shorten(words: str) -> str:
    return words if len(words) < 40 else f"{words[:36]} ..."


def _is_allowed(path: str, sentence: str) -> bool:
    return any(
        path.startswith(start) and words in sentence for start, words, _ in ALLOWED
    )


_SENTENCE_END = re.compile(
    r"(?<=[.!?])[\"')*_]*\s+(?=[\"'(*_`]*(?:[A-Z0-9]|code(?:_|\b)))|(?<=:)\s+(?=[A-Z])"
)


def _sentences(text: str) -> Iterator[tuple[int, str]]:
    start = 0
    for match in _SENTENCE_END.finditer(text):
        yield start, text[start : match.start()].strip()
        start = match.end()
    if text[start:].strip():
        yield start, text[start:].strip()


def lint_file(path: Path) -> Iterator[ProseProblem]:
    """Yield what is wrong with a file."""
    inside = path.resolve()
    name = str(inside.relative_to(ROOT) if inside.is_relative_to(ROOT) else path)
    text = path.read_text(encoding="utf-8")
    for passage in passages_of(text, path.suffix, is_lesson=_is_lesson(name)):
        yield from lint_text(passage, name)


def _is_lesson(name: str) -> bool:
    return name.startswith(("lessons/", "solutions/"))


def passages_of(text: str, suffix: str, is_lesson: bool = False) -> Iterator[Passage]:
    """Yield what people read of a file.

    Args:
        text: its content.
        suffix: the end of its name, such as ``.py``.
        is_lesson: whether its docstrings and comments are for learners.
    """
    lines = list(enumerate(text.splitlines(), 1))
    if suffix == ".md":
        yield from _markdown(lines)
    elif suffix == ".py":
        yield from _python(text, lines, Kind.SHOWN if is_lesson else Kind.NOTE)
    elif suffix in (".html", ".js"):
        yield from _web(lines)


_CODE = re.compile(r"(`+)(?:(?!\1).)+?\1")
_FORMULA = re.compile(r"\$[^$\n]+\$")
_LINK = re.compile(r"\[([^\]]*)\]\([^)]*\)")
_FENCE = re.compile(r"\s*(?:```|~~~)")
_SET_APART = re.compile(r"\s*(?:[-*+]|\d+\.|#+|>|[a-e]\))\s+")


def _markdown(lines: Iterable[tuple[int, str]]) -> Iterator[Passage]:
    """Yield the paragraphs, items, headings and table cells of Markdown."""
    paragraph: list[tuple[int, str]] = []
    in_code = False
    for number, line in lines:
        if _FENCE.match(line):
            in_code = not in_code
            line = ""
        elif in_code or (line.startswith("    ") and not paragraph):
            continue
        if line.lstrip().startswith("|"):
            yield from _join(paragraph)
            paragraph = []
            for cell in line.strip().strip("|").split("|"):
                yield from _join([(number, cell.strip(" :-"))])
            continue
        apart = _SET_APART.match(line)
        if not line.strip() or apart:
            yield from _join(paragraph)
            paragraph = []
        if line.strip():
            paragraph.append((number, line[apart.end() :] if apart else line))
        if apart and line.lstrip().startswith("#"):
            yield from _join(paragraph)
            paragraph = []
    yield from _join(paragraph)


def _join(
    lines: Sequence[tuple[int, str]], kind: Kind = Kind.SHOWN
) -> Iterator[Passage]:
    """Yield these lines as one passage, without code, formulas and addresses."""
    text, starts = "", []
    for number, line in lines:
        starts.append((len(text), number))
        text += line.strip() + " "
    # What replaces a stretch of text is as long as it, so that offsets stay.
    for pattern in (_CODE, _FORMULA):
        text = pattern.sub(lambda m: "code".ljust(len(m[0]), "_"), text)
    text = _LINK.sub(lambda m: m[1].ljust(len(m[0])), text)
    text = text.replace("**", "  ").replace("\u2019", "'")
    text = re.sub(r"\s(?=\s)", " ", text)
    if text.strip():
        yield Passage(text.rstrip(), tuple(starts), kind)


_MARKDOWN_CELL = re.compile(r"# %%.*\[markdown\]")
_COMMENT = re.compile(r"(?:^|\s\s)\s*#:? (?!%%|noqa|type:|fmt:|ruff:|pragma)(.*)")


def _python(
    text: str, lines: Sequence[tuple[int, str]], notes: Kind
) -> Iterator[Passage]:
    """Yield a Python file's text cells, strings, docstrings and comments."""
    docstrings: set[ast.AST] = set()
    parts_of_others: set[ast.AST] = set()
    strings: list[tuple[ast.expr, str]] = []
    for node in ast.walk(ast.parse(text)):
        if isinstance(
            node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef
        ):
            first = node.body[0] if node.body else None
            if isinstance(first, ast.Expr):
                docstrings.add(first.value)
        elif isinstance(node, ast.Call):
            parts_of_others.update(_names_of_slips(node))
        elif isinstance(node, ast.JoinedStr):
            parts_of_others.update(ast.walk(node))
            words = "".join(
                str(part.value) if isinstance(part, ast.Constant) else "{}"
                for part in node.values
            )
            strings.append((node, words))
        elif (
            isinstance(node, ast.Constant)
            and isinstance(node.value, str)
            and node not in parts_of_others
        ):
            strings.append((node, node.value))
    taken: set[int] = set()
    for node, words in strings:
        begin, last = node.lineno, node.end_lineno or node.lineno
        if last > begin:
            taken.update(range(begin, last + 1))
        if node in docstrings:
            yield from _docstring(begin, words, notes)
        elif _is_prose(words):
            for number, part in enumerate(words.split("\n"), begin):
                yield from _join([(min(number, last), part)])
    yield from _comments(lines, taken, notes)


def _names_of_slips(call: ast.Call) -> Iterator[ast.AST]:
    """Yield the strings in a call that name slips: such names are stored, not shown."""
    if isinstance(call.func, ast.Name) and call.func.id == "slip":
        yield from call.args[:1]
    for keyword in call.keywords:
        if keyword.arg in ("slip", "without"):
            yield from ast.walk(keyword.value)
        elif keyword.arg == "sentences" and isinstance(keyword.value, ast.Dict):
            yield from filter(None, keyword.value.keys)


def _is_prose(words: str) -> bool:
    """Return whether a string is English, and not code, markup, SQL or a path."""
    found = re.findall(r"(?<![\w.\\/<-])[A-Za-z][a-z']*(?![\w\\/>(=_-])", words)
    letters = sum(map(len, found))
    return len(found) >= 3 and letters > 0.5 * len(words.strip())


def _docstring(first: int, words: str, kind: Kind) -> Iterator[Passage]:
    """Yield the paragraphs of a docstring, each Args entry and each example apart."""
    paragraph: list[tuple[int, str]] = []
    base = 0
    is_example = False
    for number, line in enumerate(words.expandtabs().split("\n"), first):
        bare = line.strip()
        if bare.startswith((">>>", "...")):
            is_example = True
        if not bare or re.fullmatch(
            r"(?:Args|Returns|Raises|Yields|Attributes):", bare
        ):
            yield from _join(paragraph, kind)
            paragraph, is_example = [], False
            continue
        if is_example:
            continue
        base = len(line) - len(bare) if number > first else 0
        entry = re.match(r"[\w*`., ]+: ", bare) if base >= 8 else None
        if entry and len(bare[: entry.end()].split()) < 4:
            yield from _join(paragraph, kind)
            paragraph = [(number, bare[entry.end() :])]
        else:
            paragraph.append((number, bare))
        if bare.endswith("::"):
            yield from _join(paragraph, kind)
            paragraph, is_example = [], True
    yield from _join(paragraph, kind)


def _comments(
    lines: Sequence[tuple[int, str]], taken: set[int], kind: Kind
) -> Iterator[Passage]:
    """Yield the comments of a Python file, and its text cells as Markdown."""
    together: list[tuple[int, str]] = []
    cell: list[tuple[int, str]] | None = None
    for number, line in lines:
        if line.startswith("# %%"):
            yield from _markdown(cell or ())
            cell = [] if _MARKDOWN_CELL.match(line) else None
        elif cell is not None and line.startswith("#"):
            cell.append((number, line[2:]))
            continue
        found = None if number in taken else _COMMENT.search(line)
        is_whole = bool(found) and line.lstrip().startswith("#")
        if not is_whole or line.startswith("# %%"):
            yield from _join(together, kind)
            together = []
        if found:
            together.append((number, found[1]))
            if not is_whole:
                yield from _join(together, kind)
                together = []
    yield from _markdown(cell or ())
    yield from _join(together, kind)


_TAG = re.compile(r"<[^>]*>|\{[%{#].*?[%}#]\}")
_QUOTED = re.compile(r'"((?:[^"\\\n]|\\.)*)"|`((?:[^`\\\n]|\\.)*)`')


def _web(lines: Sequence[tuple[int, str]]) -> Iterator[Passage]:
    """Yield the text of a page, or the strings and comments of a script, by line."""
    for number, line in lines:
        bare = line.strip()
        comment = re.match(r"(?://|\*|/\*) ?(.*)", bare)
        if comment:
            yield from _join([(number, comment[1])], Kind.NOTE)
            continue
        line, mark, remark = line.partition("; // ")
        bare = line.strip()
        if mark:
            yield from _join([(number, remark)], Kind.NOTE)
        for found in _QUOTED.finditer(line):
            words = _TAG.sub(" ", found[1] or found[2] or "")
            if _is_prose(words):
                yield from _join([(number, words)])
        words = _TAG.sub(" ", bare)
        if not _QUOTED.search(words) and _is_prose(words):
            yield from _join([(number, words)])


def files_to_read(paths: Sequence[str | Path] = READ) -> Iterator[Path]:
    """Yield the files below these paths that hold text for people."""
    for path in map(Path, paths):
        path = path if path.is_absolute() or path.exists() else ROOT / path
        found = sorted(path.rglob("*")) if path.is_dir() else [path]
        for file in found:
            if file.suffix not in (".md", ".py", ".html", ".js") or not file.is_file():
                continue
            if not any(file.resolve().match(str(ROOT / one)) for one in NOT_READ):
                yield file


def problems(paths: Sequence[str | Path] = READ) -> Iterator[ProseProblem]:
    """Yield all problems in the files below these paths."""
    for file in files_to_read(paths):
        yield from lint_file(file)


def is_due(problem: ProseProblem) -> bool:
    """Return whether a problem is in a part that has to be clean already."""
    if problem.path.startswith(NOT_YET):
        return False
    return problem.kind is Kind.SHOWN or not problem.path.startswith(NOT_YET_NOTES)


def main(arguments: Sequence[str]) -> int:
    """Print the problems below some paths, and return 1 if there are any."""
    paths = [one for one in arguments if one != "--shown"]
    found = list(problems(paths or READ))
    if not paths:
        found = [one for one in found if is_due(one)]
    if "--shown" in arguments:
        found = [one for one in found if one.kind is Kind.SHOWN]
    for one in found:
        print(one)
    print(f"{len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
