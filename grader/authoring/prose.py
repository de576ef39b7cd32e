"""prose: a linter for the project's English.

It reads Markdown, lessons, the strings that a program shows, docstrings and comments.
It reports words and phrases that have a better form in plain English. Run it with
``python -m grader.authoring.prose [--shown] [paths]``. Without paths it reads
everything.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec

from grader.authoring.prose_reader import Kind, Passage, passages_of

ROOT = Path(__file__).parents[2]

READ = (
    *("README.md", "CONTRIBUTING.md", "SECURITY.md", "CHANGELOG.md", "docs"),
    *("solutions", "lessons", "grader", "tools", "tasks.py", "examples"),
)
# Files that are generated from others, or that quote the old words to find them.
NOT_READ = (
    "lessons/*/lesson.py",
    "grader/authoring/prose.py",
    "lessons/data/*",
    "examples/*/lessons/*/lesson.py",
)
MOST_WORDS = 30

# Exceptions: the beginning of a path, words of the sentence, and why they may stay.
ALLOWED: tuple[tuple[str, str, str], ...] = (
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
    ("lessons/lesson8_training/exercises/e_confusion.py", "shares of", "a stored name"),
    (
        "lessons/lesson8_training/exercises/e_confusion.py",
        "photo left out",
        "a stored name",
    ),
    ("lessons/lesson8_training/exercises/f_worst.py", "for the truth", "a stored name"),
    ("grader/diagnosis/derived_answers.py", "first item alone", "a stored name"),
    ("grader/diagnosis/derived_answers.py", "first row alone", "a stored name"),
    ("grader/diagnosis/derived_answers.py", "share of the first row", "a stored name"),
    ("grader/authoring/verify/natural_attempts.py", "Asked, and not", "it is found"),
    ("grader/cli/author.py", "memory or walls", "the name of a measurement"),
    ("grader/document/page_builder.py", "# BEGIN SOLUTION", "a table"),
    ("lessons/lesson1_", "extremes of the first photo", "a stored name"),
    ("lessons/lesson1_", "axes for photos", "a stored name"),
    ("lessons/lesson1_", "numbers for photos", "a stored name"),
    ("lessons/lesson1_", "first of test alone", "a stored name"),
    ("lessons/lesson1_", "nothing taken away", "a stored name"),
    ("lessons/lesson1_", "share of train", "a stored name"),
    ("lessons/", "comparison turned round", "a stored name"),
    ("lessons/lesson2_", "photos in columns", "a stored name"),
    ("lessons/lesson2_", "pixels before photos", "a stored name"),
    ("lessons/lesson2_", "rows of photos", "a stored name"),
    ("lessons/lesson2_", "first photo everywhere", "a stored name"),
    ("lessons/lesson2_", "The truth value of an array", "NumPy's own words"),
    ("lessons/lesson3_", "label of the photo above", "a stored name"),
    ("lessons/lesson3_", "one photo fewer", "a stored name"),
    ("lessons/lesson3_", "last one alone", "a stored name"),
    ("lessons/lesson3_", "first one alone", "a stored name"),
    ("docs/joining.md", "hang on the wall", "a wall of a room"),
)


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
    # Use the words that every other source uses.
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
    # Say who does what.
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
    """Yield the problems in one passage."""
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
    """Yield the problems in a file."""
    inside = path.resolve()
    name = str(inside.relative_to(ROOT) if inside.is_relative_to(ROOT) else path)
    text = path.read_text(encoding="utf-8")
    for passage in passages_of(text, path.suffix, is_lesson=_is_lesson(name)):
        yield from lint_text(passage, name)


def _is_lesson(name: str) -> bool:
    return re.match(r"(examples/\w+/)?(lessons|solutions)/", name) is not None


def files_to_read(paths: Sequence[str | Path] = READ) -> Iterator[Path]:
    """Yield the files below these paths that contain text for people."""
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


def main(arguments: Sequence[str]) -> int:
    """Print the problems below some paths, and return 1 if there are any."""
    paths = [one for one in arguments if one != "--shown"]
    found = list(problems(paths or READ))
    if "--shown" in arguments:
        found = [one for one in found if one.kind is Kind.SHOWN]
    for one in found:
        print(one)
    print(f"{len(found)} problems")
    return 1 if found else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
