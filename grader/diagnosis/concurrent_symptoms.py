"""concurrent_symptoms: what is wrong beside any mistake, such as the dtype."""

from __future__ import annotations

from collections.abc import Sequence

from grader.attempt import Answer
from grader.checks import Exercise
from grader.diagnosis.sentences import describe
from grader.report import Mistake

BOTH = "Two things show in your answers. First: {} Second{}: {}"
# Of what the answer that is shown does not show.
ELSEWHERE = ", in the answer to another call"


def add_concurrent_symptom(
    exercise: Exercise, known: Sequence[Mistake], answers: Sequence[Answer]
) -> list[Mistake]:
    """Return a mistake, and beside it the first other thing that one of the answers
    shows.

    Where two mistakes explain the answers alike, it is enough to choose between them.
    The first of the answers is the one that a learner is shown.
    """
    if len(known) != 1:
        return list(known)
    (mistake,) = known
    group = {known.twins for known in exercise.mistakes if known.tag == mistake.tag}
    for symptom in exercise.symptoms:
        is_said = symptom.tag == mistake.tag or symptom.twins in group - {""}
        if is_said or not symptom.is_additional:
            continue
        for at, answer in enumerate(answers):
            numbers = symptom.seen_in(answer)
            if numbers is not None:
                where = ELSEWHERE if at and symptom.seen_in(answers[0]) is None else ""
                return [_join(mistake, describe(symptom, numbers, answer), where)]
    return [mistake]


def _join(mistake: Mistake, other: Mistake, where: str) -> Mistake:
    exercise, _, first = mistake.tag.partition(".")
    second = other.tag.partition(".")[2]
    before = mistake.parts or ((first, mistake.sentence),)
    slips, sentences = zip(*before, (second, other.sentence), strict=True)
    sentence = BOTH.format(mistake.sentence, where, other.sentence)
    if len(mistake.slips) > 1:
        sentence = f"{mistake.sentence} Beside that{where}: {other.sentence}"
    tag = f"{exercise}.{'+'.join(sorted(slips))}"
    cure = f"{mistake.cure} {other.cure}".strip()
    return Mistake(tag, sentence, slips, sentences, cure)
