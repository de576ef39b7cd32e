"""Which mistake gives exactly this answer."""

from __future__ import annotations

import numpy as np
import pytest

from grader.checks import Exercise, Wrong
from grader.checks.attempt import Answer, Changed, Stopped
from grader.judge.diagnosis import explain, is_alike
from grader.judge.diagnosis.sentences import UnfilledSentence
from grader.report import Finding, Mistake, Outcome
from grader.sandbox import Raised
from tests.support.declared import declared

Y = np.eye(3)[[0, 2, 1, 1]]
P = np.full((4, 3), 1 / 3)
Q = np.array([[0.5, 0.3, 0.2], [0.1, 0.1, 0.8], [0.6, 0.3, 0.1], [0.2, 0.7, 0.1]])


def loss() -> Exercise:
    made = declared("9z", "A loss", 10, "loss", hints=("a", "b", "c"))

    @made.wrong_answer("{k} times too small", fill=lambda y, p: {"k": p.shape[1]})
    def mean_over_all(y, p):
        return -(y * np.log(p)).mean()

    @made.wrong_answer("no minus")
    def no_minus(y, p):
        return (y * np.log(p)).sum(1).mean()

    @made.wrong_answer("constant for equal guesses")
    def right_only_for_equal_guesses(y, p):
        return -np.log(p).mean() / 3

    @made.wrong_answer("it fails")
    def fails(y, p):
        raise KeyError("p")

    @made.symptom("dtype is {name}", example="def loss(y, p): return np.float32(1)")
    def is_float32(answer):
        if getattr(answer.value, "dtype", None) == np.float32:
            return {"name": "float32"}
        return None

    @made.symptom("raises on strange values", example="-")
    def careless(answer):
        return answer.value.no_such_attribute

    return made


def told(value: object, others: list[Answer] = ()) -> list[str]:
    failing = Answer("loss", (Y, Q), value=value)
    wrong = Wrong(Finding("The value differs."), failing)
    return [m.sentence for m in explain(loss(), wrong, [failing, *others]).mistakes]


def test_the_mistake_that_agrees_is_named_with_its_numbers() -> None:
    assert told(-(Y * np.log(Q)).mean()) == ["3 times too small"]


def test_an_answer_of_no_known_mistake_gets_no_name() -> None:
    assert told(123.0) == []


def test_mistakes_that_agree_on_one_input_are_told_apart_by_another() -> None:
    failing = Answer("loss", (Y, P), value=-(Y * np.log(P)).mean())
    wrong = Wrong(Finding("differs"), failing)
    alone = explain(loss(), wrong, [failing]).mistakes
    assert len(alone) == 2
    other = Answer("loss", (Y, Q), value=-(Y * np.log(Q)).mean())
    assert [m.sentence for m in explain(loss(), wrong, [failing, other]).mistakes] == [
        "3 times too small"
    ]


def test_a_symptom_is_seen_when_no_mistake_agrees() -> None:
    assert told(np.float32(0.5)) == ["dtype is float32"]


def test_strange_values_do_not_break_the_diagnosis() -> None:
    for value in ("text", None, [1, [2]], {"a": 1}, object(), np.array(["x"])):
        assert told(value) == []


def test_shape_matters() -> None:
    assert told(np.array([-(Y * np.log(Q)).mean()])) == []


def test_a_mistake_that_most_answers_contradict_is_not_named() -> None:
    failing = Answer("loss", (Y, Q), value=-(Y * np.log(Q)).mean())
    wrong = Wrong(Finding("differs"), failing)
    other = Answer("loss", (Y, P), value=0.5)
    assert explain(loss(), wrong, [failing, other]).mistakes == ()
    same = Answer("loss", (Y, Q[::-1]), value=-(Y * np.log(Q[::-1])).mean())
    named = explain(loss(), wrong, [failing, same, other]).mistakes
    assert [mistake.sentence for mistake in named] == ["3 times too small"]


def test_a_number_is_near_a_mistake_within_the_tolerance_and_no_more() -> None:
    assert is_alike(1.004, 1.0, 0.005)
    assert not is_alike(0.7, 0.694167, 0.005)
    assert is_alike([np.nan, np.inf], np.array([np.nan, np.inf]), 1e-9)
    assert not is_alike([np.nan, np.inf], np.array([np.nan, -np.inf]), 1e-9)
    assert not is_alike(3.0, np.inf, 1e-9)
    assert is_alike(True, True, 1e-9)
    assert not is_alike(True, False, 1e-9)
    assert not is_alike(np.uint8(0), np.uint8(255), 0.5)


def test_of_two_that_give_the_answer_neither_is_told_by_chance() -> None:
    # Equal guesses fit two mistakes, and the last answer fits neither.
    failing = Answer("loss", (Y, P), value=-(Y * np.log(P)).mean())
    wrong = Wrong(Finding("differs"), failing)
    other = Answer("loss", (Y, Q), value=0.5)
    same = Answer("loss", (Y, Q[::-1]), value=-(Y * np.log(Q[::-1])).mean())
    assert explain(loss(), wrong, [failing, same, other]).mistakes == ()


def divided() -> Exercise:
    made = declared("9y", "A share", 10, "share", hints=("a", "b", "c"))

    @made.wrong_answer("it refuses all")
    def refuses(y):
        raise ValueError("no")

    @made.wrong_answer("nothing is stacked")
    def stacks(y):
        return np.stack([])

    return made


@pytest.mark.parametrize(
    ("message", "line", "told"),
    [
        ("need at least one array to stack", "return np.stack(rows)", "nothing is"),
        ("need at least one array to concatenate", "return np.concatenate(rows)", ""),
        ("need at least one array to stack", 'raise ValueError("...")', "it refuses"),
        ("not in here", "raise ValueError(word)", "it refuses"),
        ("not in here", "return int(word)", ""),
    ],
)
def test_an_exception_is_a_mistake_s_only_where_it_says_the_same(
    message: str, line: str, told: str
) -> None:
    bases = ("ValueError", "Exception", "BaseException", "object")
    raised = Raised("ValueError", bases, message, 1, line)
    failing = Answer("share", (Y,), raised=raised)
    stopped = Stopped(Outcome.RAISED, Finding("ValueError"), failing)
    named = explain(divided(), stopped, [failing]).mistakes
    assert [m.sentence.startswith(told) for m in named] == ([True] if told else [])


def changing() -> Exercise:
    made = declared("9x", "In place", 10, "tidy", hints=("a", "b", "c"))

    @made.wrong_answer("it gives zeros")
    def zeros(y):
        return y * 0

    @made.symptom("it gives zeros, too", example="def tidy(y): return y * 0")
    def is_zero(answer):
        return not np.any(answer.value)

    @made.symptom("argument {first} is changed", example="def tidy(y): y += 1")
    def is_changed(answer):
        return {"first": answer.modified[0]} if answer.modified else None

    return made


@pytest.mark.parametrize(
    ("modified", "said"), [((0,), ["argument 0 is changed"]), ((), [])]
)
def test_of_a_change_only_what_shows_it_is_told(
    modified: tuple[int, ...], said: list[str]
) -> None:
    failing = Answer("tidy", (Y,), value=Y * 0, modified=modified)
    changed = Changed(Finding("It changed.", line=3), failing)
    finding = explain(changing(), changed, [failing])
    assert [m.sentence for m in finding.mistakes] == said
    assert finding.line == 3
    assert finding.sentence == (
        "It changed." if said else f"It changed. {changed.otherwise}"
    )


def test_a_change_is_told_beside_a_wrong_value_and_names_no_mistake() -> None:
    failing = Answer("tidy", (Y,), value=Y + 1, modified=(0,))
    wrong = Wrong(Finding("It differs."), failing)
    finding = explain(changing(), wrong, [failing], source=b"def tidy(y): y += 1")
    assert finding == Finding(
        "It differs. tidy changed its argument y in place. "
        "Work on a copy; the caller still needs the original."
    )


@pytest.mark.parametrize("outcome", [Outcome.TIMED_OUT, Outcome.NOT_ATTEMPTED])
def test_only_wrong_answers_and_exceptions_come_from_a_mistake(
    outcome: Outcome,
) -> None:
    failing = Answer("loss", (Y, Q), value=-(Y * np.log(Q)).mean())
    finding = Finding("It took too long.")
    assert explain(loss(), Stopped(outcome, finding, failing), [failing]) is finding
    assert explain(loss(), Wrong(finding, None), []) is finding


def test_what_a_check_knows_itself_is_not_looked_for() -> None:
    failing = Answer("loss", (Y, Q), value=-(Y * np.log(Q)).mean())
    finding = Finding("It differs.", mistakes=(Mistake("9z.own", "the check knows"),))
    assert explain(loss(), Wrong(finding, failing), [failing]) is finding


ALIKE = [
    ({"a": 1.0, "b": "x"}, {"b": "x", "a": 1.0}, True),
    ({"a": 1.0}, {"a": 2.0}, False),
    ({"a": 1.0}, {"a": 1.0, "b": 1.0}, False),
    ({"a": 1.0, "b": 1.0}, {"a": 1.0}, False),
    ([("a", 1.0)], {"a": 1.0}, False),
    ("a", "a", True),
    ("a", "b", False),
    ("a", b"a", False),
    (None, None, True),
    (0, None, False),
    ([np.ones(2), np.ones(3)], (np.ones(2), np.ones(3)), True),
    ([np.ones(2), np.ones(3)], (np.ones(2), np.zeros(3)), False),
    ([np.ones(2), np.ones(3)], (np.ones(2), np.ones(3), None), False),
    ([], ["a"], False),
    ([["a"], ["b", 1]], [["a"], ["b", 1]], True),
    (np.array(["a", "b"]), np.array(["a", "b"]), True),
    (np.array(["a", "b"]), np.array(["a", "c"]), False),
    (np.array(["a"]), np.array(["a", "a"]), False),
    (np.array([1, 2]), np.array(["1", "2"]), False),
    (True, np.True_, True),
    (1, True, False),
    (True, 1.0, False),
    ([1.0, 2.0], [[1.0, 2.0]], False),
    (1e12 + 1, 1e12, True),
    (1e-3, 0.0, False),
    (1e-10, 0.0, True),
    (np.nan, 0.0, False),
    (0.0, np.nan, False),
    (10**400, 1.0, False),
]


@pytest.mark.parametrize(("got", "other", "alike"), ALIKE, ids=repr)
def test_two_values_are_alike_in_kind_shape_and_numbers(
    got: object, other: object, alike: bool
) -> None:
    assert is_alike(got, other, 1e-9) is alike


@pytest.mark.parametrize(
    ("sentence", "numbers", "missing", "in_numbers"),
    [
        ("{nothing} is there", None, "nothing", False),
        ("{k:d} is no whole number", lambda y: {"k": "one"}, "", False),
        ("{k}", lambda: {"k": 1}, "", True),
    ],
)
def test_a_sentence_that_cannot_be_filled_is_its_author_s_fault(
    sentence: str, numbers: object, missing: str, in_numbers: bool
) -> None:
    made = declared("9w", "A share", 10, "half", hints=("a", "b", "c"))

    @made.wrong_answer(sentence, fill=numbers)
    def a_third(y: np.ndarray) -> np.ndarray:
        return y / 3

    failing = Answer("half", (Y,), value=Y / 3)
    with pytest.raises(UnfilledSentence) as raised:
        explain(made, Wrong(Finding("differs"), failing), [failing])
    fault = raised.value
    assert (fault.missing, fault.in_numbers) == (missing, in_numbers)
    assert fault.known is made.mistakes[0]


def mean_loss(y, p):
    return -(y * np.log(p)).sum(axis=1).mean()


def searched(sentence: str = "You took odd ones.") -> Exercise:
    made = declared("9v", "A loss", 10, "loss", hints=("a", "b", "c"))

    @made.wrong_answer(sentence, fill=lambda y, p: {"k": len(y)})
    def odd(y, p):
        return -(y * np.log(p)).sum(axis=1).max() * 0.7 + 0.3

    @made.wrong_answer("That is another function's.", function="other")
    def describe_file_of_another(y, p):
        return -(y * np.log2(p)).sum(axis=1).max() * 0.7 + 0.3

    made.slips(right=mean_loss)
    return made


def slips_told(made: Exercise, wrong: object) -> list[Mistake]:
    answers = [Answer("loss", (Y, q), value=wrong(Y, q)) for q in (Q, Q[::-1], P)]
    finding = Wrong(Finding("The value differs."), answers[0])
    return list(explain(made, finding, answers).mistakes)


def test_a_mistake_and_a_slip_are_told_together() -> None:
    (told,) = slips_told(
        searched(), lambda y, p: -(y * np.log2(p)).sum(1).max() * 0.7 + 0.3
    )
    assert "First: You took odd ones." in told.sentence
    assert sorted(told.slips) == ["bits", "odd"]
    assert told.tag == "9v.bits+odd"


def test_a_number_of_one_answer_is_not_told_beside_a_slip() -> None:
    made = searched("You took odd ones of {k} rows.")
    told = slips_told(made, lambda y, p: -(y * np.log2(p)).sum(1).max() * 0.7 + 0.3)
    assert all("rows" not in mistake.sentence for mistake in told)
    (alone,) = slips_told(made, lambda y, p: -(y * np.log(p)).sum(1).max() * 0.7 + 0.3)
    assert (alone.tag, alone.sentence) == ("9v.odd", "You took odd ones of 4 rows.")


def test_one_slip_is_told_in_its_own_words() -> None:
    (told,) = slips_told(searched(), lambda y, p: -(y * np.log2(p)).sum(1).mean())
    assert (told.tag, told.slips) == ("9v.bits", ("bits",))


def predicted() -> Exercise:
    made = declared("9u", "A guess", 10, "guess", hints=("a", "b", "c"))

    @made.wrong_answer("that is the first choice", function='GUESS["loss"]')
    def first():
        return "a"

    @made.wrong_answer("that is the letter")
    def letter():
        return "a"

    return made


@pytest.mark.parametrize(("value", "is_named"), [("a", True), (" A) ", True), ("b", 0)])
def test_a_choice_is_read_as_it_is_meant(value: str, is_named: bool) -> None:
    failing = Answer('GUESS["loss"]', value=value, is_call=False)
    named = explain(predicted(), Wrong(Finding("differs"), failing), [failing]).mistakes
    told = ["that is the first choice"] if is_named else []
    assert [m.sentence for m in named] == told


def test_a_text_that_a_function_gives_is_read_as_it_is() -> None:
    for value, said in (("a", ["that is the letter"]), ("A)", [])):
        failing = Answer("guess", value=value)
        finding = explain(predicted(), Wrong(Finding("differs"), failing), [failing])
        assert [m.sentence for m in finding.mistakes] == said


def whole_of(text: str) -> int:
    return int(text)


def refusing() -> Exercise:
    made = declared("9t", "A share", 10, "share", hints=("a", "b", "c"))

    @made.wrong_answer("the text is no number")
    def fails_while_it_refuses(y):
        raise ValueError(whole_of("one"))

    return made


def test_an_exception_on_the_way_to_a_raise_is_not_raised_by_it() -> None:
    message = "invalid literal for int() with base 10: 'one'"
    bases = ("ValueError", "Exception", "BaseException", "object")
    for line, said in (("raise ValueError(word)", 0), ('n = int("one")', 1)):
        raised = Raised("ValueError", bases, message, 1, line)
        failing = Answer("share", (Y,), raised=raised)
        stopped = Stopped(Outcome.RAISED, Finding("ValueError"), failing)
        assert len(explain(refusing(), stopped, [failing]).mistakes) == said


def scaled_log(rows, by, at):
    rows.sort()
    by["seen"] = len(rows)
    return np.log(np.sum(rows)) * by["k"] + at[0]


def test_a_search_for_slips_leaves_lists_and_dicts_as_they_came() -> None:
    made = declared("9s", "A log", 10, "log", hints=("a", "b", "c"))
    made.slips(right=scaled_log)
    asked = [[5.0, 2.0], [3.5, 1.25, 4.0], [7.0]]
    answers = [
        Answer(
            "log",
            (list(rows), {"k": 3.0}, (0.5, 1)),
            value=np.log2(sum(rows)) * 3 + 0.5,
        )
        for rows in asked
    ]
    finding = explain(made, Wrong(Finding("differs"), answers[0]), answers)
    assert [m.slips for m in finding.mistakes] == [("bits",)]
    assert [answer.args for answer in answers] == [
        (rows, {"k": 3.0}, (0.5, 1)) for rows in asked
    ]


def test_an_exception_of_another_type_is_another_one() -> None:
    message = "need at least one array to stack"
    bases = ("TypeError", "Exception", "BaseException", "object")
    raised = Raised("TypeError", bases, message, 1, "return np.stack(rows)")
    failing = Answer("share", (Y,), raised=raised)
    stopped = Stopped(Outcome.RAISED, Finding("TypeError"), failing)
    assert explain(divided(), stopped, [failing]).mistakes == ()


def symptomatic(sentence: str) -> Exercise:
    made = declared("9r", "A half", 10, "half", hints=("a", "b", "c"))

    @made.symptom(sentence, example="-")
    def is_text(answer):
        return {"k": answer.value}

    return made


def test_a_symptom_that_a_value_cannot_be_told_of_is_not_seen() -> None:
    for value, said in ((3, ["It is 3 whole."]), ("three", [])):
        failing = Answer("half", (Y,), value=value)
        stopped = Wrong(Finding("differs"), failing)
        named = explain(symptomatic("It is {k:d} whole."), stopped, [failing]).mistakes
        assert [m.sentence for m in named] == said


def test_a_symptom_without_what_its_sentence_names_is_its_author_s_fault() -> None:
    failing = Answer("half", (Y,), value=3)
    with pytest.raises(UnfilledSentence, match="nothing"):
        explain(symptomatic("{nothing}"), Wrong(Finding("differs"), failing), [failing])


def test_a_mistake_that_refuses_what_failed_is_told_before_a_slip() -> None:
    made = declared("9q", "A loss", 10, "loss", hints=("a", "b", "c"))

    @made.wrong_answer("You refuse two rows.")
    def of_two(y, p):
        if len(y) == 2:
            raise ValueError("two")
        return -(y * np.log(p)).sum(axis=1).max() * 0.7 + 0.3

    made.slips(right=mean_loss)
    bases = ("ValueError", "Exception", "BaseException", "object")
    raised = Raised("ValueError", bases, "rows", 2, 'raise ValueError("rows")')
    failing = Answer("loss", (Y[:2], Q[:2]), raised=raised)
    others = [
        Answer("loss", (Y, q), value=-(Y * np.log2(q)).sum(1).max() * 0.7 + 0.3)
        for q in (Q, Q[::-1])
    ]
    stopped = Stopped(Outcome.RAISED, Finding("ValueError"), failing)
    (told,) = explain(made, stopped, [failing, *others]).mistakes
    assert told.slips == ("of_two", "bits")
    assert told.sentence.startswith(
        "These two mistakes together give this kind of exception, and all your other answers. "
        "First: You refuse two rows. Second: "
    )
