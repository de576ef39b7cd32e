"""marking: sentences with their code set as code, and values with what differs marked.

Sentences are plain text, because a terminal shows them, too.
"""

from __future__ import annotations

import difflib
import itertools
import math
import re
from collections.abc import Iterator

from grader.course.document.markup import Content, Html, join, tag

_NAME = r"[^\W\d]\w{0,60}"
# Code that an author has marked, and what can only be code: f(x), a[1], np.exp, x=1,
# one_hot, ValueError. And the number of a line.
_CODE = re.compile(
    r"`(?P<marked>[^`\n]{1,200})`"
    r"|(?P<line>\b[Ll]ine (?P<number>\d{1,7})\b)"
    rf"|(?P<code>\b(?:(?:np|keras|tf|plt|math|ops)(?:\.{_NAME}){{1,4}}"
    rf"|{_NAME}=(?:[-\w.]{{1,40}}|\"[^\"\n]{{1,40}}\")"
    rf"|{_NAME}\((?!s\))[^()\n]{{0,60}}\)"
    rf"|{_NAME}\[(?:[-\w:., ]{{1,40}}|\"[^\"\n]{{1,40}}\")\]"
    r"|[A-Za-z]\w{0,40}_\w{1,40}"
    r"|[A-Z]\w{1,40}(?:Error|Exception)\b)(?:\(\))?)"
)
_TOKEN = re.compile(r"[\s,\[\](){}]+|[^\s,\[\](){}]+")
_WORD = re.compile(r"[A-Za-z_][\w.]*")  # such as np.array
_MOST_TOKENS = 400
_ALIKE = 1e-6  # numbers that differ less aren't marked: they are shown rounded


def set_sentence(words: str, has_lines: bool = False) -> Html:
    """Return a sentence as HTML, with its code set as code.

    Args:
        words: the sentence.
        has_lines: whether the number of a line is a link to it.

    >>> set_sentence("Is `axis` missing in line 3?", has_lines=True)
    'Is <code>axis</code> missing in <a href="#line-3" data-line="3">line 3</a>?'
    """
    parts: list[Content] = []
    end = 0
    for match in _CODE.finditer(words):
        parts.append(words[end : match.start()])
        end = match.end()
        if number := match["number"]:
            parts.append(link_line(number, match[0]) if has_lines else match[0])
        else:
            parts.append(tag("code", match["marked"] or match["code"]))
    return join([*parts, words[end:]])


def link_line(number: int | str, words: str) -> Html:
    """Return a link to a line of the learner's file, for the page that shows it."""
    return tag("a", words, href=f"#line-{number}", data_line=str(number))


def mark_differences(expected: str, got: str) -> tuple[Html, Html]:
    """Return two values with the parts marked that differ.

    Nothing is marked if everything differs, or if they are long.

    >>> mark_differences("[1, 2]", "[1, 3]")
    ('[1, <mark>2</mark>]', '[1, <mark>3</mark>]')
    """
    sides = [_TOKEN.findall(text) for text in (expected, got)]
    if max(map(len, sides)) > _MOST_TOKENS:
        return join([expected]), join([got])
    is_alike = _compare(*sides)
    known = [
        is_same
        for tokens, same in zip(sides, is_alike, strict=True)
        for token, is_same in zip(tokens, same, strict=True)
        if _is_value(token) and not _WORD.fullmatch(token)
    ]
    if not any(known):
        return join([expected]), join([got])
    left, right = (
        join(_mark(tokens, same)) for tokens, same in zip(sides, is_alike, strict=True)
    )
    return left, right


def _compare(left: list[str], right: list[str]) -> tuple[list[bool], list[bool]]:
    """Return which tokens of each side the other one has at the same place."""
    if len(left) == len(right):
        pairs = [_are_alike(a, b) for a, b in zip(left, right, strict=True)]
        return pairs, pairs
    is_alike = [False] * len(left), [False] * len(right)
    matcher = difflib.SequenceMatcher(None, left, right, autojunk=False)
    for block in matcher.get_matching_blocks():
        for side, start in zip(is_alike, (block.a, block.b), strict=True):
            side[start : start + block.size] = [True] * block.size
    return is_alike


def _is_value(token: str) -> bool:
    return token.strip(", \n\t[](){}") != ""


def _are_alike(a: str, b: str) -> bool:
    if a == b or not (_is_value(a) and _is_value(b)):
        return a.split() == b.split()
    try:
        return math.isclose(float(a), float(b), rel_tol=_ALIKE)
    except ValueError:
        return False


def _mark(tokens: list[str], same: list[bool]) -> Iterator[Content]:
    pairs = zip(tokens, same, strict=True)
    for is_marked, run in itertools.groupby(
        pairs, lambda pair: _is_value(pair[0]) and not pair[1]
    ):
        text = "".join(token for token, _ in run)
        yield tag("mark", text) if is_marked else text
