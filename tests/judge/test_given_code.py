"""Code that the page gives to be corrected: marked with # GIVEN in the solution."""

from pathlib import Path

import pytest

from grader.common.errors import BrokenLesson
from grader.course.document import catalog, page_builder
from grader.report import Outcome
from tests.support.grading import grade_attempt
from tests.support.lesson_draft import SOLUTION, Draft

pytestmark = pytest.mark.usefixtures("share_pool")

GIVEN = """\
def double(x):
    '''Return twice x.'''
    # BEGIN SOLUTION
    return 2 * x
    # GIVEN
    # # The square?
    # for _ in range(1):
    #
    #     return x * x
    # END SOLUTION
"""
STUB = """\
def double(x):
    # BEGIN SOLUTION
    return 2 * x
    # END SOLUTION
"""
ON_PAGE = """\
def double(x):
    '''Return twice x.'''
    # The square?
    for _ in range(1):

        return x * x
"""


@pytest.fixture
def draft(tmp_path: Path) -> Draft:
    made = Draft(tmp_path)
    made.change(STUB, GIVEN, of="solution")
    page_builder.write_pages(tmp_path)
    return made


def graded(draft: Draft, warm, source: str):
    lesson = catalog.find("1", draft.root)
    report = grade_attempt(
        lesson, Path("mine.py"), source=source.encode(), seed=3, warm=warm
    )
    return {one.tag: one for one in report.exercises}


def page_of(draft: Draft) -> str:
    return catalog.find("1", draft.root).page.read_text()


def test_the_given_code_below_a_right_one_is_named_with_its_line(draft, warm):
    mine = "def double(x):\n    return 2 * x\n\n\n"
    page = page_of(draft).replace("def double(x):", f"{mine}def double(x):", 1)
    first, last = (
        number
        for number, line in enumerate(page.splitlines(), 1)
        if line.startswith("def double")
    )
    (finding,) = (one.finding for tag, one in graded(draft, warm, page).items() if tag == "1a")  # fmt: skip
    assert finding.sentence == (
        f"Your file has double more than once, and the last one counts: line {last} is "
        f"still the code that you were given. If line {first} is yours, delete the other."
    )


def test_the_page_shows_the_code_with_its_mistake_and_no_mark(draft):
    page = page_of(draft)
    assert ON_PAGE in page
    assert "GIVEN" not in page
    assert "SOLUTION" not in page
    assert "2 * x" not in page


def test_a_lesson_that_gives_code_keeps_its_promises(draft):
    assert draft.verified() == []


def test_the_shown_solution_is_the_right_code_only(draft):
    for tag in ("1a", ""):
        shown = page_builder.solution_code(draft.solution, tag)
        assert "return 2 * x" in shown
        assert "x * x" not in shown.replace("2 * x", "")


def test_a_page_on_which_others_are_still_open_has_the_right_code(draft):
    partial = page_builder.make_partial_page(draft.solution, "1b")
    assert "return 2 * x" in partial
    assert "return x * x" not in partial
    assert 'NotImplementedError("1b")' in partial
    assert ON_PAGE in page_builder.make_partial_page(draft.solution, "1a")


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("", ""),
        ("'''Return twice x.'''", '"""Here is a mistake."""'),
        ("# The square?\n", "# I saw this.\n\n"),
        ("return x * x", "return (x *\n            x)"),
    ],
)
def test_code_as_it_was_given_is_not_attempted(draft, warm, old, new):
    page = page_of(draft)
    result = graded(draft, warm, page.replace(old, new))["1a"]
    assert result.outcome is Outcome.NOT_ATTEMPTED
    assert result.earned == 0
    assert result.finding.sentence.startswith("double is still the code that you were")
    assert not result.finding.mistakes


@pytest.mark.parametrize(
    ("old", "new", "outcome"),
    [
        ("return x * x", "return 2 * x", Outcome.PASSED),
        ("return x * x", "y = x\n        return y * x", Outcome.WRONG),
        ("# %%\nif", "# %%\ndef double(x):\n    return 2 * x\n\n\nif", Outcome.PASSED),
        ("# %%\nif", "# %%\ndouble = double\nif", Outcome.WRONG),
    ],
)
def test_code_that_was_changed_is_judged(draft, warm, old, new, outcome):
    page = page_of(draft)
    assert old in page
    result = graded(draft, warm, page.replace(old, new))["1a"]
    assert result.outcome is outcome
    if outcome is Outcome.WRONG:
        assert [one.tag for one in result.finding.mistakes] == ["1a.squared"]


def test_what_is_built_on_code_that_nobody_has_changed_is_judged_without(draft, warm):
    draft.change('after="1a", ', "")
    partial = page_builder.make_partial_page(draft.solution, "1a")
    found = graded(draft, warm, partial)
    assert found["1a"].outcome is Outcome.NOT_ATTEMPTED
    assert found["1b"].outcome is Outcome.PASSED
    assert found["1b"].judged_with == ("1a",)
    own = partial.replace("return double(double(x))", "return 4 * x")
    assert graded(draft, warm, own)["1b"].outcome is Outcome.PASSED
    wrong = partial.replace("return double(double(x))", "return 8 * x")
    assert graded(draft, warm, wrong)["1b"].outcome is Outcome.WRONG


def test_an_untouched_page_is_one(draft, warm):
    lesson = catalog.find("1", draft.root)
    report = grade_attempt(lesson, lesson.page, seed=3, warm=warm)
    assert report.is_untouched


def test_a_list_may_be_given_too(draft):
    source = SOLUTION.replace(
        STUB,
        "# BEGIN SOLUTION\nORDER = [1, 2]\n# GIVEN\n# ORDER = [2, 1]\n# END SOLUTION\n",
    )
    assert "\nORDER = [2, 1]\n" in page_builder.make_page_text(source)
    assert page_builder.given_cells(source)["1a"].strip() == "ORDER = [2, 1]"


def test_an_edit_of_a_known_mistake_is_made_in_the_right_code(draft):
    draft.change(
        "fourfold = exercise(",
        "@double.symptom('You return minus twice x.', edit=('return', 'return -'))\n"
        "def minus(answer):\n    return answer.value == -2 * answer.args[0]\n\n\n"
        "fourfold = exercise(",
    )
    assert draft.verified() == []


def test_a_known_mistake_may_be_an_edit_that_makes_the_given_code(draft):
    draft.change(
        '@double.wrong_answer("You squared it: {k} times.", fill=lambda x: {"k": x})\n'
        "def squared(x):\n    return x * x\n",
        "@double.symptom('You squared it.', edit=('return 2 * x', "
        "'# The square?\\n    for _ in range(1):\\n\\n        return x * x'))\n"
        "def squared(answer):\n    return answer.value == answer.args[0] ** 2\n",
    )
    assert draft.verified() == []


def test_given_code_that_is_right_is_a_problem(draft):
    draft.change("return x * x", "return x + x", of="solution")
    assert "1a: the checks pass the given code; it has to be wrong" in draft.verified()


def test_given_code_without_a_named_mistake_is_a_problem(draft):
    draft.change("return x * x", "return x - 7.5", of="solution")
    (problem,) = draft.verified()
    assert problem.startswith("1a: the mistake of the given code is not named")


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("# GIVEN\nx = 1", "line 1: '# GIVEN' has no '# BEGIN SOLUTION' above it"),
        (
            '# %% id="1a"\n# BEGIN SOLUTION\nx = 1\n# GIVEN\n# END SOLUTION',
            "line 4: no code is given below",
        ),
        (
            '# %% id="1a"\n# BEGIN SOLUTION\nx = 1\n# GIVEN\nx = 2\n# END SOLUTION',
            "line 5: below '# GIVEN' every line is a comment",
        ),
        (
            "# BEGIN SOLUTION\nx = 1\n# GIVEN\n# x = 2\n# END SOLUTION",
            "line 3: the cell of given code needs a tag",
        ),
    ],
)
def test_marks_of_given_code_that_cannot_be_followed_are_refused(source, message):
    with pytest.raises(BrokenLesson, match=message):
        page_builder.make_page_text(source)


def test_an_edit_of_the_right_code_may_also_fit_the_given_code(draft):
    draft.change("return x * x", "return 2 * x - 3", of="solution")
    added = '@double.wrong_answer("You added two.")'
    draft.change(
        added,
        "@double.symptom('Three too few?', edit=('2 * x', '2 * x - 3'))\n"
        "def three_too_few(answer):\n"
        f"    return answer.value == 2 * answer.args[0] - 3\n\n\n{added}",
    )
    assert draft.verified() == []
