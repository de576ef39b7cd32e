"""What an author has got wrong in a lesson is said, and how to put it right."""

from __future__ import annotations

import io
import re
import sys
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from grader.authoring.verify import slip_proof, verify, verify_side_by_side
from grader.authoring.verify.trials import ShownMistake
from grader.cli.render.authoring import draw_mistakes, draw_verification
from grader.cli.render.screen import Screen
from grader.common.errors import BrokenLesson, Misuse
from grader.course.document import catalog, page_builder
from grader.judge.loading import LazyModule
from tests.support.grading import grade_attempt
from tests.support.lesson_draft import CHECKS, SOLUTION, Draft

pytestmark = pytest.mark.usefixtures("share_pool")

MARKS = ("    # BEGIN SOLUTION\n", "    # END SOLUTION\n")


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    return Draft(tmp_path)


def test_a_lesson_that_keeps_its_promises_is_good(draft: Draft) -> None:
    found = verify(catalog.find("1", draft.root))
    assert found.problems == []
    assert (found.exercises, found.checks, found.mistakes_named) == (2, 4, 4)
    assert (found.numbers, found.quoted) == (1, 1)


@pytest.mark.slow
def test_a_lesson_that_cannot_be_read_is_reported_in_its_turn(draft: Draft) -> None:
    checks = draft.root / "lessons" / "lesson2_broken" / "checks.py"
    checks.parent.mkdir()
    checks.write_text("LESSON = lesson(\n")
    page = SOLUTION.replace("Lesson 1", "Lesson 2")
    for path in (
        checks.with_name("lesson.py"),
        draft.root / "solutions/lesson2_broken.py",
    ):
        path.write_text(page)
    results = verify_side_by_side(catalog.lessons(draft.root))
    assert next(results).lesson == "lesson1_toy"
    with pytest.raises(BrokenLesson, match="lesson2_broken"):
        next(results)


def test_a_sample_proves_one_mistake_of_each_exercise(sloped: Draft) -> None:
    page_builder.write_pages(sloped.root)
    lesson = catalog.find("1", sloped.root)
    whole, found = verify(lesson), verify(lesson, sample=True)
    assert found.problems == []
    assert (whole.mistakes_named, found.mistakes_named) == (2, 1)
    assert (bool(whole.naming.singles), bool(found.naming.singles)) == (True, False)


@pytest.mark.parametrize("arguments", ["", "x, y", "*, x"])
def test_a_mistake_that_no_check_can_call_is_refused(
    draft: Draft, arguments: str
) -> None:
    """All of its answers would be one exception, which strangers have as well."""
    draft.change(
        "def plus_two(x):\n    return x + 2",
        f"def plus_two({arguments}):\n    return 2",
    )
    (problem,) = [one for one in draft.verified() if "plus_two" in one]
    assert problem == (
        f"1a.plus_two: it takes ({arguments}), and double takes (x), so no check can "
        "call it; give it the same ones"
    )


def test_a_solution_that_cannot_be_read_is_told_with_its_line(draft: Draft) -> None:
    draft.change("return 2 * x", "return 2 * * x", of="solution")
    with pytest.raises(
        BrokenLesson, match=r"lesson1_toy\.py, line \d+: invalid syntax"
    ):
        verify(catalog.find("1", draft.root))


# Slips

SLOPE = """
slope = exercise("slope", hints=("a", "b", "c"))
slope.slips()


@slope.check
def of_two_numbers(attempt, reference, rng):
    "slope(x, y) is 3.5 x - y."
    expect(attempt.slope(2.6173, 1.3049)).close_to(7.85565)
    x, y = rng.normal(size=2).tolist()
    expect(attempt.slope(x, y)).close_to(reference.slope(x, y))


@slope.check
def is_above_minus_y(attempt):
    "slope(x, y) is above -y where x is."
    expect(attempt.slope(1.1237, 1.7411)).is_between(-1.7411, 4)

"""


@pytest.fixture
def sloped(draft: Draft) -> Draft:
    checks, solution = draft.checks.read_text(), draft.solution.read_text()
    at, end = checks.index("double = "), checks.index("fourfold = ")
    draft.checks.write_text(checks[:at] + SLOPE + checks[end:])
    solution = solution.replace("def double(x)", "def slope(x, y)")
    solution = solution.replace("return 2 * x", "return 3.5 * x - y")
    solution = solution.replace("double(double(x))", "4 * x").replace("Twice", "Slope")
    draft.solution.write_text(solution)
    return draft


def test_slips_are_counted_alone_and_in_pairs(sloped: Draft) -> None:
    page_builder.write_pages(sloped.root)
    found = verify(catalog.find("1", sloped.root))
    assert found.problems == []
    alone = {end: many for end, many in found.naming.singles.items() if many}
    assert alone == {"named": 6}
    assert dict(found.naming.pairs) == {"named": 7, "answers that say too little": 1}
    assert found.naming.outsiders == {"without a name": 10}


TIMES = "def times(x):\n    return 3.5 * x\n\n\n"


def put_slips_into(function: str, sloped: Draft) -> None:
    """Let the right function be one of the checks' own."""
    text = sloped.checks.read_text()
    sloped.checks.write_text(
        text.replace("slope.slips()", f"{function}\n\n\nslope.slips(right=slope_of)")
    )


def test_a_solution_is_not_loaded_where_the_checks_have_the_right_function(
    sloped: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delitem(sys.modules, "tabnanny", raising=False)
    put_slips_into(f"{TIMES}def slope_of(x, y):\n    return times(x) - y", sloped)
    checks = sloped.checks.read_text().replace("reference.slope", "slope_of")
    asked = "    expect(attempt.times(2.0)).equals(7.0)\n    x, y"
    checks = checks.replace(", reference,", ",").replace("    x, y", asked)
    sloped.checks.write_text(checks)
    solution = sloped.solution.read_text()
    sloped.solution.write_text(
        solution.replace("def slope", f"import tabnanny\n\n\n{TIMES}def slope", 1)
    )
    page_builder.write_pages(sloped.root)
    lesson = catalog.find("1", sloped.root)
    found = verify(lesson, exercise="1a")
    assert found.problems == []
    assert found.naming.singles["named"] == 6
    assert "tabnanny" not in sys.modules
    # It would be seen: whatever the checks say is right can be had there as well.
    assert LazyModule(lesson.solution).slope(2, 1) == 6
    assert "tabnanny" in sys.modules


RULER = """class Ruler:
    def times(self, x):
        return 3.5 * x


def ruler():
    return Ruler()


"""


def test_slips_are_proved_where_an_object_is_handed_over(sloped: Draft) -> None:
    of_checks = 'def slope_of(held, x, y):\n    return held.call("times", x).value - y'
    put_slips_into(RULER + of_checks, sloped)
    sloped.change("attempt.slope(", "attempt.slope(attempt.ruler().value, ")
    sloped.change("reference.slope(x, y)", "3.5 * x - y")
    sloped.change("return 3.5 * x", "return ruler.times(x)", of="solution")
    sloped.change("def slope(x, y)", f"{RULER}def slope(ruler, x, y)", of="solution")
    sloped.change("slope.slips(right", 'slope.slips(without=["missing minus"], right')
    page_builder.write_pages(sloped.root)
    found = verify(catalog.find("1", sloped.root), exercise="1a")
    assert found.problems == []
    assert found.naming.singles["named"] == 4
    sloped.change("def ruler():\n    return R", "def rulers():\n    return R")
    (problem,) = [one for one in sloped.verified() if one.startswith("1a")]
    assert problem == (
        "1a: its slips are not proved: the checks ask for ruler; write it beside the "
        "function of slips(right=...)"
    )
    sloped.change("return ruler.times(x)", "return ruler.twice(x)", of="solution")
    (problem,) = [one for one in sloped.verified() if one.startswith("1a")]
    assert problem.startswith("1a: the solution is raised with seed")


def test_slips_are_put_into_no_function_that_is_wrong_itself(sloped: Draft) -> None:
    put_slips_into("def slope_of(x, y):\n    return 3.5 * x + y", sloped)
    (problem,) = [one for one in sloped.verified() if "slips(right=...)" in one]
    assert problem.startswith(
        "1a: the function in which slips are put does not pass its checks (wrong; "
    )


def test_a_check_that_looks_into_the_code_sees_the_solution(sloped: Draft) -> None:
    asked = "    expect(attempt.slope(1.1237"
    looks = (
        "    assert 'slope' in [getattr(one, 'name', '') for one in attempt.tree.body]"
    )
    sloped.change(asked, f"{looks}\n{asked}")
    page_builder.write_pages(sloped.root)
    found = verify(catalog.find("1", sloped.root), exercise="1a")
    assert found.problems == []
    assert found.naming.singles["named"] == 6


def test_what_is_told_of_a_slip_and_is_not_so_elsewhere_is_a_problem(
    sloped: Draft,
) -> None:
    sloped.checks.write_text(
        sloped.checks.read_text() + "@slope.wrong_answer('Below 1 you answer 0.')\n"
        "def none_below_one(x, y):\n    return 3.5 * x if x > 1 else 0.0\n"
    )
    problems = [one for one in sloped.verified() if "other answers" in one]
    said, _, example = problems[0].partition(". For example, ")
    assert said == (
        '1a: nothing taken away: 1a.none_below_one is named, which gives other answers to other questions; ask them in a check, or write without=("nothing taken away",)'
    )
    # The question on which they differ: without - y it is 3.5 x, below 1 as above it.
    shown = re.fullmatch(
        r"slope\((.*), (.*)\) gives (.*), and with the named mistake (.*)", example
    )
    assert shown is not None, example
    x, _, mine, other = map(float, shown.groups())
    assert x <= 1
    assert mine == pytest.approx(3.5 * x, rel=1e-4)
    assert other == 0


def test_questions_that_are_asked_too_late_are_said_to_be(sloped: Draft) -> None:
    sloped.change("rng.normal(size=2).tolist()", "0.5, 0.25")
    sloped.checks.write_text(
        sloped.checks.read_text() + "@slope.wrong_answer('Below 1 you answer 0.')\n"
        "def none_below_one(x, y):\n    return 3.5 * x if x > 1 else 0.0\n"
    )
    problems = sloped.verified()
    assert problems[0] == (
        "1a: nothing taken away: 1a.none_below_one is named, which gives other answers "
        "only to questions that the checks ask later; ask them before the first expect "
        'of the check that fails, or write without=("nothing taken away",). They are '
        "like this one: slope(0.500000, 0.250000) gives 1.750000, and with the named mistake 0"
    )


def test_the_slip_to_leave_out_may_be_the_exercises_own(sloped: Draft) -> None:
    own = 'slip("one more", "You added one.", "3.5 * _x -> 3.5 * _x + 1")'
    sloped.change("slope.slips()", f"slope.slips({own})")
    sloped.checks.write_text(
        f"from grader.checks import slip\n{sloped.checks.read_text()}"
        "@slope.wrong_answer('Above 1 you add one.')\n"
        "def one_more_above_one(x, y):\n    return 3.5 * x - y + (x > 1)\n"
    )
    (problem,) = [one for one in sloped.verified() if one.startswith("1a: one more: ")]
    assert "1a.one_more_above_one is named, which gives other answers" in problem
    assert "ask them in a check, or take out the slip 'one more'. For" in problem


UNREAD_SLIP = (
    "nobody ever reads the sentence of the slip 'summed', not even next to another slip "
    "or a known mistake: something else is named each time. Take it out, or what is "
    "named instead"
)


def test_a_sentence_that_no_learner_can_read_is_a_problem(sloped: Draft) -> None:
    """Of sets that give the same answers, only two are shown."""
    edits = {"added": "3.5 + _x", "plus": "_x + 3.5", "summed": "_x - -3.5"}
    own = (f'slip("{x}", "You {x}.", "3.5 * _x -> {to}")' for x, to in edits.items())
    sloped.change("slope.slips()", f"slope.slips({', '.join(own)})")
    sloped.change("import exercise", "import slip, exercise")
    sloped.checks.write_text(
        sloped.checks.read_text() + "@slope.wrong_answer('That is always {got}.', "
        "in_company='That never changes.')\n"
        "def constant(x, y):\n    return 7.125\n"
    )
    assert sloped.verified() == [
        f"1a: lessons/lesson1_toy/checks.py, line {line_of(sloped, 'summed')}: "
        f"{UNREAD_SLIP}",
        "1a.constant: nobody ever reads its sentence of in_company=: next to each slip "
        "something else is named. Take it out",
    ]


def test_a_slip_that_is_read_only_next_to_another_one_is_no_problem(
    sloped: Draft,
) -> None:
    own = 'slip("added", "You added x.", "3.5 * _x -> 3.5 + _x")'
    sloped.change("slope.slips()", f"slope.slips({own})")
    sloped.change("import exercise", "import slip, exercise")
    sloped.checks.write_text(
        sloped.checks.read_text() + "@slope.wrong_answer('Do not add x.')\n"
        "def sum_of_both(x, y):\n    return 3.5 + x - y\n"
    )
    assert sloped.verified() == []


def test_a_symptom_whose_example_is_named_otherwise_is_a_problem(sloped: Draft) -> None:
    own = 'slip("added", "You added x.", "3.5 * _x -> 3.5 + _x"), ' + (
        'slip("squared", "You squared y.", "_a - y -> _a - y**2")'
    )
    sloped.change("slope.slips()", f"slope.slips({own})")
    sloped.change("import exercise", "import slip, exercise")
    sloped.checks.write_text(
        sloped.checks.read_text() + "@slope.symptom('It is too small.', "
        "example='def slope(x, y): return 3.5 + x - y**2')\n"
        "def too_small(answer):\n    return answer.value < 7\n"
    )
    (problem,) = sloped.verified()
    assert problem.startswith("1a.too_small: not named; 1a.added+squared is named inst")


def test_the_same_pairs_are_drawn_under_another_tag(
    sloped: Draft, monkeypatch: pytest.MonkeyPatch
) -> None:
    tried: list[tuple[int, ...]] = []
    count = slip_proof._SlipProof.count

    def noted(proof: Any, forms: Any, *others: Any) -> str:
        tried.append(tuple(form.slip for form in forms))
        return count(proof, forms, *others)

    def pairs_of(tag: str) -> list[tuple[int, ...]]:
        tried.clear()
        page_builder.write_pages(sloped.root)
        found = verify(catalog.find("1", sloped.root), exercise=tag)
        console = Console(file=io.StringIO(), width=300)
        draw_verification(found, Screen(console=console))
        drawn = console.file.getvalue()  # type: ignore[attr-defined]
        assert "3 of 8 pairs of slips: " in drawn
        return [slips for slips in tried if len(slips) == 2]

    monkeypatch.setattr(slip_proof, "PAIRS", 3)
    monkeypatch.setattr(slip_proof._SlipProof, "count", noted)
    first = pairs_of("1a")
    for of in ("checks", "solution"):
        sloped.change("1a", "1c", of=of)
    assert pairs_of("1c") == first
    assert len(first) == 3


@pytest.mark.parametrize("number", ["2 times", "factor of 100"])
def test_a_number_in_a_slips_sentence_is_one_of_its_edit(
    sloped: Draft, number: str
) -> None:
    said = f'"nothing taken away": "Your answer has a {number} in it."'
    sloped.change("slope.slips()", f"slope.slips(sentences={{{said}}})")
    assert sloped.verified() == [
        f"1a: the slip 'nothing taken away' says {number}, which isn't in its edit; next to another slip it may be untrue"
    ]


def test_a_slip_that_finds_no_place_is_a_problem(sloped: Draft) -> None:
    never = 'slip("cut", "You cut it off.", "np.clip(_a, 0, 1) -> _a")'
    sloped.change("slope.slips()", f"slope.slips({never})")
    text = sloped.checks.read_text()
    sloped.checks.write_text(f"from grader.checks import slip\n{text}")
    told = "1a: the slip 'cut' doesn't match the right function; write its edit as the code is there, an argument with its call"
    assert sloped.verified() == [told]
    # A wrong answer that is a function of its own has slips in it, too.
    sloped.checks.write_text(
        sloped.checks.read_text() + "@slope.wrong_answer('You answer from 0 to 1.')\n"
        "def from_0_to_1(x, y):\n    return np.clip(x, 0, 1) * 3.5 - y * 0\n"
    )
    assert told not in sloped.verified()


# The answer stands in the page


@pytest.mark.parametrize(
    ("imports", "where"),
    [("numpy", "it is passed"), ("sympy", "once all other exercises are done, it is")],
)
def test_an_answer_without_marks_is_found_behind_the_exercise_it_needs(
    draft: Draft, imports: str, where: str
) -> None:
    """What SymPy's functions take can't be lent to the code that calls them."""
    draft.change('after="1a", ', "")
    draft.change("LESSON = lesson(", f'LESSON = lesson(imports=("{imports}",), ')
    head, tail = draft.solution.read_text().split('# %% id="1b"')
    for mark in MARKS:
        tail = tail.replace(mark, "")
    draft.solution.write_text(f'{head}# %% id="1b"{tail}')
    (problem,) = draft.verified()
    assert re.match(rf"1b: on the untouched page,? {where}", problem)
    assert "it is passed, not 'not attempted'" in problem
    assert "put the answer between '# BEGIN SOLUTION' and '# END SOLUTION'" in problem


def test_an_answer_without_marks_is_found_in_an_exercise_that_needs_none(
    draft: Draft,
) -> None:
    text = draft.solution.read_text()
    for mark in MARKS:
        text = text.replace(mark, "", 1)
    draft.solution.write_text(text)
    (problem,) = draft.verified()
    assert problem.startswith("1a: on the untouched page it is passed")


# What is declared, and what the text says

DECLARED = [
    (
        "checks",
        'after="1a"',
        'after="1q"',
        ['1b: after="1q" is not an exercise before it; before it come 1a'],
    ),
    (
        "checks",
        'after="1a"',
        'after="1b"',
        ['1b: after="1b" is not an exercise before it; before it come 1a'],
    ),
    (
        "checks",
        'exercise("double"',
        'exercise("double", after="1b"',
        ['1a: after="1b" is not an exercise before it; it is the first'],
    ),
    (
        "solution",
        "(40 points",
        "(0 points",
        [
            "the points of the exercises add up to 60, not 100",
            "1b: it is worth 0 points; give it 1 or more",
        ],
    ),
    (
        "solution",
        "(60 points",
        "(50 points",
        ["the points of the exercises add up to 90, not 100"],
    ),
    (
        "solution",
        "Lesson 1  Toy",
        "Lesson 2  Toy",
        [
            "solutions/lesson1_toy.py: its title says lesson 2, and its name 1; let "
            "both say the same"
        ],
    ),
    (
        "solution",
        "Half of 0.5 is 0.25.",
        "Half of 0.5 is 0.25, $(a$ and $a/2$.",
        [
            "solutions/lesson1_toy.py, line 1: $(a$ cannot be set as a formula; write "
            "it without $"
        ],
    ),
    (
        "solution",
        "# ## 1a  Twice",
        "# # Before it\n# ## 1a  Twice",
        [
            "1a: its heading is inside a text; write # %% [markdown] above the heading, "
            "so that links lead to it"
        ],
    ),
    (
        "solution",
        "# ## 1a  Twice",
        "# ## 1y  Thrice  (5 points)\n# %% [markdown]\n# ## 1a  Twice",
        [
            "solutions/lesson1_toy.py, line 5: a heading gives 1y points, but it isn't "
            "an exercise; lessons/lesson1_toy/checks.py has 1a, 1b"
        ],
    ),
    (
        "solution",
        "# %%\nif __name__",
        '# %% id="1z"\nx = 1\n\n# %%\nif __name__',
        [
            'solutions/lesson1_toy.py, line 23: id="1z" is not an exercise; '
            "lessons/lesson1_toy/checks.py has 1a, 1b"
        ],
    ),
    (
        "solution",
        "Half of 0.5 is 0.25.",
        "Half of 0.5 is 0.25.\n" + "# More.\n" * 13 + "# " + "x" * 89
        + "\n#\n#     " + "x" * 77,
        [
            "solutions/lesson1_toy.py, line 1: this text has 17 lines; write 14 at most, "
            "and code between two texts",
            "solutions/lesson1_toy.py, line 1: a line of this text has 89 characters; 88 fit into an editor",
            "solutions/lesson1_toy.py, line 1: an indented line of this text has 81 characters; 80 fit into a terminal",
        ],
    ),
    (
        "solution",
        '# %%\nif __name__',
        '# %% reveals="1z"\nif __name__',
        [
            'solutions/lesson1_toy.py, line 23: reveals="1z" is neither an exercise nor a '
            "prediction of this lesson; write the tag of one, or its key in PREDICT"
        ],
    ),
    (  # a prediction may stand in a cell of its own
        "solution",
        "# %%\nif __name__",
        '# %%\nPREDICT = {"k": 1}\n\n# %% reveals="k"\nif __name__',
        [],
    ),
    (
        "solution",
        "print(fourfold(1))",
        "pass",
        [
            "solutions/lesson1_toy.py prints nothing when it is run; show what came of "
            "each exercise, in a cell that begins with # %% [show]"
        ],
    ),
    (
        "solution",
        "print(fourfold(1))",
        "print(1 / 0)",
        [
            "solutions/lesson1_toy.py fails when it is run as a script: "
            "ZeroDivisionError: division by zero"
        ],
    ),
    (
        "checks",
        '"halve whatever is a half"',
        '"halve"',
        [
            "LESSON has 2 lines of can_do= that fit; write 3, each of 21 to 76 characters, "
            'to follow "You can now"'
        ],
    ),
    (
        "checks",
        "LESSON = lesson(",
        "OTHER = lesson(",
        [
            "LESSON has 0 lines of can_do= that fit; write 3, each of 21 to 76 characters, "
            'to follow "You can now"'
        ],
    ),
    (
        "checks",
        '"That is the third power and more."',
        '""',
        ["1b.to_the_third: its sentence is empty; write what the learner reads"],
    ),
    (
        "checks",
        "x * x * x",
        "cube(x)",
        [
            "1b.to_the_third: it uses cube, which is not in "
            "lessons/lesson1_toy/checks.py"
        ],
    ),
    (
        "checks",
        "return x * x * x",
        "return double(x) * x",
        [
            "1b.to_the_third: it uses double, which is an exercise in "
            "lessons/lesson1_toy/checks.py and no function; call the exercise something "
            "else there"
        ],
    ),
    (
        "checks",
        "return x * x * x",
        "return expect(x)",
        ["1b.to_the_third: it uses expect, which is not in the solution"],
    ),
    (
        "checks",
        '"fourfold", after',
        '"fourfold", may_change=(1, "x", "y"), after',
        [
            "1b: may_change has 1, and fourfold takes (x); write the places, from 0, "
            "and the names",
            "1b: may_change has 'y', and fourfold takes (x); write the places, from 0, "
            "and the names",
        ],
    ),
    (
        "checks",
        '"fourfold", after',
        '"fourfold", may_change=(2), after',
        [
            "1b: may_change has 2, and fourfold takes (x); write the places, from 0, "
            "and the names",
        ],
    ),
    (
        "solution",
        "Half of 0.5 is",
        "Half of 0.5 is not 0.75 but",
        [
            "the number 0.75 in the text is computed nowhere; add it to NUMBERS, "
            "which computes it, or to QUOTED with its source"
        ],
    ),
    (
        "checks",
        'lambda: f"{0.5 / 2}"',
        'lambda: f"{0.5 / 0}"',
        [
            "the number 0.25 of NUMBERS cannot be computed: "
            "lessons/lesson1_toy/checks.py, line 5: ZeroDivisionError: "
            "float division by zero"
        ],
    ),
    (
        "checks",
        'lambda: f"{0.5 / 2}"',
        '"0.25"',
        [
            "lessons/lesson1_toy/checks.py, line 5: nothing computes 0.25 in NUMBERS; "
            'write "0.25": lambda: and then what it comes from'
        ],
    ),
    (
        "checks",
        "f\"{0.5 / 2}\"",
        "f\"{0.5 / 4}\"",
        ["the text says 0.25; NUMBERS computes 0.125"],
    ),
    (
        "checks",
        'QUOTED = {"0.5": "the example"}',
        'QUOTED = ["0.5"]',
        ["QUOTED is a dict whose keys are numbers of the text, in quotes; yours is not"],
    ),
    (
        "checks",
        'QUOTED = {',
        'QUOTED = {"0.125": "", ',
        ["0.125 is in NUMBERS or QUOTED and not in the text; take it out"],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("of", "old", "new", "problems"), DECLARED)
def test_what_is_declared_fits_together(
    draft: Draft, of: str, old: str, new: str, problems: list[str]
) -> None:
    draft.change(old, new, of=of)
    assert draft.verified() == problems


def test_what_is_wrong_with_an_exercise_is_said_of_its_own_file(draft: Draft) -> None:
    folder = draft.checks.parent / "exercises"
    folder.mkdir()
    head, first, rest = CHECKS.partition("double = ")
    imports, _, stated = head.partition("\n")
    (folder / "__init__.py").write_text(f"from grader.checks import lesson\n{stated}")
    (folder / "a_twice.py").write_text(f"{imports}\n{first}{rest}")
    draft.checks.unlink()
    draft.change("double(", "twice(", of="solution")
    with pytest.raises(BrokenLesson) as broken:
        draft.verified()
    assert str(broken.value) == (
        "lessons/lesson1_toy/exercises/a_twice.py, line 2: solutions/lesson1_toy.py has "
        "no cell for double; write the cell that the learner answers in, below "
        '# %% id="...".'
    )


def test_a_readme_that_lists_the_lessons_lists_each(draft: Draft) -> None:
    readme = draft.root / "README.md"
    readme.write_text("|   | lesson | minutes |\n|---|---|---|\n")
    assert draft.verified() == [
        "README.md's table has no such row; add | 1 | Toy | 10 | ... to it"
    ]
    readme.write_text(readme.read_text() + "| 1 | Toy | 10 | nothing |\n")
    assert draft.verified() == []


@pytest.mark.parametrize(
    ("stated", "told"),
    [
        ("10 minutes. ", None),
        ("", "nothing says how long it takes; write below its title: 5 minutes."),
        ("4 minutes. ", "it takes 4.1 minutes, by its exercises and 180 words a "),
        ("15 minutes. ", "it takes 4.1 minutes, by its exercises and 180 words a "),
    ],
)
def test_the_top_of_a_lesson_states_its_exercises_and_its_reading(
    draft: Draft, stated: str, told: str | None
) -> None:
    draft.change("10 minutes. ", stated, of="solution")
    (*found,) = draft.verified()
    assert [said[: len(told or "")] for said in found] == ([told] if told else [])


def test_one_exercise_may_be_proved_alone(draft: Draft) -> None:
    draft.change("That is {got}", "That is {much}")
    lesson = catalog.find("1", draft.root)
    alone = verify(lesson, exercise="1a")
    assert (alone.exercises, alone.mistakes_named, alone.problems) == (1, 2, [])
    assert len(verify(lesson, exercise="1b").problems) == 1
    with pytest.raises(Misuse, match=r"has no exercise '1c'; it has 1a, 1b"):
        verify(lesson, exercise="1c")


def test_what_another_exercise_lacks_is_not_said_of_one(draft: Draft) -> None:
    draft.change('after="1a", hints=("a", "b", "c")', 'after="1q", hints=("a",)')
    page_builder.write_pages(draft.root)
    lesson = catalog.find("1", draft.root)
    assert verify(lesson, exercise="1a").problems == []
    assert len(verify(lesson, exercise="1b").problems) == 2


# Checks and mistakes

NEVER_FAILS = (
    "1b.of_one: nothing fails this check: no known mistake, no answer of None. "
    "Let it state what it expects, or add the mistake that it is there for. It is in "
    "lessons/lesson1_toy/checks.py, line 46"
)
TWIN = """
@double.wrong_answer("You took the second power.")
def second_power(x):
    return x**2
"""
PROVED = [
    ("expect(attempt.fourfold(1)).equals(4)", "attempt.fourfold(1)", [NEVER_FAILS]),
    (
        "expect(attempt.fourfold(1)).equals(4)",
        "expect(attempt.fourfold(1))",
        [NEVER_FAILS],
    ),
    # That a call leaves its arguments alone is asked of every one.
    (
        "expect(attempt.fourfold(1)).equals(4)",
        "attempt.fourfold([1])",
        ["1b.to_the_third: lessons/lesson1_toy/checks.py, line 52: it rai", NEVER_FAILS],
    ),
    (
        "return x + 2",
        "return 2 * x",
        [
            "1a.plus_two: the checks pass this mistake; add a check that fails it, or "
            "drop the mistake"
        ],
    ),
    (
        "fourfold = exercise(",
        TWIN + "\n\nfourfold = exercise(",
        [
            "1a.squared: confused with 1a.second_power; add a check with an input on "
            'which they differ, or give all of them one twins="..."',
            "1a.second_power: confused with 1a.squared; add a check with an input on "
            'which they differ, or give all of them one twins="..."',
        ],
    ),
    (
        "return x + 2",
        "return x + [2]",
        [
            "1a.plus_two: lessons/lesson1_toy/checks.py, line 30: it raises where the "
            "solution doesn't: TypeError: unsupported operand type(s) for +: 'int' and "
            "'list'. Correct it, or write raises=(\"TypeError\",) if it is meant to"
        ],
    ),
    (
        'You added two.")\ndef plus_two(x):\n    return x + 2',
        'You added [2].", raises=("TypeError",))\ndef plus_two(x):\n    return x + [2]',
        [],
    ),
    (
        '"You added two."',
        '"You added two.", raises=["KeyError"]',
        ["1a.plus_two: it never raises KeyError; take it out of raises="],
    ),
    (
        'return 8 * x")\ndef eightfold(answer):\n    return answer.value == 8 * answer.args[0]',
        'return 8 * xx")\ndef eightfold(answer):\n    return answer.value != 27',
        [
            "1b.eightfold: lessons/lesson1_toy/checks.py, line 57: its example raises "
            "where the solution doesn't: NameError: name 'xx' is not defined. Correct "
            "the example; if it is meant to, let the function look at answer.raised"
        ],
    ),
    (
        'return 8 * x")\ndef eightfold(answer):\n    return answer.value == 8 * answer.args[0]',
        'return 8 * xx")\ndef eightfold(answer):\n    return answer.raised is not None',
        [],
    ),
    (
        ', fill=lambda x: {"k": x}',
        "",
        [
            "1a.squared: {k} cannot be filled; give fill=, a function of the same "
            'arguments that returns {"k": ...}'
        ],
    ),
    (
        "{k} times",
        "{kk} times",
        [
            "1a.squared: {kk} cannot be filled; give fill=, a function of the same "
            'arguments that returns {"kk": ...}'
        ],
    ),
    (
        '{"k": x}',
        '{"k": x[7]}',
        [
            "1a.squared: {k} cannot be filled: its fill= fails in "
            "lessons/lesson1_toy/checks.py, line 25 with TypeError: 'int' object is not subscriptable"
        ],
    ),
    (
        "That is {got}",
        "That is {much}",
        [
            '1b.eightfold: {much} cannot be filled; let its function return {"much": ...}'
        ],
    ),
    (
        "expect(attempt.fourfold(3)).equals(12)",
        "1 / 0",
        [
            "1b.of_three: the check itself fails on the untouched page. "
            "lessons/lesson1_toy/checks.py, line 43: ZeroDivisionError: division by zero"
        ],
    ),
    (
        "def of_three(attempt)",
        "def of_three(attempt, reff)",
        [
            "1b.of_three: the check itself fails on the untouched page. "
            "lessons/lesson1_toy/checks.py, line 40: it asks for reff; it may ask for attempt, "
            "reference, rng, show, remark"
        ],
    ),
    (
        "expect(attempt.fourfold(1)).equals(4)",
        "expect(attempt.fourfold(1)).equals({4: 4, 8: 8}[attempt.fourfold(1).value])",
        None,
    ),
    (
        "expect(attempt.fourfold(3)).equals(12)",
        "expect(attempt.fourfol(3)).equals(12)",
        [
            "1b: the solution is not attempted with seed 20261125 (There is no fourfol "
            "in your file. The nearest name is fourfold.)"
        ],
    ),
    (
        "answer.value == 8",
        "answer.worth == 8",
        [
            "1b.eightfold: not named; no mistake is named instead (This is not the "
            "expected value.). Its function fails, lessons/lesson1_toy/checks.py, line 59: "
            "AttributeError: 'Answer' object has no attribute 'worth'"
        ],
    ),
    (
        'example="def fourfold(x): return 8 * x"',
        'example="def fourfold(x): raise NotImplementedError"',
        [
            "1b.eightfold: with this mistake the exercise is not attempted (fourfold hasn't been written yet."
        ],
    ),
    (
        'example="def fourfold(x): return 8 * x"',
        'edit=("double(double(x))", "8 * x")',
        [],
    ),
    (
        'example="def fourfold(x): return 8 * x"',
        'edit=("5 * x", "8 * x")',
        [
            "1b.eightfold: '5 * x' appears 0 times in the solution; edit= needs code that appears there once"
        ],
    ),
    (
        'example="def fourfold(x): return 8 * x"',
        'edit=("double(", "triple(")',
        ["1b.eightfold: 'double(' appears 2 times in the solution; edit= needs code that"],
    ),
    (
        'example="def fourfold(x): return 8 * x"',
        'example="def fourfold(x): return 8 *"',
        [
            "1b.eightfold: the solution with this mistake in it cannot be loaded: Line 29 "
            "ends with *. Is something missing after it? (SyntaxError: invalid syntax)"
        ],
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "problems"), PROVED)
def test_what_a_check_or_a_mistake_lacks_is_said_once(
    draft: Draft, old: str, new: str, problems: list[str] | None
) -> None:
    draft.change(old, new)
    found = draft.verified()
    if problems is None:
        problems = ["1b.of_one: the check itself fails on 1b.to_the_third. lessons/"]
    assert len(found) == len(problems), found
    for said, expected in zip(found, problems, strict=True):
        assert said.startswith(expected)


# What an author sees of a mistake, and checks and slips that prove nothing


def test_what_a_mistake_gives_is_shown_beside_what_is_expected(draft: Draft) -> None:
    """A sentence that says something else than its code is seen by its author."""
    page_builder.write_pages(draft.root)
    shown = verify(catalog.find("1", draft.root), exercise="1b").shown
    file = "lessons/lesson1_toy/checks.py"
    assert shown == [
        ShownMistake(
            "1b.to_the_third",
            f"{file}, line {line_of(draft, 'That is the third power')}",
            "12",
            "27",
            "That is the third power and more.",
        ),
        ShownMistake(
            "1b.eightfold",
            f"{file}, line {line_of(draft, 'fourfold.symptom')}",
            "12",
            "24",
            "That is 24, eightfold.",
        ),
    ]
    written = io.StringIO()
    console = Console(file=written, width=80)
    draw_mistakes(shown[:1], Screen(console=console))
    assert written.getvalue() == (
        f"{shown[0].tag}  {shown[0].place}\n"
        "    expected 12, this gives 27\n"
        "    That is the third power and more.\n"
    )


def line_of(draft: Draft, code: str) -> int:
    lines = draft.checks.read_text().splitlines()
    (at,) = [number for number, line in enumerate(lines, 1) if code in line]
    return at


def test_a_declared_slip_that_is_wrong_nowhere_is_a_problem(sloped: Draft) -> None:
    """The checks are too weak to see it, or it is no slip."""
    swapped = '"swapped", "You changed the order.", "_a * _b -> _b * _a"'
    sloped.change("slope.slips()", f"slope.slips(slip({swapped}))")
    sloped.change("import exercise", "import slip, exercise")
    assert sloped.verified() == [
        f"1a: lessons/lesson1_toy/checks.py, line {line_of(sloped, 'swapped')}: the "
        "slip 'swapped' is wrong nowhere: the checks pass it wherever it is put. Add a "
        "check with an input on which it is wrong, or take it out"
    ]


@pytest.mark.parametrize(
    "code",
    [
        # Whatever comes is what is expected.
        "expect(attempt.fourfold(1)).equals(attempt.fourfold(1).value + 0)",
        "expect(attempt.fourfold(1)).is_between(0, attempt.fourfold(1).value + 1)",
    ],
)
def test_an_exception_of_its_own_fails_no_check(draft: Draft, code: str) -> None:
    draft.change("expect(attempt.fourfold(1)).equals(4)", code)
    assert draft.verified() == [
        f"1b.of_one: lessons/lesson1_toy/checks.py, line {line_of(draft, code)}: only an exception of the check itself fails it (TypeError: unsupported operand "
        "type(s) for +: 'NoneType' and 'int'); let it state what it expects"
    ]


UNSEEDED = "int(np.random.default_rng().integers(3, 10**5))"
DRAWN = "x = {}\n    expect(attempt.fourfold(x)).equals(4 * x)"
FIXTURE = "@fixture\ndef drawn():\n    return {}\n\n\nLESSON"


@pytest.mark.parametrize(
    ("changes", "is_found"),
    [
        ([("expect(attempt.fourfold(1)).equals(4)", DRAWN.format(UNSEEDED))], True),
        (
            [
                ("expect(attempt.fourfold(1)).equals(4)", DRAWN.format("drawn")),
                ("def of_one(attempt)", "def of_one(attempt, drawn)"),
                ("LESSON", FIXTURE.format(UNSEEDED)),
            ],
            True,
        ),
        (
            [
                ("expect(attempt.fourfold(1)).equals(4)", DRAWN.format("NUMBER")),
                ("LESSON", f"NUMBER = {UNSEEDED}\nLESSON"),
            ],
            True,
        ),
        (
            [
                (
                    "expect(attempt.fourfold(1)).equals(4)",
                    DRAWN.format("int(rng.integers(3, 10**5))"),
                ),
                ("def of_one(attempt)", "def of_one(attempt, rng)"),
            ],
            False,
        ),
    ],
    ids=["in the check", "in a fixture", "in the file", "from the seed"],
)
def test_a_check_that_draws_without_the_seed_is_found(
    draft: Draft, changes: list[tuple[str, str]], is_found: bool
) -> None:
    """Asked twice with one seed, it asks two things."""
    for old, new in changes:
        draft.change(old, new)
    draft.change(
        "from grader.checks import",
        "import numpy as np\nfrom grader.checks import fixture,",
    )
    found = draft.verified()
    line = line_of(draft, "def of_one") - 1
    said = (
        rf"1b\.of_one: lessons/lesson1_toy/checks\.py, line {line}: with the same seed "
        r"it asks something else the second time \(fourfold\(\d+\), then "
        r"fourfold\(\d+\)\); draw with rng, which the seed determines"
    )
    assert [bool(re.fullmatch(said, one)) for one in found] == [True] * is_found


def test_what_hangs_on_a_random_answer_is_not_drawn_by_the_check(draft: Draft) -> None:
    """The weights of a new network, say, are the solution's own draw."""
    draft.change("import exercise", "import fixture, exercise")
    draft.change(
        "LESSON",
        "@fixture\ndef drawn(attempt):\n    return attempt.start().value\n\n\nLESSON",
    )
    asked = "x = drawn\n    expect(attempt.fourfold(x)).equals(4 * x)"
    draft.change("expect(attempt.fourfold(1)).equals(4)", asked)
    draft.change("def of_one(attempt)", "def of_one(attempt, drawn)")
    start = "import random\n\ndef start():\n    return random.randrange(3, 10**5)\n\n"
    draft.change("def fourfold", f"{start}def fourfold", of="solution")
    assert draft.verified() == []


WAY = "def fourfold(x): return 4 * x"


@pytest.mark.parametrize(
    ("code", "why", "problems"),
    [
        (WAY, "One call less.", []),
        (
            WAY,
            "x" * 201,
            ["1b: the why of its alternative has 201 characters; write 200 at"],
        ),
        (
            WAY + "#" * 60,
            "",
            ["1b: its alternative has 1 lines of at most 89 characters; "],
        ),
        (
            "fourfold = None",
            "",
            ["1b: its alternative does not begin with def fourfold("],
        ),
        (
            WAY.replace("4", "5"),
            "",
            ["1b: its alternative is not right (This is not the"],
        ),
    ],
    ids=["right", "much said", "wide", "no function", "wrong"],
)
def test_another_way_is_right_and_read_at_a_glance(
    draft: Draft, code: str, why: str, problems: list[str]
) -> None:
    draft.change("import exercise", "import Alternative, exercise")
    way = f'"fourfold", alternative=Alternative("{code}", "{why}"), after'
    draft.change('"fourfold", after', way)
    found = draft.verified()
    shown = [said[: len(one)] for said, one in zip(found, problems, strict=False)]
    assert shown == problems, found
    assert bool(found) == bool(problems)


def test_a_slow_mistake_that_is_left_out_may_be_what_a_check_is_there_for(
    draft: Draft,
) -> None:
    draft.change("expect(attempt.fourfold(1)).equals(4)", "attempt.fourfold(1)")
    draft.change(
        '"That is the third power and more."', '"That is the third power.", slow=True'
    )
    page_builder.write_pages(draft.root)
    lesson = catalog.find("1", draft.root)
    found = verify(lesson)
    assert (found.problems, found.mistakes_skipped) == ([], 1)
    assert verify(lesson, slow=True).problems == [NEVER_FAILS]


def test_mistakes_of_one_group_may_be_told_together(draft: Draft) -> None:
    draft.change("fourfold = exercise(", TWIN + "\n\nfourfold = exercise(")
    draft.change('power.")', 'power.", twins="power")')
    draft.change('x: {"k": x})', 'x: {"k": x}, twins="power")')
    assert draft.verified() == []


SAME_WORDS = (
    "1a: {one} and {other} begin with the same words, so nobody knows which it was; "
    "write a sentence for each, or make one mistake of them"
)


@pytest.mark.parametrize("cure", ["", "\\nMultiply by 2."])
def test_two_mistakes_of_one_exercise_have_words_of_their_own(
    draft: Draft, cure: str
) -> None:
    more = f"@double.wrong_answer('You added two.{cure}')\ndef two_more(x):\n    return 2 + x + x % 2\n"
    draft.change("fourfold = exercise(", more + "\n\nfourfold = exercise(")
    assert SAME_WORDS.format(one="plus_two", other="two_more") in draft.verified()
    draft.change("'You added two." + cure, "'You added two, and one to an odd number.")
    assert [one for one in draft.verified() if "same words" in one] == []


def test_a_mistake_and_a_slip_of_another_name_have_words_of_their_own(
    sloped: Draft,
) -> None:
    said = '"nothing taken away": "You added it."'
    sloped.change("slope.slips()", f"slope.slips(sentences={{{said}}})")
    text = sloped.checks.read_text()
    added = "@slope.wrong_answer('You added it.')\ndef added(x, y):\n    return 3.5 * x + y\n"
    sloped.checks.write_text(text + added)
    assert SAME_WORDS.format(one="added", other="nothing taken away") in (
        sloped.verified()
    )
    # By one name they are one mistake, which is counted once.
    sloped.change("def added", "def nothing_taken_away")
    assert [one for one in sloped.verified() if "same words" in one] == []


def test_a_sentence_may_be_said_of_two_values(draft: Draft) -> None:
    same = (
        "for asked in 'nm':\n"
        "    values = {f'is_4_{asked}': (4, 'One too many.')}\n"
        "    double.wrong_values(f'GUESS[\"{asked}\"]', values)\n"
    )
    draft.change("fourfold = exercise(", same + "\n\nfourfold = exercise(")
    assert [one for one in draft.verified() if "same words" in one] == []


# What cannot be read at all

BROKEN = [
    ("LESSON", "LESSON :", r"checks\.py, line 3: invalid syntax"),
    ("LESSON", "foo\nLESSON", r"checks\.py, line 3: NameError: name 'foo' is not def"),
    ("LESSON = lesson(", "LESSON = dict(", r"checks\.py: LESSON is dict and not made by"),
    ("LESSON = lesson(", "LESSON = lesson(imports='numpy', ", r'3: write imports=\("\.\.\."'),
    ('exercise(\n    "fourfold"', 'exercise("value"', r"line 35: an exercise writes 'value', but"),
    ('"fourfold", after', '"fourfol", after', r"line 35: solutions/lesson1_toy\.py has no cell for fourfol; w"),
    ('"fourfold", after', '"double", after', r"line 35: .* no cell for double other than that of 1a; w"),
    ("def of_one", "def of_three", r"line 46: two checks of exercise 1b are called of_th"),
    ("def plus_two", "def squared", r"line 30: two mistakes are called 1a\.squared"),
    (
        '@double.wrong_answer("You added two.")',
        "@double.wrong_answer",
        r"line 30: the mistake plus_two of exercise 1a has no sentence; write",
    ),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "sentence"), BROKEN)
def test_a_lesson_that_cannot_be_read_says_where(
    draft: Draft, old: str, new: str, sentence: str
) -> None:
    draft.change(old, new)
    lesson = catalog.find("1", draft.root)
    for used in (verify, lambda lesson: grade_attempt(lesson, lesson.page)):
        with pytest.raises(BrokenLesson, match=sentence) as broken:
            used(lesson)
        assert str(broken.value).count("checks.py") == 1
        assert str(broken.value).startswith("lessons/lesson1_toy/checks.py")


def test_the_file_of_an_exercise_is_named_where_each_has_its_own(draft: Draft) -> None:
    exercises = draft.checks.parent / "exercises"
    exercises.mkdir()
    head, *texts = re.split(r"(?m)^(?=\w+ = exercise\()", draft.checks.read_text())
    for name, text in (("__init__", head), ("a", texts[0]), ("b", texts[1])):
        given = "from grader.checks import exercise, expect\n" * (name != "__init__")
        (exercises / f"{name}.py").write_text(given + text)
    draft.checks.unlink()
    assert draft.verified() == []
    lesson, b = catalog.find("1", draft.root), exercises / "b.py"
    good = b.read_text()
    for text, sentence in (
        (
            # Longer: Python takes a file of the same length and second for unchanged.
            good.replace('"fourfold"', '"double"', 1) + "# longer\n",
            "b.py, line 2: solutions/lesson1_toy.py has no cell for double other than",
        ),
        (f"{good}def (", "b.py, line 27: invalid syntax. The file cannot be read as"),
    ):
        b.write_text(text)
        with pytest.raises(BrokenLesson) as broken:
            verify(lesson)
        folder = "lessons/lesson1_toy/exercises/"
        assert str(broken.value).startswith(folder + sentence.format(folder))


def test_an_entry_that_the_solution_does_not_have_is_told(draft: Draft) -> None:
    """Whoever corrects it finds the one that is meant."""
    entries = 'GUESS = {"n": 2}\nGUESS["why"] = 3'
    draft.change("# %%\nif", f"{entries}\n\n# %%\nif", of="solution")
    near = 'GUESS["whys"]; the nearest name is GUESS["why"]. Correct function='
    for asked, told in (
        ("n", []),
        ("why", []),
        ("whys", [f"1a.many: the solution has no {near}"]),
    ):
        values = f"double.wrong_values('GUESS[\"{asked}\"]', {{'many': (4, 'Many.')}})"
        draft.checks.write_text(f"{CHECKS}\n\n{values}\n")
        said = [one for one in draft.verified() if "the solution has no" in one]
        assert said == told


WRONG_VALUES = (
    ("too_many", """wrong_values('GUESS["n"]', {"too_many": (4, "One too many.")})"""),
    ("n_3", """wrong_choices({'GUESS["n"]': {4: "One too many.", 2: "Too few."}})"""),
)


GUESS = """
guess = exercise('GUESS["n"]', prediction=True, hints="a")


@guess.check
def is_three(attempt):
    "It is 3."
    expect(attempt.entry("GUESS", "n")).equals(3)


@guess.check
def is_whole(attempt):
    "It is whole."
    expect(attempt.entry("GUESS", "n")).integer()


guess.{declared}
"""


def add_guess(draft: Draft, declared: str) -> None:
    """Add a third exercise, whose answer is an entry."""
    draft.change("60 points", "59 points", of="solution")
    prediction = GUESS.replace("{declared}", declared)
    draft.checks.write_text(draft.checks.read_text() + prediction)
    cell = '\n# %% [markdown]\n# ## 1c  Guess  (1 points, about 5 minutes)\n\n# %% id="1c"\nGUESS = {\n    "n": 3,  # SOLUTION\n}\n'
    draft.solution.write_text(draft.solution.read_text() + cell)


@pytest.mark.parametrize(("passed", "declared"), WRONG_VALUES)
def test_wrong_values_are_mistakes_that_are_shown_and_named(
    draft: Draft, passed: str, declared: str
) -> None:
    add_guess(draft, declared)
    assert draft.verified() == []
    draft.change(declared, declared.replace("4", "3"))
    assert draft.verified()[0].startswith(f"1c.{passed}: the checks pass this mistake")


UNHEADED = (
    ('id="1b"', 'id="1z"', 17, "1z"),
    ("(60 points", "(of the lesson", 8, "1a"),
    ("# ## 1a  Twice", "# ## Twice", 8, "1a"),
)


@pytest.mark.parametrize(("old", "new", "line", "tag"), UNHEADED)
def test_an_exercise_without_a_heading_is_reported(
    draft: Draft, old: str, new: str, line: int, tag: str
) -> None:
    draft.change(old, new, of="solution")
    with pytest.raises(BrokenLesson) as broken:
        draft.verified()
    assert (
        f"solutions/lesson1_toy.py, line {line}: no heading gives {tag} its points; "
        f"write ## {tag}  A title  (10 points, about 5 minutes) above the cell"
    ) in str(broken.value)


# Wrong answers in one line each, and helpers of their own file

HELPERS = """
import numpy as np
from statistics import fmean

STEP = 2
TABLE = np.array([1.5, 2.5])


def stepped(x):
    return x + by_a_step(1)


def by_a_step(many):
    return STEP * many


third = lambda x: x ** 3


double.wrong_functions({
    "one_step": (lambda x: stepped(x) + 1, "You added three."), "thirds": (third, "You took the third power."),
    "of_a_table": (lambda x: x * TABLE[1] + (lambda y: y - y)(x), "Two and a half times."),
})


@double.wrong_answer("You added four.")
def two_steps(x, many=2):
    return x + by_a_step(many)


fourfold = exercise("""


def test_wrong_answers_fit_on_one_line_and_use_helpers_of_their_file(
    draft: Draft,
) -> None:
    draft.change("\nfourfold = exercise(", HELPERS)
    page_builder.write_pages(draft.root)
    found = verify(catalog.find("1", draft.root), exercise="1a")
    assert found.problems == []
    assert found.mistakes_named == found.mistakes == 6
    shown = {one.tag: (one.sentence, one.place) for one in found.shown}
    sentence, place = shown["1a.one_step"]
    assert sentence == "You added three."
    line = line_of(draft, '"one_step"')
    assert place == f"lessons/lesson1_toy/checks.py, line {line}"


@pytest.mark.parametrize(
    ("code", "problem"),
    [
        ("fmean([x])", "1a.one_step: it uses fmean, which is not in the solution"),
        ("stepped(x) + 1", "1a.one_step: it uses steps, which is not in lessons/"),
        ("2 * x", "1a.one_step: the checks pass this mistake; add a check that fails"),
    ],
)
def test_a_wrong_function_that_cannot_be_proved_says_why(
    draft: Draft, code: str, problem: str
) -> None:
    draft.change("\nfourfold = exercise(", HELPERS)
    draft.change("lambda x: stepped(x) + 1", f"lambda x: {code}")
    if "steps" in problem:
        draft.change("STEP * many", "steps * many")
    found = [one for one in draft.verified() if "1a.one_step" in one]
    assert [one.startswith(problem) for one in found] == [True]


def test_the_name_of_a_wrong_function_is_a_name(draft: Draft) -> None:
    draft.change("\nfourfold = exercise(", HELPERS)
    draft.change('"one_step":', '"one step":')
    with pytest.raises(BrokenLesson, match="'one step' can't be the name of a mistake"):
        draft.verified()
