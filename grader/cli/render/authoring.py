"""authoring: draw the proofs of a lesson."""

from __future__ import annotations

from collections.abc import Sequence

from grader.authoring.tryout import Tried
from grader.authoring.verify import Verification
from grader.authoring.verify.seeds import SeedProof
from grader.authoring.verify.slip_proof import SlipNaming
from grader.authoring.verify.trials import ShownMistake
from grader.cli.render.screen import Screen
from grader.report.report_text import finding_lines, mistake_lines
from grader.report.sentences import count_of, not_run_lines


def draw_verification(proved: Verification, screen: Screen) -> None:
    """Draw one line of counts, and every problem below it."""
    word, style = ("wrong", "red") if proved.problems else ("good ", "green")
    skipped = f" ({proved.mistakes_skipped} slow)" if proved.mistakes_skipped else ""
    if proved.sampled:
        skipped = " (a sample: one of each exercise)"
    counts = (
        f"{count_of(proved.exercises, 'exercise')}, "
        f"{count_of(proved.checks, 'check')}, "
        f"{proved.mistakes_named} of {proved.mistakes} mistakes named{skipped}, "
        f"{count_of(proved.numbers, 'number')} recomputed, {proved.quoted} quoted"
    )
    screen.print(
        screen.line(
            (f"{word}  ", f"bold {style}"), (proved.lesson, "bold"), f"  {counts}"
        )
    )
    if proved.naming.singles:
        _draw_naming(proved.naming, screen)
    for problem in proved.problems:
        screen.print(screen.beside("    ", problem))


def draw_mistakes(mistakes: Sequence[ShownMistake], screen: Screen) -> None:
    """Draw what each mistake gives, the expected value, and the mistake's sentence."""
    for mistake in mistakes:
        screen.print(screen.line((mistake.tag, "bold"), (f"  {mistake.place}", "dim")))
        expected = f"expected {mistake.expected}, " if mistake.expected else ""
        screen.print(
            screen.beside("    ", f"{expected}this gives {mistake.gives}"),
            screen.beside("    ", screen.text(mistake.sentence, "dim")),
        )


def draw_tried(tried: Tried, place: str, screen: Screen) -> None:
    """Draw the verdict on each exercise of an attempt, and what a learner reads."""
    screen.print(screen.line((place, "bold")))
    report = tried.report
    lines = [tried.problem] if tried.problem else []
    if report is not None:
        lines += [*not_run_lines(report), *finding_lines(report.problem)]
    for exercise in tried.exercises:
        lines.append(f"{exercise.tag}  {exercise.word}")
        if exercise.finding is not None:
            seen = mistake_lines(exercise.finding) or (exercise.finding.sentence,)
            lines += [f"    {line}" for line in seen]
    for line in lines or ["no exercise is attempted here"]:
        screen.print(screen.beside("    ", line))


def draw_seed_proof(proof: SeedProof, screen: Screen) -> None:
    """Draw how many wrong functions were graded, and which exercises ignore the seed.

    For a single exercise, also draw each verdict that changed.
    """
    word, style = ("wrong", "red") if proof.problems else ("good ", "green")
    changed = count_of(len(proof.problems), "verdict")
    result = f"{changed} changed with the seed"
    if proof.exercise and proof.without_seed:
        result = "doesn't draw from the seed, so each is graded once"
    elif proof.without_seed:
        result += f" ({', '.join(proof.without_seed)}: nothing drawn from it)"
    counts = (
        f"{count_of(proof.functions, 'wrong function')}, "
        f"{count_of(proof.gradings, 'grading')}: {result}"
    )
    name = proof.exercise or proof.lesson
    parts = (f"{word}  ", f"bold {style}"), (name, "bold"), f"  {counts}"
    screen.print(screen.line(*parts))
    for problem in proof.problems if proof.exercise else ():
        screen.print(screen.beside("    ", problem))


def _draw_naming(naming: SlipNaming, screen: Screen) -> None:
    """Draw the outcomes of putting slips into the solution."""
    tried = naming.pairs.total()
    of = f" of {naming.all_pairs}" if tried < naming.all_pairs else ""
    for head, ends in (
        ("slips", naming.singles),
        (f"{of} pairs of slips".strip(), naming.pairs),
        ("other wrong functions", naming.outsiders),
    ):
        counts = ", ".join(f"{many} {end}" for end, many in ends.most_common())
        words = f"{ends.total()} {head}: {counts}"
        screen.print(screen.beside("      ", screen.text(words, "dim")))
