"""findings: what is said of a ruling or of a derivation."""

from __future__ import annotations

from decimal import Decimal

from grader.symbolic import Ending, Problem, Proof, Ruling, Verdict, Written
from grader.symbolic.domain import in_words
from grader.symbolic.evaluate import evaluate
from grader.symbolic.point import CannotJudge, Undefined


def listing(proof: Proof) -> str:
    """Every line of a derivation with its word, as text."""
    return "\n".join(
        f"line {line.step.line or number}  {line.word:<14}  {line.step.reason}".rstrip()
        for number, line in enumerate(proof.lines, 1)
    )


UNDECIDED = (
    "That is no verdict on the mathematics. Write it in another way, with + - * / **, "
    "log and exp, and it will be judged."
)


def sentence_of_proof(proof: Proof) -> str:
    """What became of a derivation, in a few words."""
    right = len(proof.lines) - 1
    before = {0: "", 1: "Line 1 is right; "}.get(
        right, f"Lines 1 to {right} are right; "
    )
    at = f"line {right + 1}"
    where = f" At {proof.ruling.where}." if proof.ruling and proof.ruling.where else ""
    match proof.ending:
        case Ending.WRONG_LINE:
            other = "the line before" if right else "what is to be derived"
            text = f"{before}{at} is not equal to {other}."
            text += f" {proof.sentence}" if proof.sentence else ""
            text += where + _blame(proof)
        case Ending.UNDEFINED:
            text = f"{before}{at} is not defined where the line before is.{where}"
        case Ending.CANNOT_JUDGE:
            text = f"{before}{at} cannot be judged: {proof.sentence} {UNDECIDED}"
        case _:
            text = proof.sentence
    return text[:1].upper() + text[1:]


def _blame(proof: Proof) -> str:
    if proof.repair:
        return f" {proof.repair}"
    if proof.was:
        return f" What changed: {proof.was} became {proof.became}."
    return ""


def sentence_of(ruling: Ruling) -> str:
    """What is said of an answer that is not right."""
    place = f"Entry {list(ruling.entry)}" if ruling.entry else "This"
    match ruling.verdict:
        case Verdict.NOT_EQUAL:
            return f"{place} is not equal to the right answer. At {ruling.where}."
        case Verdict.UNDEFINED:
            return f"{place} is not defined everywhere it should be. At {ruling.where}."
        case Verdict.NOT_FINISHED:
            return f"Not finished: {ruling.reason}."
        case Verdict.OTHER_FORM:
            text = "The value is right, the form is not the one asked for"
            return f"{text}: {ruling.reason}."
        case _:
            return f"{place} cannot be judged: {ruling.reason}. {UNDECIDED}"


def first_row_sum(mine: Written, problem: Problem) -> str:
    """The sum of the first row of a table at a nice point, for sentences."""
    point = problem.domain.nice_points()[0]
    first = [table for place, table in mine.entries.items() if place[:1] == (0,)]
    try:
        return in_words(sum((evaluate(t, point) for t in first), Decimal(0)))
    except (CannotJudge, Undefined):
        return "no number"
