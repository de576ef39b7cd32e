"""typeset: a lesson's text as HTML, with its formulas as MathML.

The text is Markdown with two additional rules. Text between dollar signs is a formula
in the plain notation that a terminal shows unchanged; see `formulas`. And an indented
block with a marked formula is a block of formulas, not of code.

Learners write the text that is typeset here, so the cost is limited: text that is
longer than people write is shown as source.
"""

from __future__ import annotations

import functools
import re
import threading
from collections.abc import Callable, Sequence
from typing import Any

from markdown_it import MarkdownIt
from markdown_it.renderer import RendererHTML
from markdown_it.rules_block import StateBlock, table
from markdown_it.token import Token
from mdit_py_plugins.dollarmath import dollarmath_plugin

from grader.course.document.markup import Html, escape, join, tag
from grader.course.document.typeset.formulas import formula
from grader.course.installation import COMMAND_IN_TEXTS

__all__ = [
    "LONGEST_CODE",
    "LONGEST_TEXT",
    "as_written",
    "code",
    "formula",
    "inline",
    "marked_formulas",
    "plain",
    "rewrite",
    "text",
]

# The longest of the lessons' own texts has 800 characters. Typesetting takes up to 10
# microseconds per character, whatever the text is.
LONGEST_TEXT = 10_000
LONGEST_CODE = 20_000
# From every character, some rules of the highlighter look ahead to the end of the line,
# or of the spaces and empty lines around it.
_LONGEST_CODE_LINE = 1_000
_WIDE_GAP = re.compile(r"\s{200}")
# Short rows are filled up to the number of columns in the first one, so a few
# characters could make thousands of cells.
_MOST_TABLE_CELLS = 2_000
_MARKED = re.compile(r"(?<![\\\w$])\$(?!\s)([^$\n]+?)(?<!\s)\$(?![\w$])")
DrawCommand = Callable[[str], Html]
_PROGRAM = f"{COMMAND_IN_TEXTS} "
# Another thread would find the lists of its rules unfinished.
_MAKING = threading.Lock()
_POINTS, _JOINER = (".", ",", ";", ":", "?", "!", ")"), "\u2060"
_PERCENT = re.compile(r"(?<=\d) %")
_GAP = re.compile(r"( {2,})")
# The only HTML tags that a lesson's text may contain.
_FOLD = re.compile("(</?details>|<details open>|</?summary>)")


def text(source: str, draw_command: DrawCommand | None = None) -> Html:
    """Return a text cell as HTML; everything that isn't Markdown stays text.

    Args:
        source: the text.
        draw_command: draws a command, which it gets without its program's name; by
            default commands are shown as they are typed.
    """
    if len(source) > LONGEST_TEXT:
        many = f"A text of more than {LONGEST_TEXT:,} characters"
        return as_written(source, f"{many} is shown as it is written.")
    return Html(_parser().render(source, {"draw_command": draw_command}))


def inline(source: str) -> Html:
    """Return one line of a text as HTML, with code, bold, italics and formulas."""
    return Html(_parser().renderInline(source))


def as_written(source: str, why: str) -> Html:
    """Return a text unchanged, after the reason why it isn't typeset, if given."""
    reason = tag("p", why, class_="quiet") if why else Html("")
    return join((reason, tag("pre", source, tabindex=0)))


def code(source: str) -> Html:
    """Return Python as HTML with classes for highlighting; long code has none."""
    longest = max(map(len, source.split("\n")))
    is_usual = len(source) <= LONGEST_CODE and longest <= _LONGEST_CODE_LINE
    if not is_usual or _WIDE_GAP.search(source):
        return escape(source)
    from pygments import highlight

    # Not from `pygments.lexers` or `.formatters`: those modules replace themselves
    # while they are imported, and another thread would find them empty at that moment.
    from pygments.formatters.html import HtmlFormatter
    from pygments.lexers.python import PythonLexer

    lexer = PythonLexer(stripnl=False)
    return Html(highlight(source, lexer, HtmlFormatter(nowrap=True)))


def rewrite(source: str, write: Callable[[str], str]) -> str:
    """Return the text with each marked formula rewritten in another notation."""
    return _MARKED.sub(lambda found: write(found[1]), source)


def plain(source: str) -> str:
    """Return the text without the marks of its formulas, as a terminal shows it.

    >>> plain("This is $p_k = exp(z_k) / S$, for 5$ or 6$.")
    'This is p_k = exp(z_k) / S, for 5$ or 6$.'
    """
    return rewrite(source, str)


def marked_formulas(source: str) -> list[str]:
    """Return the formulas that are marked in a text, without their marks."""
    return _MARKED.findall(source)


def _parser() -> MarkdownIt:
    with _MAKING:
        return _make_parser()


@functools.cache
def _make_parser() -> MarkdownIt:
    parser = MarkdownIt("commonmark", renderer_cls=_Renderer).enable("table")
    parser.use(
        dollarmath_plugin, allow_labels=False, allow_space=False, allow_digits=False
    )
    parser.block.ruler.at("table", _bounded_table, {"alt": ["paragraph", "reference"]})
    # The plugin has registered its own rules, which these replace.
    parser.add_render_rule("math_inline", _Renderer.math_inline)
    parser.add_render_rule("math_block", _Renderer.math_block)
    # For its first text it makes the lists of its rules, and for its first link a table
    # of characters. Another thread would use what is only half made.
    parser.render("word <https://example.org/%20>")
    return parser


def _bounded_table(state: StateBlock, first: int, end: int, silent: bool) -> bool:
    """Parse a table that begins in a line, unless it could have too many cells."""
    columns = state.src.count("|", state.bMarks[first], state.eMarks[first])
    is_bounded = columns * (end - first) <= _MOST_TABLE_CELLS
    return is_bounded and table(state, first, end, silent)


class _Renderer(RendererHTML):
    """Render the tokens that need special treatment; markdown-it calls it by name."""

    def math_inline(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        shown = formula(tokens[index].content)
        follows = tokens[index + 1].content if index + 1 < len(tokens) else ""
        # Otherwise a browser may begin a line with the full stop after a formula.
        return shown + _JOINER if follows.startswith(_POINTS) else shown

    def math_block(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        lines = tokens[index].content.strip().splitlines()
        return _block([formula(line.strip(), is_display=True) for line in lines])

    def text(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        # A line must not begin with the percent sign of a number on the line above.
        return escape(_PERCENT.sub("\N{NO-BREAK SPACE}%", tokens[index].content))

    def code_inline(self, tokens: Sequence[Token], index: int, _: Any, env: Any) -> str:
        source, draw_command = tokens[index].content, env.get("draw_command")
        if draw_command is not None and source.startswith(_PROGRAM):
            return escape(draw_command(source.removeprefix(_PROGRAM)))
        return tag("code", source)

    def code_block(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        source = tokens[index].content.rstrip("\n")
        if _MARKED.search(source):
            return _block([_formula_line(line) for line in source.splitlines()])
        # With a tabindex, the keyboard can also scroll a block that is wider than the
        # page.
        return tag("pre", source, tabindex=0)

    def fence(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        token = tokens[index]
        is_python = token.info.strip() in ("python", "py")
        shown = code(token.content) if is_python else escape(token.content)
        return tag("pre", tag("code", shown), tabindex=0)

    def html_block(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return _allow_folds(tokens[index].content)

    def html_inline(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        return _allow_folds(tokens[index].content)

    def table_open(self, *_: Any) -> str:
        return '<div class="wide" tabindex="0"><table>'

    def table_close(self, *_: Any) -> str:
        return "</table></div>"

    def image(self, tokens: Sequence[Token], index: int, *_: Any) -> str:
        # Show only its text: a page loads nothing from elsewhere.
        return escape(tokens[index].content)


def _block(lines: Sequence[Html]) -> Html:
    # A block that may be wider than the page can be scrolled with the keyboard.
    shown = (tag("p", line) for line in lines)
    return tag("div", *shown, class_="formulas", tabindex=0)


def _formula_line(line: str) -> Html:
    """Return a line of a block of formulas, with its formulas, words and gaps."""
    parts: list[Html] = []
    for place, piece in enumerate(_MARKED.split(line)):
        if place % 2:
            parts.append(formula(piece, is_display=True))
            continue
        for number, words in enumerate(_GAP.split(piece)):
            parts.append(
                tag("span", words, class_="gap") if number % 2 else inline(words)
            )
    return join(parts)


def _allow_folds(source: str) -> Html:
    # The pattern doesn't match spaces around a tag. If it did, it would look at every
    # space again from each of those before it.
    parts = _FOLD.split(source)
    shown: list[Html | str] = []
    for place, part in enumerate(parts):
        if place % 2:
            shown.append(Html(part))
            continue
        words = part.lstrip() if place else part
        shown.append(words.rstrip() if place < len(parts) - 1 else words)
    return join(shown)
