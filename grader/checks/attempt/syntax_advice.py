"""syntax_advice: explain in one sentence a line that Python can't read."""

from __future__ import annotations

import keyword
import re

from grader.course.document.cells import Document
from grader.course.document.foreign_lines import is_sentence
from grader.sandbox import Raised

_TYPES = ("SyntaxError", "IndentationError", "TabError")
_KEYWORDS = "|".join(word for word in keyword.kwlist if word.islower())
_CURLY = {
    "“": '"',
    "”": '"',
    "„": '"',
    "‘": "'",
    "’": "'",
    "−": "-",
    "–": "-",
    "×": "*",
    "·": "*",
    "÷": "/",
    "≤": "<=",
    "≥": ">=",
    "≠": "!=",
}

HTML_CODE = r"(&(?:minus|times|lt|gt|le|ge|ne|amp|quot|nbsp|#\d+);)"
_OPEN = (
    "Is a bracket, a quote, a comma or an operator missing in {line}, or at the end of "
    "the line above it?"
)
# A pattern for the message, a pattern for the line, and the advice. The first row that
# fits is used. The groups of the message are `{0}` and `{1}`; those of the line follow.
# `{line}` is the line as its writer counts, `{Line}` the same with a capital.
_ROWS = (
    (
        r"",
        rf"^(?:@@ |[+-]{{3}} \w|[+-]\s*(?:{_KEYWORDS})\b|[+-]\s*\w+\s*=(?!=))",
        "Is {line} part of a diff? Keep the lines that begin with + without that sign, "
        "and delete those that begin with -.",
    ),
    (
        r"",
        r"^(?:<{7}|={7}$|>{7})",
        "{Line} is the mark of a merge conflict. Delete all these marks, and keep one "
        "of the two texts.",
    ),
    (
        r"",
        r"^\s*File \".*\", line \d+|^\w*Error: ",
        "{Line} is part of an error message. Delete that message.",
    ),
    (
        r"",
        HTML_CODE,
        "{Line} has {0}, the HTML code of a character. Write the character itself.",
    ),
    (r"", r"^\s*(</?\w+[^<>]*>)", "{Line} has {0}, an HTML tag. Delete it."),
    (
        r"^invalid syntax$",
        r"(?:[=(,:\[]|return)\s*(\?+)",
        "The {0} in {line} isn't Python. Is it a blank? Write your answer there.",
    ),
    (
        r"^invalid syntax$",
        r"^[^'\"#]*?[\w)\]](\?+)",
        "The {0} in {line} isn't Python. Does it come from a notebook? There, it shows "
        "help.",
    ),
    (
        r"^invalid syntax$",
        r"\d\s*%\s*(?:[,\])}#]|$)",
        "Python has no percent sign: in {line}, write a percentage as a fraction, such "
        "as 0.3 for 30 percent.",
    ),
    (
        r"expected after dictionary key|leading zeros",
        r"(?<![\w.,])(\d+,\d+)(?![\w.])",
        "In {line}, Python reads {0} as two numbers. Write decimals with a point, and "
        "large numbers without a comma.",
    ),
    (
        r"expression expected after dictionary key",
        "",
        "A value is missing in {line}, after a colon.",
    ),
    (
        r"after line continuation",
        r"\\([A-Za-z]+)",
        "Is \\{0} in {line} LaTeX? Write the formula in Python, such as (p - y) / n.",
    ),
    (
        r"",
        r"^\s*function\s+\w+\s*=\s*(\w+)\s*\(",
        "{Line} is how Matlab begins a function. Python writes def {0}(...): and, at "
        "the end, return.",
    ),
    (
        r"",
        r"(\w+)\s*(?:<-|=)\s*function\s*\(",
        "{Line} isn't how Python begins a function. Write def {0}(...): and, at the "
        "end, return.",
    ),
    (
        r"invalid syntax",
        r"^\s*(const|let|var|double|float|int|void|bool)\s+\w+",
        "Python needs no {0} in front of a name: leave it out in {line}.",
    ),
    (
        r"invalid syntax",
        r"(\.[*/^])",
        "Python has no {0}: for arrays, * / and ** work entry by entry. Leave out the "
        "dot in {line}.",
    ),
    (
        r"inconsistent use of tabs",
        "",
        "{Line} mixes tabs and spaces. Use only spaces, 4 for each level.",
    ),
    (
        r"unindent does not match",
        "",
        "The indentation of {line} matches none of the lines above it. Use 4 spaces "
        "for each level.",
    ),
    (
        r"unexpected indent",
        "",
        "{Line} is indented too far. Remove spaces at its start. Or is a line such as "
        "a def missing above it?",
    ),
    (
        r"expected an indented block",
        "",
        "Python expects an indented block at {line}. Indent the lines that belong to "
        "the def, for or if above by 4 spaces. Write pass if there are none yet.",
    ),
    (
        r"",
        # Not a name that is called or indexed, nor the prompt of a notebook: In [3].
        rf"^\s*(?!(?:True|False|None)\b|In\s*\[)(?=\w*[A-Z])((?i:{_KEYWORDS}))\b"
        r"(?!\s*[.=]|[(\[])",
        "Python's keywords are in lower case. In {line}, write {lower}.",
    ),
    (
        r"invalid syntax",
        r"^\s*(?=\w*[A-Z])((?i:if|elif|while|return|assert))[(\[]",
        "Python's keywords are in lower case. In {line}, write {lower}.",
    ),
    (
        r"invalid syntax",
        rf"^\s*({_KEYWORDS})\s*=(?!=)",
        "{0} is a keyword of Python, so it can't be a name. In {line}, write {0}_ or "
        "another name.",
    ),
    (
        r"expected ':'|invalid syntax",
        r"^\s*else\s+if\b",
        "Python writes elif for else if. Change {line}.",
    ),
    (
        r"expected ':'",
        r"^\s*(def|class|if|elif|else|for|while|with|try|except|finally)\b",
        "A colon (:) is missing in {line}, after the {0} part.",
    ),
    (r"expected ':'", "", "A colon (:) is missing in {line}."),
    (
        r"invalid syntax|illegal target for annotation",
        rf"^\s*(?!(?:{_KEYWORDS})\b)(\w+\s*\([^()]*\))\s*(?:->[^:]*)?:",
        "Is def missing at the start of {line}? A function begins with def {0}:",
    ),
    (
        r"invalid syntax",
        r"^\s*(?:function|func|fn|define)\s+\w+\s*\(",
        "In Python a function begins with def. Change the first word of {line}.",
    ),
    (
        r"^'([(\[{])' was never closed",
        "",
        "The {0} in {line} is never closed. Add the {closing} that belongs to it.",
    ),
    (
        r"^unmatched '([)\]}])'",
        "",
        "{Line} has a {0} too many, or the bracket that opens it is missing.",
    ),
    (
        r"closing parenthesis '(.)' does not match opening parenthesis '(.)'",
        "",
        "In {line} a {1} is closed by a {0}. Is that {0} one too many? If not, write "
        "{closing_second} there.",
    ),
    (
        r"f-string: single '}' is not allowed",
        "",
        "The f-string in {line} has a }} without a {{. To show a brace, write }}}}.",
    ),
    (
        r"f-string: (?:empty expression|valid expression required)",
        "",
        "The f-string in {line} has nothing between {{ and }}. Put a name or an "
        "expression there.",
    ),
    (
        r"f-string: expecting '}'|f-string: expecting a valid expression|"
        r"f-string: unterminated|f-string: unmatched",
        "",
        "Is a }} missing in the f-string in {line}? Or is the quote around it also "
        "used inside its braces? Use the other kind of quote there.",
    ),
    (
        r"unterminated triple-quoted",
        "",
        "The triple-quoted string that begins in {line} is never closed.",
    ),
    (
        r"unterminated (?:f-)?string literal|EOL while scanning",
        "",
        "A text in {line} has no closing quote. Or is there an apostrophe in it? Then "
        "put the text in double quotes.",
    ),
    (
        r"[Mm]aybe you meant '==' (?:or ':=' )?instead of '='|perhaps you meant \"==\"",
        r"^\s*(?:if|elif|while|assert|return)\b|\bif\b",
        "In {line}, = assigns a value. To compare two values, write ==.",
    ),
    (
        r"[Mm]aybe you meant '==' (?:or ':=' )?instead of '='|perhaps you meant \"==\"",
        "",
        "In {line}, the left side of = can't be given a value. Are the two "
        "sides swapped, or do you mean ==?",
    ),
    (
        r"invalid character '(.)'",
        "",
        "{Line} has the character {0}, which often comes from a text editor or a PDF. "
        "{instead}",
    ),
    (
        r"invalid non-printable character",
        "",
        "{Line} has an invisible character, which often comes from a web page or a "
        "PDF. Delete the spaces of that line and type them again.",
    ),
    (
        r"Missing parentheses in call to '(\w+)'",
        "",
        "{0} is a function: in {line}, put its arguments in parentheses, {0}(...).",
    ),
    (
        r"'return' outside function",
        "",
        "The return in {line} is not inside a function. Indent it under its def.",
    ),
    (
        r"positional argument follows keyword argument",
        "",
        "In {line}, put positional arguments before keyword arguments (name=value).",
    ),
    (
        r"invalid (?:decimal|hexadecimal|imaginary) literal",
        "",
        "In {line}, a number runs into a letter. Write products with *, as in 2 * x; a "
        "name can't begin with a digit.",
    ),
    (
        r"invalid syntax",
        r"\+\+|--\s*$",
        "Python has no ++ and no --. In {line}, write += 1 or -= 1.",
    ),
    (
        r"invalid syntax",
        r"&&|\|\|",
        "Python writes and for && and or for ||. Change {line}.",
    ),
    (
        r"[Pp]erhaps you forgot a comma",
        "",
        "Is a comma or an operator such as * missing in {line}?",
    ),
    (
        r"^invalid syntax",
        r"(\*\*|//|[=!<>]=|[-+*/%@]?=|[-+*/%@])\s*(?:#.*)?$",
        "{Line} ends with {0}. Is something missing after it?",
    ),
    (r"^invalid syntax", "", _OPEN),
)
_CLOSING = {"(": ")", "[": "]", "{": "}"}


_SENTENCE = (
    "Is {line} a sentence? Begin a comment with #, and put quotes around a text."
)
# The beginning of an assignment, of a dict's entry or of a return, up to its value.
_BEFORE_A_VALUE = re.compile(
    r"^\s*(?:return\s|[\"'][^\"']*[\"']\s*:|\w+(?:\[[^\]]*\])?\s*=)?\s*"
)


def advise_on_syntax(raised: Raised, document: Document) -> str:
    """Return what is wrong with a line that Python can't read, or "".

    If Python's message leaves the cause open, the sentence is a question.
    """
    if raised.line is None or raised.type_name not in _TYPES:
        return ""
    python_message, source = raised.message, raised.source_line
    line = document.place_of(raised.line)
    if is_sentence(_BEFORE_A_VALUE.sub("", source, count=1).rstrip(" ,")):
        return _SENTENCE.format(line=line)
    for message, code, sentence in _ROWS:
        match = re.search(message, python_message)
        inside = re.search(code, source)
        if not match or not inside:
            continue
        groups = (*match.groups(), *inside.groups())
        first, second = (*groups, "", "")[:2]
        if sentence is _OPEN and re.search(r"\bline 1$", line):
            sentence = _OPEN.partition(", or at the end")[0] + "?"
        return sentence.format(
            *groups,
            line=line,
            Line=line[:1].upper() + line[1:],
            lower=first.lower(),
            closing=_CLOSING.get(first, ""),
            closing_second=_CLOSING.get(second, ""),
            instead=f"Write {_CURLY[first]} instead."
            if first in _CURLY
            else "Python has no such sign: type it again, or leave it out.",
        )
    return ""
