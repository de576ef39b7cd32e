"""failure_messages: the outcome and the text for a reply that isn't an answer."""

from __future__ import annotations

import ast
import functools
import re
from collections.abc import Callable, Sequence
from typing import Any

from grader.checks.attempt.advice import advise, has_finished_code_below, parameters
from grader.checks.attempt.answers import Answer, Broken, Callback, Changed
from grader.checks.attempt.failure import parse_or_none
from grader.checks.attempt.name_advice import without_a_far_guess
from grader.course.document.bindings import describe_overwritten, is_main
from grader.course.document.cells import EXERCISE_TAG, Document
from grader.report import Finding, Outcome
from grader.sandbox import (
    Ended,
    Garbled,
    Lost,
    Missing,
    OutOfMemory,
    Raised,
    Spent,
    TimedOut,
)
from grader.sandbox.library_messages import useful_line

_FAR_RIGHT = 9_999
_TAG = re.compile(EXERCISE_TAG, re.ASCII)
# For an exception that came before there was a file.
NO_DOCUMENT = Document(b"")
_KEPT = "Your function does not modify its arguments."

# The text if a grading as a whole has used up its budget.
_SPENT = {
    "wall": (
        "The grading stopped here: all calls of your functions together took more than "
        "{most:g} seconds. Does each of them wait, or run a slow loop?"
    ),
    "answers": (
        "The grading stopped here: all answers of your functions together took more "
        "than {most:g} MB. Return only what the exercise needs."
    ),
    "judge": (
        "The grading stopped here: checking your answers took more than {most:g} "
        "seconds. Are they much larger than the exercise needs, or far more in number?"
    ),
}


def explain_exception(
    raised: Raised,
    answer: Answer,
    tag: str,
    tags: Sequence[str],
    document: Document = NO_DOCUMENT,
) -> tuple[Outcome, Finding | Callable[[], Finding]]:
    """Return the outcome and the text for an exception of the learner's code.

    Unless it comes from a stub, the text is worked out only if it is shown.
    """
    if _is_of_a_stub(raised):
        if raised.tag in tags and raised.tag != tag:
            earlier = tags[: tags.index(tag)] if tag in tags else tags
            what = "comes first" if raised.tag in earlier else "hasn't been written yet"
            sentence = f"{answer.target} needs exercise {raised.tag}, which {what}."
            return Outcome.SKIPPED, Finding(
                sentence, line=raised.line, needs=raised.tag
            )
        sentence = f"{answer.target} hasn't been written yet."
        if raised.tag not in tags and _TAG.fullmatch(raised.tag):
            # It was an exercise when the learner's page was made.
            cell = f"the function in the cell of {raised.tag}"
            sentence = f"{answer.target} needs {cell}, which hasn't been written yet."
        elif has_finished_code_below(raised, document.content):
            sentence += (
                " If it is written below, delete the line raise NotImplementedError."
            )
        elif twice := _describe_twice(answer.target, document):
            sentence = f"{twice} That one is still the lesson's own: delete it."
        return Outcome.NOT_ATTEMPTED, Finding(sentence, line=raised.line)
    return Outcome.RAISED, functools.partial(_explain, raised, answer, document)


def _describe_twice(name: str, document: Document) -> str:
    """Return a sentence about a function that is defined more than once, or ""."""
    file = parse_or_none(document.content)
    return describe_overwritten(name, file, document.place_of) if file else ""


def _explain(raised: Raised, answer: Answer, document: Document) -> Finding:
    sentence = error = describe_in_one_line(raised)
    if advice := advise(raised, document):
        error = _without_a_guess(sentence, advice).rstrip(".")
        end = "" if error.endswith("?") else "."
        sentence = f"{error}{end} {advice}"
    return Finding(
        sentence,
        **answer.asked,
        error=error,
        column=_column(raised),
        line=raised.line,
        source=raised.source_line,
        trace=raised.trace,
    )


def _without_a_guess(sentence: str, advice: str) -> str:
    """Return Python's message without the name that it guesses, if more is known.

    The guess depends only on the letters: for a Figure's imshow it is show, for ln len.
    """
    is_known = sentence.startswith("AttributeError") or any(
        words in advice
        for words in (
            *(" is a module, ", " natural logarithm ", "Write it in quotes"),
            "PyTorch calls it ",
        )
    )
    # Since Python 3.13 it also guesses names of arguments, without the colon.
    guess = r"\. Did you mean:? '\w+'\?$"
    return re.sub(guess, "", sentence) if is_known else sentence


def describe_in_one_line(raised: Raised) -> str:
    """Return an exception's type and its message."""
    message = useful_line(raised.message)
    if raised.type_name == "NameError":
        message = without_a_far_guess(message)
    if raised.type_name == "SystemExit" and message == "None":
        message = ""
    return f"{raised.type_name}: {message}".rstrip(": ")


def _is_of_a_stub(raised: Raised) -> bool:
    """Return whether the attempt itself says that something isn't written yet.

    Libraries raise the same exception for what they can't do.
    """
    is_own = "NotImplementedError" in raised.source_line
    return raised.type_name == "NotImplementedError" and is_own


def _column(raised: Raised) -> int | None:
    """Return the column of a SyntaxError; None if it isn't worth pointing to."""
    offset = raised.offset or 0  # from the learner's side, so it may be any number
    return offset if 0 < offset <= _FAR_RIGHT else None


def explain_stub_at_load(raised: Raised) -> Finding:
    """Return the text for a call of a stub outside of every function."""
    what = f"exercise {raised.tag}" if raised.tag else "a function"
    sentence = (
        f"While loading, your file called {what}, which hasn't been written yet. "
        'Indent such a call under: if __name__ == "__main__":'
    )
    return Finding(sentence, trace=raised.trace)


def explain_too_many_calls(
    function: Callback, answer: Answer
) -> tuple[Outcome, Finding]:
    """Return the outcome and the text if a function was called too often."""
    sentence = (
        f"Stopped: {answer.target} called {function.name} more than {function.most} "
        "times; far fewer are needed. Is there a loop that never ends?"
    )
    return Outcome.TIMED_OUT, Finding(sentence, **answer.asked)


def explain_changes(
    answer: Answer, places: Sequence[int | str], source: bytes
) -> Finding:
    """Return the text for a call that changed arguments in place; it names them."""
    parameter_names = dict(enumerate(parameters(answer.target, source)))
    names = [
        parameter_names.get(place, str(place + 1)) if isinstance(place, int) else place
        for place in places
    ]
    which = f"argument{'s' if names[1:] else ''} {' and '.join(names)}"
    sentence = f"{answer.target} changed its {which} in place."
    # The check's own claim was met, so the finding gets this one.
    return Finding(sentence, claim=_KEPT, **answer.asked)


def _ask_why_it_took_long(line: str) -> str:
    """Return the question for a call that was stopped at this line."""
    if line.lstrip().startswith(("import ", "from ")):
        if re.search(r"\b(?:keras|tensorflow)\b", line):
            return (
                " The line imports Keras. Does this lesson need it? Each lesson "
                "imports what it needs at the top."
            )
        return (
            " The line is an import. Does it load a large library? Each lesson imports "
            "what it needs at the top."
        )
    if re.search(r"\.fit\(\s*\w+\s*,\s*\w+\s*,\s*\d+\s*[,)]", line):
        return (
            " The third argument of fit is batch_size, and the fourth is epochs. Pass "
            "both by name."
        )
    return " Is there a loop that never ends, or one with too many steps?"


def _explain_missing(target: str, nearest: str, document: Document) -> Finding:
    """Return a finding for a name that the file doesn't define at the top level."""
    file = parse_or_none(document.content)
    for outer in file.body if file else ():
        for node in ast.walk(outer):
            if not isinstance(node, ast.FunctionDef) or node.name != target:
                continue
            if is_main(outer):
                within = "under if __name__ == '__main__', which is not run here"
            elif isinstance(outer, ast.ClassDef):
                within = f"inside the class {outer.name}"
            elif isinstance(outer, ast.FunctionDef):
                within = f"inside the function {outer.name}"
            else:
                continue
            sentence = (
                f"{target} is defined {within}, so the grader cannot call it. Move it "
                "out, to the left margin."
            )
            return Finding(sentence, line=node.lineno)
    sentence = f"There is no {target} in your file."
    if nearest:
        sentence += f" The nearest name is {nearest}."
    functions = (
        (n.name for n in file.body if isinstance(n, ast.FunctionDef)) if file else ()
    )
    every = dict.fromkeys(functions)
    twice = [
        description for one in every if (description := _describe_twice(one, document))
    ]
    if len(twice) == 1:
        sentence += f" {twice[0]}"
    return Finding(sentence)


def explain_failure(
    reply: Any, answer: Answer, document: Document = NO_DOCUMENT
) -> tuple[Outcome, Finding]:
    """Return the outcome and the text for a reply that isn't an answer."""
    question = answer.asked
    match reply:
        case Missing(nearest=nearest):
            return Outcome.NOT_ATTEMPTED, _explain_missing(
                reply.target, nearest, document
            )
        case TimedOut(limit_s=limit_s, kind=kind, line=line, source_line=source):
            unit = "CPU second" if kind == "cpu" else "second"
            unit += "" if limit_s == 1 else "s"
            sentence = f"Stopped after {limit_s:g} {unit} in {answer.target}."
            sentence += _ask_why_it_took_long(source)
            finding = Finding(sentence, **question, line=line, source=source)
            return Outcome.TIMED_OUT, finding
        case OutOfMemory(limit_mb=limit_mb):
            sentence = f"{answer.target} asked for more than {limit_mb} MB of memory."
            return Outcome.OUT_OF_MEMORY, Finding(sentence, **question)
        case Ended(how=how):
            sentence = f"Your program {how} before {answer.target} gave an answer."
            if reply.was_killed:
                # Imported here, because hardly any program is killed.
                from grader.common.control_group import ask_about_memory

                sentence += f" {ask_about_memory()}"
            return Outcome.RAISED, Finding(sentence, **question)
        case Garbled(why=why):
            sentence = f"The grader can't read what {answer.target} returned: {why}."
            return Outcome.RAISED, Finding(sentence, **question)
        case Spent(kind=part, most=most):
            outcome = Outcome.OUT_OF_MEMORY if part == "answers" else Outcome.TIMED_OUT
            return outcome, Finding(_SPENT[part].format(most=most))
        case Lost(why=why):
            raise Broken(why)
    raise Broken(f"an unknown reply: {type(reply).__name__}")


def require_unchanged(
    answers: Sequence[Answer], source: bytes, may_change: Sequence[int | str] = ()
) -> None:
    """Require that the calls which gave these answers didn't change their arguments.

    Args:
        answers: what the calls returned, and which arguments they changed.
        source: the attempt's file.
        may_change: the arguments that may be changed, by position or name.

    Raises:
        Changed: one changed another argument in place.
    """
    for answer in answers:
        places = [place for place in answer.modified if place not in may_change]
        if places:
            raise Changed(explain_changes(answer, places, source), answer)
