"""Facts about answers: what passes, and what is said when something does not."""

import math

import numpy as np
import pytest

from grader.checks import Wrong, callback, expect
from grader.checks.attempt import Answer
from grader.checks.comparing import distances, is_close
from grader.report import Finding


def answer(value: object) -> Answer:
    return Answer("f", (1,), value=value)


def said(value: object, state: str, *args: object, **kwargs: object) -> str:
    with pytest.raises(Wrong) as caught:
        getattr(expect(answer(value)), state)(*args, **kwargs)
    return caught.value.finding.sentence


@pytest.mark.parametrize(
    "value", [1.0, np.float32(1.0), np.array(1.0), 1, True and np.int64(1)]
)
def test_scalars_of_every_kind_are_numbers(value: object) -> None:
    expect(answer(value)).close_to(1.0)


@pytest.mark.parametrize("value", [[1.0, 2.0], (1, 2), np.array([1, 2])])
def test_lists_are_accepted_where_arrays_are(value: object) -> None:
    expect(answer(value)).close_to(np.array([1.0, 2.0]))


@pytest.mark.parametrize(
    ("got", "state", "is_asked"),
    [
        ([1.9999999999999998, 7.0], "close_to", False),  # a slope of 2 is whole
        ([2.5, 7.0], "close_to", False),
        ([1.9999999999999998, 7.0], "equals", False),
        ([2.5, 7.0], "equals", True),
    ],
)
def test_only_exact_numbers_may_be_positions(
    got: list[float], state: str, is_asked: bool
) -> None:
    with pytest.raises(Wrong) as caught:
        getattr(expect(answer(np.array(got))), state)(np.array([2, 1]))
    assert ("The expected numbers are whole" in caught.value.otherwise) is is_asked


def test_a_list_may_be_expected_where_the_answer_is_an_array() -> None:
    expect(answer(np.array([0, 0, 1]))).equals([0, 0, 1])
    assert said(np.array([1]), "equals", [0, 0, 1]) == (
        "It has the shape (1,); it should be (3,)."
    )
    assert said(np.array([0, 1, 1]), "equals", [0, 0, 1]) == (
        "1 of 3 values differ, first at [1]: expected 0, got 1."
    )


def test_only_an_answer_can_be_expected_to_be_something() -> None:
    with pytest.raises(TypeError, match="expect takes an answer, such as"):
        expect(1.0)


def test_a_right_value_in_another_shape_gets_the_shapes_message() -> None:
    sentence = said(np.ones((3, 1)), "close_to", np.ones(3))
    assert (
        sentence
        == "The values are right, but they have the shape (3, 1); it should be (3,)."
    )


def test_a_wrong_shape_says_so() -> None:
    assert (
        said([1.0, 2.0], "close_to", 3.0)
        == "It has the shape (2,); it should be one number."
    )


def test_other_values_in_another_shape_are_not_called_right() -> None:
    sentence = "It has the shape (3, 1); it should be (3,)."
    assert said(np.array([[1.0], [1.0], [2.0]]), "close_to", np.ones(3)) == sentence
    # Row by row they would be near, each number to a number of another row.
    assert said(np.ones((2, 1)), "close_to", np.ones((2, 2))).startswith(
        "It has the shape"
    )


def test_the_first_place_that_differs_is_shown() -> None:
    want = np.zeros((2, 3))
    got = want.copy()
    got[1, 2] = 5
    with pytest.raises(Wrong) as caught:
        expect(answer(got)).close_to(want)
    assert caught.value.finding.place == "[1, 2]"
    assert caught.value.finding.sentence == (
        "1 of 6 values differ, first at [1, 2]: expected 0.0, got 5.0."
    )


def test_nan_is_never_close() -> None:
    assert "differ" in said(np.array([np.nan]), "close_to", np.array([1.0]))


def test_infinity_is_close_to_itself_alone() -> None:
    expect(answer(np.array([np.inf]))).close_to(np.array([np.inf]))
    said(np.array([np.inf]), "close_to", np.array([1.0]))
    said(np.array([1.0]), "close_to", np.array([np.inf]))


@pytest.mark.parametrize(
    "value",
    [
        *(None, "1.0", {"a": 1}, object(), [1, "x"], [[1], [1, 2]], ..., b"1", [None]),
        *(np.array(["1.0"]), np.array([None]), np.datetime64("1970-01-02")),
    ],
)
def test_strange_values_are_wrong_and_never_an_error(value: object) -> None:
    with pytest.raises(Wrong):
        expect(answer(value)).close_to(1.0)


@pytest.mark.parametrize("value", [1, 1.0, "True", None, np.array([True])])
def test_only_truth_values_equal_truth_values(value: object) -> None:
    said(value, "equals", True)


def test_equality_of_plain_data() -> None:
    expect(answer([np.int64(3), (1, 2)])).equals([3, [1, 2]])
    expect(answer({"a": 1})).equals({"a": 1})
    said({"a": 1}, "equals", {"a": 2})
    said(True, "equals", 1)
    said("b", "equals", "a")


@pytest.mark.parametrize(
    ("got", "want"),
    [
        ({"a": 1, "b": 2}, {"a": 1}),
        ({"a": 1}, {"a": 1, "b": 2}),
        ([1, 2, 3], [1, 2]),
        ([1], [1, 2]),
        (np.array(3), [3]),
        ([3], 3),
        (np.array([1]), np.array([1, 1])),
        (np.array([[1, 1]]), np.array([1, 1])),
        (np.array([1, 2]), np.array([1, 3])),
        (np.array(["a", "b"]), "a"),
        (np.array(["a"]), "a"),
        ("", None),
    ],
)
def test_what_is_another_length_shape_or_kind_is_not_equal(got, want) -> None:
    said(got, "equals", want)


def test_an_int_array_of_another_shape_gets_the_shapes_message() -> None:
    for want in (np.array([1, 2]), [1, 2]):
        assert said([[1, 2]], "equals", want) == (
            "The values are right, but they have the shape (1, 2); it should be (2,)."
        )
    assert "shape" not in said([[True, False]], "equals", [1, 0])


def test_numbers_that_print_alike_show_all_their_digits() -> None:
    with pytest.raises(Wrong) as caught:
        expect(answer(1.0000000001)).close_to(1.0, tolerance=1e-12)
    assert caught.value.finding.got == "1.0000000001"


def test_a_quantity_that_cannot_be_derived_is_wrong() -> None:
    with pytest.raises(Wrong) as caught:
        expect(answer("text")).its("row sums", lambda p: p.sum(axis=1))
    assert "row sums cannot be computed" in caught.value.finding.sentence


def test_a_derived_quantity_is_named() -> None:
    with pytest.raises(Wrong) as caught:
        expect(answer(np.ones((2, 2)))).its(
            "row sums", lambda p: p.sum(1)
        ).all_close_to(1)
    assert caught.value.finding.sentence.startswith("row sums of f: ")


def test_facts_fill_the_sentence() -> None:
    with pytest.raises(Wrong) as caught:
        expect(answer(1), accuracy=0.5).holds(False, "Accuracy {accuracy}, got {got}.")
    assert caught.value.finding.sentence == "Accuracy 0.500000, got 1."


def test_a_function_that_only_tests_has_no_answer_to_show() -> None:
    with pytest.raises(Wrong) as caught:
        expect(answer(None)).holds(False, "Your tests catch 0 of 9.", shows_value=False)
    assert (caught.value.finding.expected, caught.value.finding.got) == ("", "")


def test_dtype_shape_and_kind() -> None:
    ones = np.ones((2, 3), dtype=np.float32)
    expect(answer(ones)).has_dtype("float32")
    expect(answer(ones)).has_shape((2, 3))
    assert (
        said(ones, "has_dtype", "float64")
        == "The dtype is float32; it should be float64."
    )
    assert said([1.0], "has_dtype", "float64").startswith("Expected an array")
    assert said(2.5, "integer") == "Expected one whole number (an int)."
    assert said("x", "sequence") == (
        "Expected a list or a tuple; this is text, in quotes."
    )
    assert said(0.5, "sequence", 2) == (
        "Expected a list or a tuple of 2 items; this is a float."
    )
    assert said([1], "sequence", 2) == "Expected 2 items; there are 1."
    assert said({}, "mapping", ["n"]) == "The key 'n' is missing."
    assert said(3, "text") == "Expected text (a str); this is an int."
    assert said(3, "handle") == "Expected an object; this is an int."
    assert said(np.nan, "is_finite") == "It contains nan or inf."
    assert "between" in said(3, "is_between", 4, 5)
    assert said("c", "one_of", ["a", "b"]) == "Answer with one of: 'a', 'b'."


def test_the_right_choice_is_one_that_may_be_answered() -> None:
    expect(answer("b")).is_choice("b", of="abc")
    assert said("d", "is_choice", "b", "abc") == "Answer with one of: 'a', 'b', 'c'."
    assert said("a", "is_choice", "b", "abc") == said("a", "equals", "b")


def test_capitals_of_a_choice_do_not_count() -> None:
    def entry(value: str) -> Answer:
        return Answer('PREDICT["which"]', is_call=False, value=value)

    assert entry("x").is_entry
    for value in ("Newton", "newton", " NEWTON."):
        expect(entry(value)).is_choice("Newton", of=("Newton", "Gauss"))
        expect(entry(value)).one_of(["newton", "gauss"])
    with pytest.raises(Wrong, match="Answer with one of: 'Newton', 'Gauss'"):
        expect(entry("Euler")).one_of(["Newton", "Gauss"])
    # What a function returns is compared as it is.
    assert said("newton", "one_of", ["Newton"]) == "Answer with one of: 'Newton'."


@pytest.mark.parametrize(
    "text",
    [
        "It is too bold.",
        "Überraschung hält an.",
        "模型平均给正确类别大约百分之三十一的概率。",
        "モデルは自信がありすぎる",
        "แบบจำลองมั่นใจเกินไป",
    ],
)
def test_a_sentence_has_three_words_or_ten_letters(text: str) -> None:
    assert expect(answer(text)).sentence("what is it?") == text


def test_what_is_no_sentence_is_asked_for() -> None:
    five = " A loss is\na  surprise. "
    assert expect(answer(five)).sentence("what is it?") == "A loss is a surprise."
    asked = "Write a sentence: what is it?"
    for text in ("", "A loss", "模型很好", "? ! 123 45", "yes"):
        assert said(text, "sentence", "what is it?") == asked
    assert said(5, "sentence", "what is it?") == said(5, "text")


def test_the_ends_of_a_range_are_in_it() -> None:
    for end in (4, 5.0):
        expect(answer(end)).is_between(4, 5)
    for beyond in (np.nextafter(4, 0), np.nextafter(5, 9), math.nan):
        assert "between 4 and 5" in said(beyond, "is_between", 4, 5)


@pytest.mark.parametrize("value", [1j, np.ones(1), [1.0], "1", None])
def test_what_is_no_real_number_is_said(value: object) -> None:
    assert said(value, "number").startswith("Expected ")


@pytest.mark.parametrize("value", [True, 1.0, np.ones(1, dtype=int), 1j])
def test_what_is_no_whole_number_is_said(value: object) -> None:
    assert said(value, "integer") == "Expected one whole number (an int)."


def tolerance_of(value: object, state: str, *args: object) -> float:
    with pytest.raises(Wrong) as caught:
        getattr(expect(answer(value)), state)(*args)
    return caught.value.tolerance


@pytest.mark.parametrize("off", [1e-8, 1e-6, 1e-3])
def test_a_mistake_agrees_far_nearer_than_the_right_answer_is(off: float) -> None:
    assert tolerance_of(1.0 + off, "close_to", 1.0) <= off / 5


def test_float32_agrees_with_a_mistake_to_its_own_digits() -> None:
    ones = np.ones(2)
    assert tolerance_of(ones.astype(np.float32), "has_shape", (3,)) == 1e-6
    assert tolerance_of(ones, "has_shape", (3,)) == 1e-9


def test_three_numbers_are_no_decimal_comma() -> None:
    assert said((1, 185, 2), "close_to", 1.185) == (
        "It has the shape (3,); it should be one number."
    )


def test_a_value_of_another_kind_is_named_in_plain_words() -> None:
    assert said(None, "equals", 3) == "This is None (is there a return?)."
    assert (
        said(None, "mapping") == "Expected a dict; this is None (is there a return?)."
    )
    entry = Answer('PREDICT["n"]', is_call=False, value=None)
    with pytest.raises(Wrong, match=r"^This is None\.$"):
        expect(entry).equals(3)
    assert said(..., "close_to", 3).endswith("a blank that hasn't been filled in yet.")
    assert said("(28, 28)", "equals", (28, 28)).endswith("Leave the quotes out.")
    assert said((1, 185), "close_to", 1.185).endswith("a point, not a comma.")
    assert said(4.7, "close_to", [1.0, 2.0]).startswith("This is one number;")


def test_arrays_that_print_alike_are_told_apart() -> None:
    third = np.array([1 / 3, 2 / 3], dtype=np.float32)
    assert said(third, "close_to", [1 / 3, 2 / 3]).endswith(
        "They are at most 2e-08 apart. Yours are float32; compute in float64."
    )


def test_of_arrays_too_large_to_show_nothing_is_said_of_how_they_look() -> None:
    want = np.zeros((40, 40))
    assert said(want + 1.0, "close_to", want) == (
        "1600 of 1600 values differ, first at [0, 0]: expected 0.0, got 1.0."
    )


def finding_of(value: object, want: object, *args: object) -> Finding:
    with pytest.raises(Wrong) as caught:
        expect(Answer("f", args, value=value)).close_to(want)
    return caught.value.finding


def test_of_a_batch_the_first_row_that_differs_is_shown() -> None:
    want = np.full((20, 3), 0.25)
    got = want.copy()
    got[7, 1] = 0.5
    finding = finding_of(got, want, np.eye(20), 3)
    assert finding.expected == "row 7: np.array([0.25, 0.25, 0.25])"
    assert finding.got == "row 7: np.array([0.25, 0.5, 0.25])"
    assert finding.call.startswith(
        "f(<array (20, 20) float64>, 3)\nrow 7 of argument 1"
    )


def test_what_came_is_shown_as_it_came() -> None:
    want = np.array([1.0, 2.0])
    assert finding_of([1, 3], want).got == "[1, 3]"
    assert finding_of([1, 3], want).expected == "[1.0, 2.0]"
    assert finding_of(np.array([1, 3]), want).got == "np.array([1, 3])"
    assert finding_of(np.array([1, 3]), want).expected == "np.array([1.0, 2.0])"


def test_what_was_looked_at_is_not_told_as_a_call() -> None:
    title = Answer("plot.get_title", value="x", shown="plot(3).get_title")
    layers = Answer("model.layers", value=3, is_call=False)
    scores = Answer("model.predict", ([1, 2],), value=3)
    for asked, call, look in (
        (title, "", "plot(3).get_title()"),
        (layers, "", "model.layers"),
        (scores, "model.predict([1, 2])", ""),
    ):
        with pytest.raises(Wrong) as caught:
            expect(asked).equals("y")
        found = caught.value.finding
        assert (found.call, found.look) == (call, look)


@pytest.mark.parametrize(
    ("got", "want", "apart", "beside_nan"),
    [
        (2.5, 2.0, 0.25, 0.25),
        (0.5, 0.25, 0.25, 0.25),  # not relative below 1
        (math.inf, math.inf, 0.0, 0.0),
        (-math.inf, math.inf, math.inf, math.inf),
        (math.inf, 1.0, math.inf, math.inf),
        (1.0, math.inf, math.inf, math.inf),
        (math.nan, math.nan, math.inf, 0.0),
        (math.nan, 1.0, math.inf, math.inf),
        (1.0, math.nan, math.inf, math.inf),
        (np.uint8(3), np.uint8(5), 0.4, 0.4),  # does not wrap
        (True, 1.0, 0.0, 0.0),
        (2**60, 2**60, 0.0, 0.0),
    ],
)
def test_there_is_one_distance_with_these_edges(got, want, apart, beside_nan) -> None:
    a, b = np.asarray(got), np.asarray(want)
    assert distances(a, b) == apart
    assert distances(a, b, nan_is_alike=True) == beside_nan
    if math.isfinite(apart):
        assert is_close(a, b, apart)
        assert not apart or not is_close(a, b, apart * 0.99)
    else:
        assert not is_close(a, b, 1e300)


ROWS = [("Ada", 3), ("Ben", 4), ("Cy", 5)]


@pytest.mark.parametrize(
    ("got", "want", "sentence", "place"),
    [
        (
            [("Ada", 3), ("Ben", 9), ("Cy", 5)],
            ROWS,
            "1 of 3 rows differs, first at [1]: expected ('Ben', 4), got ('Ben', 9).",
            "[1]",
        ),
        (ROWS[::-1], ROWS, "These are the right rows in a different order.", "[0]"),
        (ROWS[:1], ROWS, "2 rows are missing: expected 3, got 1.", ""),
        ([1, 2, 3, 4], [1, 2, 3], "1 item is too many: expected 3, got 4.", ""),
        (
            ["b", "a", "d"],
            ["a", "b", "c"],
            "3 of 3 items differ, first at [0]: expected 'a', got 'b'.",
            "[0]",
        ),
        ({"a": 1}, {"a": 1, "b": 2}, "The key 'b' is missing.", ""),
        ({"a": 1, 2: 3}, {"a": 1}, "The key 2 isn't expected.", ""),
        (
            {"a": 1, "b": 3},
            {"a": 1, "b": 2},
            "1 of 2 values differs, first at ['b']: expected 2, got 3.",
            "['b']",
        ),
        ("Ada  B", "Ada B", "Only spaces differ.", ""),
        ("ada", "Ada", "Only capitals differ.", ""),
        (
            "Adam",
            "Ada B",
            "The first 3 characters are right, and the next isn't.",
            "[3]",
        ),
        ("Eve", "Ada", "This is not the expected value.", ""),
        (None, [1], "This is None (is there a return?).", ""),
    ],
)
def test_lists_dicts_and_texts_say_where_they_differ(
    got: object, want: object, sentence: str, place: str
) -> None:
    with pytest.raises(Wrong) as caught:
        expect(answer(got)).equals(want)
    assert (caught.value.finding.sentence, caught.value.finding.place) == (
        sentence,
        place,
    )


def test_of_an_entry_nothing_is_said_that_gives_it_away() -> None:
    one = Answer('PREDICT["shape"]', value=[1, 2], is_call=False)
    with pytest.raises(Wrong, match="This is not the expected value"):
        expect(one).equals([2, 1])


@pytest.mark.parametrize(
    ("got", "want", "question"),
    [
        (30, 0.3, "Is that a percentage?"),
        ([12.5, 75, 12.5], [0.125, 0.75, 0.125], "Is that a percentage?"),
        (-0.316, 0.316, "Is the sign right?"),
        (31, 0.3, ""),
        (200, 2, ""),
    ],
)
def test_a_percentage_and_a_sign_on_paper_are_asked_about(
    got: object, want: object, question: str
) -> None:
    entry = Answer('PREDICT["p"]', value=got, is_call=False)
    with pytest.raises(Wrong) as caught:
        expect(entry).close_to(want, 0.0005)
    assert caught.value.otherwise.startswith(question)
    assert bool(caught.value.otherwise) == bool(question)


def test_a_wrong_call_of_a_judge_s_function_is_told_with_the_learner_s_name() -> None:
    on_epoch = callback(lambda params: None, "on_epoch")
    with pytest.raises(TypeError, match=r"^on_epoch\(\) takes 1 positional argument"):
        on_epoch(1, 2)
    with pytest.raises(TypeError, match="unsupported operand"):
        callback(lambda x: x + "a", "f")(1)
