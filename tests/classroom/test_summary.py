"""People are counted once a mistake, whatever exercises they made it in."""

from __future__ import annotations

from grader.classroom.summary import MistakeCounts
from grader.course.document import catalog
from grader.report import ExerciseResult, Finding, Mistake, Outcome
from tests.support.grading import report_of
from tests.support.project import ROOT

BITS = "You used a base-2 logarithm."
MINUS = "A minus sign is missing."


def met(tag: str, *mistakes: Mistake) -> ExerciseResult:
    finding = Finding("Not expected.", mistakes=mistakes)
    return ExerciseResult(tag, "Title", 10, Outcome.WRONG, (), finding)


def bits(tag: str, sentence: str = BITS) -> ExerciseResult:
    return met(tag, Mistake(f"{tag}.bits", sentence, ("bits",)))


def counted(*made: tuple[str, ExerciseResult]) -> list[tuple[str, str, str]]:
    counts = MistakeCounts()
    for learner, exercise in made:
        counts.add(learner, exercise)
    return [(one.name, one.people, one.sentence) for one in counts.sorted()]


def test_somebody_who_made_a_slip_in_two_exercises_is_one_person() -> None:
    assert counted(
        ("ada", bits("3d")),
        ("ada", bits("3e")),
        ("bo", bits("3e")),
        ("cy", bits("10a")),
    ) == [("bits", "3 people, in 3d, 3e and 10a", BITS)]


def test_each_of_two_slips_at_once_is_counted_with_its_own_sentence() -> None:
    both = Mistake(
        "3e.bits+missing minus",
        f"Two things. First: {BITS} Second: {MINUS}",
        ("bits", "missing minus"),
        (BITS, MINUS),
    )
    assert counted(("ada", met("3e", both)), ("bo", bits("3d"))) == [
        ("bits", "2 people, in 3d and 3e", BITS),
        ("missing minus", "1 person, in 3e", MINUS),
    ]


def test_a_mistake_comes_with_how_to_fix_it() -> None:
    counts = MistakeCounts()
    counts.add(
        "ada", met("3d", Mistake("3d.bits", BITS, ("bits",), cure="Use np.log."))
    )
    counts.add("bo", bits("3e"))
    (one,) = counts.sorted()
    assert (one.sentence, one.cure) == (BITS, "Use np.log.")


def test_two_slips_of_an_older_gradebook_are_counted_too() -> None:
    old = Mistake("3e.bits+missing minus", "Both.", ("bits", "missing minus"))
    assert [name for name, _, _ in counted(("ada", met("3e", old)))] == [
        "bits",
        "missing minus",
    ]


def test_the_sentence_that_most_were_told_is_shown() -> None:
    own = "You count in bits."
    made = [("a", bits("3d")), ("b", bits("3e", own)), ("c", bits("3e", own))]
    assert counted(*made)[0][2] == own


def test_one_sentence_of_two_exercises_is_one_mistake_whatever_its_numbers() -> None:
    def many(tag: str, k: str) -> ExerciseResult:
        return met(tag, Mistake(f"{tag}.mean_of_all", f"It is {k} times too small."))

    assert counted(("ada", many("7d", "100")), ("bo", many("8c", "10"))) == [
        ("mean of all", "2 people, in 7d and 8c", "It is 100 times too small.")
    ]


def test_one_name_for_two_things_in_two_exercises_stays_two() -> None:
    made = [
        ("ada", met("4c", Mistake("4c.zero", "All entries are 0."))),
        ("bo", met("4g", Mistake("4g.zero", "Your line is 0."))),
        ("cy", met("11a", Mistake("11a.zero", "All entries are 0."))),
    ]
    assert [people for _, people, _ in counted(*made)] == [
        "2 people, in 4c and 11a",
        "1 person, in 4g",
    ]


def test_one_mistake_whose_words_differ_from_learner_to_learner_stays_one() -> None:
    made = [
        (who, met("8b", Mistake("8b.few", f"The network has {what} layers.")))
        for who, what in (("ada", "no"), ("bo", "many"))
    ]
    assert [people for _, people, _ in counted(*made)] == ["2 people, in 8b"]


def test_a_mistake_and_the_slip_that_it_is_are_one_mistake_of_a_class() -> None:
    """Whoever has 3d wrong as well is told the same sum beside that other slip."""
    lesson = catalog.find("lesson3", ROOT)
    summed = "def cross_entropy(y, p):\n    if y.shape != p.shape or len(p) == 0:\n        raise ValueError\n    return float(losses(y, p).sum())"
    bits = (
        "def losses(y, p):\n    return -(y * np.log2(np.clip(p, 1e-7, 1))).sum(axis=1)"
    )
    counts = MistakeCounts()
    for learner, code in (("ben", f"{bits}\n\n{summed}"), ("ada", summed)):
        report = report_of(lesson, "3e", code, seed=7)
        counts.add(learner, report.exercises[0])
    (one,) = (x for x in counts.sorted() if "ada" in x.learners)
    assert one.learners == ("ben", "ada")
    assert one.name == "sum for mean"


def test_a_mistake_of_an_exercise_counts_as_one_beside_a_slip_too() -> None:
    both = Mistake(
        "3e.bits+twice_divided", "Two things.", ("bits", "twice_divided"), ("A.", "B.")
    )
    alone = Mistake("3e.twice_divided", "You divided by 4 twice.")
    counts = MistakeCounts()
    for learner, mistake in (("ben", both), ("ada", alone)):
        counts.add(learner, met("3e", mistake))
    names = {one.name: set(one.learners) for one in counts.sorted()}
    assert names == {"twice divided": {"ada", "ben"}, "bits": {"ben"}}
