"""findings: the sentences about a ruling or a derivation."""

from __future__ import annotations

from collections.abc import Callable

from grader.checks.attempt.advice import advise
from grader.course.document.cells import Document
from grader.derivation_checks.sympy_confirmation import Confirmation, Opinion
from grader.derivation_checks.verdicts import Doubt
from grader.derivations import (
    Diagnosis,
    Ending,
    Proof,
    Ruling,
    UnwrittenPlace,
    Verdict,
    Written,
)
from grader.sandbox import Raised

# Describes a line of the learner's file, as they count it.
PlaceOf = Callable[[int], str]


# Endings that an exception explains better: everything before it was right.
CUT_SHORT = frozenset(Ending) - {
    Ending.WRONG_LINE,
    Ending.UNDEFINED,
    Ending.CANNOT_JUDGE,
}


def list_lines(proof: Proof, place_of: PlaceOf) -> str:
    """Return every line of a derivation with its verdict, as text."""
    return "\n".join(
        f"{place_of(line.step.line or number)}  {line.word:<14}  "
        f"{line.step.reason}".rstrip()
        for number, line in enumerate(proof.lines, 1)
    )


# How a judgement can end, beside the endings of a derivation.
OTHER_ENDINGS = {
    "few classes": "it is right with few classes, and wrong with more",
    "raised": "a line raises an exception",
    "refused": "it isn't an expression",
    "not by hand": "the text uses a tool that differentiates",
}
UNDECIDED = (
    "That doesn't mean that it is wrong. Write it differently, with + - * / **, log "
    "and exp, so that the grader can compute it."
)


# The next step, for parts of the reason why something can't be judged.
_INSTEAD = (
    (
        "used outside a sum",
        "Do you close the parenthesis of total too early, or does it run over another "
        "symbol?",
    ),
    ("a whole row", "Write the line for one entry."),
    ("respect to an index", "Use an entry of a row, such as z[i]."),
    ("not allowed here: text", "Leave the quotes out: a line is a formula."),
)


def suggest_next_step(reason: str) -> str:
    """Return the next step if something can't be judged for this reason."""
    suggestions = (step for part, step in _INSTEAD if part in reason.lower())
    return next(suggestions, UNDECIDED)


def sentence_of_proof(proof: Proof) -> str:
    """Return the result of a derivation in a few words."""
    right = len(proof.lines) - 1
    before = {0: "", 1: "Line 1 is right; "}.get(
        right, f"Lines 1 to {right} are right; "
    )
    at = f"line {right + 1}"
    at_point = proof.ruling.where if proof.ruling else ""
    match proof.ending:
        case Ending.WRONG_LINE:
            other = "the line before" if right else "what is to be derived"
            text = f"{before}{at} is not equal to {other}."
            text += f" {proof.sentence}" if proof.sentence else ""
            text += f" They differ at {at_point}." if at_point else ""
            if proof.was:
                text += f" What changed: {proof.was} became {proof.became}."
        case Ending.UNDEFINED:
            text = f"{before}{at} is not defined where the line before is"
            text += f", for example at {at_point}." if at_point else "."
        case Ending.CANNOT_JUDGE:
            text = f"{before}{at} cannot be judged: {proof.sentence} "
            text += suggest_next_step(proof.sentence)
        case _:
            text = proof.sentence
    return text[:1].upper() + text[1:]


def sentence_of_unwritten(proof: Proof, left: UnwrittenPlace, place_of: PlaceOf) -> str:
    """Return how far a derivation is right, and where to continue."""
    right = len(proof.lines)
    before = {0: "", 1: "Line 1 is right so far. "}.get(
        right, f"Lines 1 to {right} are right so far. "
    )
    where = place_of(left.line)
    if left.hides:
        return (
            f"{before}Python stops at {where} and reaches nothing below it. Delete "
            "that raise line, and grade again."
        )
    if left.is_stub and proof.ending is Ending.RIGHT:
        return (
            "Every line is right, and the last one is the result. Delete the raise "
            f"line, {where}: it marks the exercise as unfinished."
        )
    rest = f"{before}Write the rest: continue at {where}"
    if left.is_stub:
        return f"{rest}, and delete the raise line when you are done."
    return f"{rest}, at the three dots (...)."


def sentence_of_exception(
    proof: Proof, raised: tuple[str, str, int], text: str, source: str
) -> str:
    """Return how far a derivation came, what ended it, and its next step.

    Args:
        proof: the part that is right so far.
        raised: type, message and line of the exception, as `find_exception` returns it.
        text: the line of the file that raised it.
        source: the whole file.
    """
    kind, message, line = raised
    right = len(proof.lines)
    count = f"{right} right line{'s' if right != 1 else ''}"
    sentence = f"After {count}: {kind}: {message}"
    exception = Raised(kind, (kind,), message, line, text)
    advice = advise(exception, Document(source.encode()))
    return f"{sentence.rstrip('.')}. {advice}" if advice else sentence


def sentence_of_confirmation(confirmation: Confirmation, lines: int) -> str:
    """Return SymPy's result for an answer that is right."""
    if lines == 1:
        return f"SymPy gets the same, {confirmation.value}, at {confirmation.where}."
    classes = " and ".join(map(str, confirmation.classes))
    of = f" for {classes} classes" if classes else ""
    where, value = confirmation.where, confirmation.value
    return f"SymPy computed all {lines} lines{of}: at {where} each is {value}."


def sentence_of_doubt(doubt: Doubt) -> str:
    """Return why nothing is decided: SymPy disagrees, or has no value."""
    difference = doubt.found
    is_equal = difference.opinion is Opinion.AGREES
    if is_equal and doubt.own == "undefined":
        return (
            "This cannot be judged: it divides by something that can be 0, or has no "
            "value elsewhere, and SymPy cancels that. Cancel it yourself."
        )
    if doubt.is_silent:
        return (
            "This cannot be judged: the grader has SymPy compute every answer as well, "
            f"and SymPy gives no value here. {UNDECIDED}"
        )
    other = f"gets {difference.other} for it at {difference.where}"
    if is_equal:
        other = "finds no difference"
    return (
        f"The grader's own evaluation calls this {doubt.own}, but SymPy {other}. One "
        "of the two is mistaken. That is the grader's fault, not yours, so this isn't "
        "judged. It costs no points; please tell your instructor."
    )


def sentence_of(ruling: Ruling) -> str:
    """Return the sentence about an answer that isn't right."""
    place = entry_in_words(ruling.entry) if ruling.entry else "This"
    match ruling.verdict:
        case Verdict.NOT_EQUAL:
            text = f"{place} is not equal to the right answer"
            return f"{text}. They differ at {ruling.where}."
        case Verdict.UNDEFINED:
            text = f"{place} isn't defined everywhere it should be"
            return f"{text}, for example at {ruling.where}."
        case Verdict.NOT_FINISHED:
            return f"Not finished: {ruling.reason}."
        case Verdict.OTHER_FORM:
            text = "The value is right, but not in the required form"
            return f"{text}: {ruling.reason}."
        case _:
            text = f"{place} cannot be judged: {ruling.reason}."
            return f"{text} {suggest_next_step(ruling.reason)}"


def entry_in_words(entry: tuple[int, ...]) -> str:
    """Return the entry of a row or a table in words, as the subject of a sentence."""
    if len(entry) == 2:
        return f"The entry in row {entry[0]} and column {entry[1]}, counted from 0,"
    return f"Entry {list(entry)}, counted from 0,"


def names_in_a_sum(names: tuple[str, ...], line: Written) -> tuple[str, ...]:
    """Return separate names for mistakes in a sum over classes without a delta."""
    (table,) = line.entries.values()
    if not table.has("Sum") or table.has("Delta"):
        return ()
    return tuple(f"{name}, in a sum" for name in names)


def names_of_diagnosis(diagnosis: Diagnosis | None) -> tuple[str, ...]:
    """Return the names of a diagnosis, the first with the quantity it is about."""
    if diagnosis is None:
        return ()
    return (
        f"{diagnosis.tag} {diagnosis.quantity}".strip(),
        diagnosis.tag,
        *diagnosis.also,
    )
