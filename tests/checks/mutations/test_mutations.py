"""Two and three ordinary mistakes at once are named, by answers alone."""

from __future__ import annotations

import runpy

import numpy as np
import pytest

from grader.checks.mutations import CATALOGUE, BadSlip, slip
from grader.checks.mutations.evidence import Example, count_bits
from grader.checks.mutations.schemata import make_schema
from grader.checks.mutations.search import (
    SearchBase,
    can_answer,
    remember_answers,
    search,
)
from grader.checks.mutations.slip import pattern
from grader.common.errors import BrokenLesson
from grader.course.document import catalog
from grader.judge.diagnosis import is_alike
from grader.report import Mistake, Outcome
from tests.support.declared import declared
from tests.support.grading import grade_attempt, report_of
from tests.support.project import ROOT

SHARED = [one.name for one in CATALOGUE[:2]]


def losses(y, p):
    return -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1)


def mean_loss(y, p):
    if y.shape != p.shape:
        raise ValueError("shapes")
    return float(losses(y, p).mean())


def batch(seed: int, n: int = 4, k: int = 3) -> tuple[np.ndarray, np.ndarray]:
    rng = np.random.default_rng(seed)
    e = np.exp(rng.normal(size=(n, k)))
    return np.eye(k)[rng.integers(k, size=n)], e / e.sum(axis=1, keepdims=True)


def asked(wrong, seeds=(0, 1, 2)) -> list[Example]:
    return [Example(args, {}, wrong(*args)) for args in map(batch, seeds)]


def found(
    wrong, right=mean_loss, bases=(), most_runs: int = 100_000
) -> list[list[str]]:
    every = [SearchBase(right), *bases]
    explained = search(every, CATALOGUE, asked(wrong), alike, most_runs)
    return [sorted(slip.name for slip in one.slips) for one in explained]


def alike(got, other) -> bool:
    return is_alike(got, other, 1e-9)


RUNS: list[int] = []


def drawn_loss(y, p, rng=None):
    RUNS.append(1)
    return float(-(y * np.log(p)).sum()) + (rng.random() if rng else 0.0)


def runs_of(*searches: list[Example]) -> list[int]:
    """Count the runs of edited functions in each search of one proof."""
    counts = []
    with remember_answers():
        for each in searches:
            RUNS.clear()
            search([SearchBase(drawn_loss)], CATALOGUE, each, alike, 100_000)
            counts.append(len(RUNS))
    return counts


def test_a_proof_asks_an_edited_function_each_question_once() -> None:
    y, p = batch(0)
    same, other, nearly = (y, p), (y, 1 - p), (y, np.where(p == p.min(), 0.0, p))
    first, again, *rest = runs_of(
        *([Example(one, {}, 7.0)] for one in (same, same, other, nearly))
    )
    assert first > 10
    assert [again, *rest] == [0, first, first]
    # A proof forgets what another has seen. A state may change, so it is asked again.
    assert runs_of([Example(same, {}, 7.0)]) == [first]
    drawn = [Example(same, {"rng": np.random.default_rng(1)}, 7.0)]
    once, twice = runs_of(drawn, drawn)
    assert once == twice > 10


def squared_error(y, p):
    return float(((y - p) ** 2).sum(axis=1).mean())


def test_a_slip_in_a_mistake_is_one_that_the_right_function_could_have() -> None:
    def of_sizes(y, p):
        return float(np.abs(y - p).sum(axis=1).mean())

    def without_mean(y, p):
        return float(((y - p) ** 2).sum(axis=1).sum())

    mistake = SearchBase(squared_error, mistake="squared error")
    # The right function has no square, and nobody should be told to take one.
    assert found(of_sizes, bases=[mistake]) == []
    assert ["sum for mean"] in found(without_mean, bases=[mistake])


def test_what_is_remembered_is_found_again() -> None:
    def turned(y, p):
        return float((y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean())

    def summed(y, p):
        return float(losses(y, p).sum())

    def multiplied(y, p):
        return float(-(y @ np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(axis=1).mean())

    def names(questions: list[Example]) -> list[tuple[str, ...]]:
        bases, edits = [SearchBase(mean_loss)], [*CATALOGUE, matrix_product]
        explained = search(bases, edits, questions, alike, 100_000)
        return [tuple(one.name for one in each.slips) for each in explained]

    matrix_product = slip("product of matrices", "@ multiplies.", "_a * _b -> _a @ _b")
    square = [
        Example(args, {}, multiplied(*args)) for args in (batch(0, 3), batch(1, 3))
    ]
    with pytest.raises(ValueError):
        multiplied(*batch(2))
    refused = [Example(batch(2), {}, None, "ValueError")]
    questions = [asked(turned), [*square, *refused], asked(summed)]
    said = [*map(names, questions)]
    assert ("product of matrices",) in said[1]
    assert all(said)
    with remember_answers():
        assert [names(one) for one in (*questions, *questions)] == [*said, *said]


# Patterns and switches.


def test_an_edit_that_is_no_python_is_told() -> None:
    for find, put, said in (
        ("np.log(_", "_", "isn't Python"),
        ("_ + 1", "pass", "both have to be"),
        ("np.log(_)", "_other", "is only in the second"),
    ):
        with pytest.raises(BadSlip, match=said):
            pattern(find, put)


def test_a_slip_states_no_number_and_needs_an_edit() -> None:
    for words in (
        ("a", "", "_a -> _b"),
        ("a", "said"),
        ("a", "It is {k} times too big.", "_a * _b -> _a"),
        ("a", "said", "_a * _b"),
    ):
        with pytest.raises(BadSlip):
            slip(*words)


def test_every_place_is_a_switch_and_the_right_code_is_all_off() -> None:
    edits = [(0, pattern("np.log(_)", "np.log2(_)")), (1, pattern("-_", "_"))]
    schema = make_schema(mean_loss, edits)
    assert schema is not None
    y, p = batch(0)
    assert schema.run((), (y, p), {}) == mean_loss(y, p)
    bits, minus = sorted(schema.forms, key=lambda form: form.slip)
    assert schema.run([bits], (y, p), {}) == pytest.approx(mean_loss(y, p) / np.log(2))
    assert schema.run([minus], (y, p), {}) == -mean_loss(y, p)
    both = schema.run([bits, minus], (y, p), {})
    assert both == pytest.approx(-mean_loss(y, p) / np.log(2))
    assert schema.run((), (y, p), {}) == mean_loss(y, p)


def without_one(n):
    return (n - 1) / (n - 2)


def of_nothing(x):
    return (0 - x) * (x - 0) / 1


@pytest.mark.parametrize(
    ("right", "name", "wrong"),
    [
        # n / 1 is n, so only the other difference becomes a division.
        (without_one, "divided for taken away", 3 / 2),
        (of_nothing, "plus for minus", None),
        (of_nothing, "times for divided", None),
        (of_nothing, "turned round", 16),
    ],
)
def test_an_operation_that_does_nothing_is_no_slip(right, name: str, wrong) -> None:
    (one,) = (one for one in CATALOGUE if one.name == name)
    schema = make_schema(right, [(0, edit) for edit in one.patterns])
    if wrong is None:
        assert schema.forms == ()
    else:
        assert schema.run(schema.forms[:1], (4.0,), {}) == wrong
        assert right is not without_one or len(schema.forms) == 1


def test_the_minus_of_a_number_is_no_minus_sign_that_may_be_missing() -> None:
    def last(x):
        return -x.sum(axis=-1)

    schema = make_schema(last, [(0, pattern("-_", "_"))])
    assert schema is not None
    (form,) = schema.forms
    x = np.ones((2, 3))
    np.testing.assert_array_equal(schema.run([form], (x,), {}), x.sum(axis=-1))


def test_a_function_is_read_by_the_name_of_its_code() -> None:
    def twice(x):
        return -2 * x

    twice.__name__ = "renamed"
    schema = make_schema(twice, [(0, pattern("-_", "_"))])
    assert schema is not None
    assert schema.run((), (3,), {}) == -6
    assert make_schema((lambda x: -x), [(0, pattern("-_", "_"))]) is None


def test_nested_places_do_not_multiply() -> None:
    def deep(x):
        return ((((((x + 1) * 2 + 1) * 2 + 1) * 2 + 1) * 2 + 1) * 2 + 1) * 2 + 1

    edits = [(at, edit) for at, one in enumerate(CATALOGUE) for edit in one.patterns]
    schema = make_schema(deep, edits)
    assert schema is not None
    assert len(schema.forms) < 60
    assert schema.run((), (3,), {}) == deep(3)


def test_a_function_whose_source_is_not_there_has_no_switches() -> None:
    namespace: dict[str, object] = {}
    exec("def hidden(x):\n    return x", namespace)
    assert make_schema(namespace["hidden"], []) is None


# The search.


def test_the_right_answers_are_explained_by_nothing() -> None:
    assert found(mean_loss) == []


def test_one_slip_alone_comes_before_two() -> None:
    assert found(lambda y, p: -mean_loss(y, p)) == [["missing minus"]]


def test_two_at_once_are_found_whatever_the_code_looks_like() -> None:
    def by_loops(y, p):
        whole = 0.0
        for row, guess in zip(y, p, strict=True):
            for label, value in zip(row, guess, strict=True):
                whole += label * np.log2(value)
        return whole / len(y)

    assert found(by_loops) == [["bits", "missing minus"]]


def test_three_at_once_are_found() -> None:
    def three(y, p):
        return (y * np.log10(p)).sum()

    assert ["log10", "missing minus", "sum for mean"] in found(three)


def test_a_mistake_that_is_a_function_of_its_own_goes_with_a_slip() -> None:
    def squared(y, p):
        return float(((y - p) ** 2).sum(axis=1).mean())

    marker = object()
    explained = search(
        [SearchBase(mean_loss), SearchBase(squared, marker)],
        CATALOGUE,
        asked(lambda y, p: float(((y - p) ** 2).sum())),
        alike,
    )
    assert explained
    assert explained[0].base.mistake is marker
    assert [one.name for one in explained[0].slips] == ["sum for mean"]


def test_a_slip_that_leaves_few_numbers_explains_answers_only_by_itself() -> None:
    def per_cent(x):
        return 100 * x / x.sum()

    def explained(wrong) -> list[list[str]]:
        rng = np.random.default_rng(0)
        questions = [
            Example((x,), {}, wrong(x)) for x in rng.uniform(1, 9, size=(9, 6))
        ]
        found = search([SearchBase(per_cent)], CATALOGUE, questions, alike)
        return [[slip.name for slip in one.slips] for one in found]

    assert explained(lambda x: 100 * x // x.sum()) == [["whole division"]]
    assert explained(lambda x: 100 * x / x.max()) == [["max for sum"]]
    assert explained(lambda x: 100 * x // x.max()) == []


def test_a_fraction_that_is_in_every_answer_counts_once() -> None:
    x = np.arange(3.0)
    once, twice = (
        count_bits([Example((x,), {}, np.full(3, 0.394892))] * many, np.sqrt)  # type: ignore[arg-type]
        for many in (1, 2)
    )
    assert twice == once > 10


def test_what_the_right_function_refuses_is_another_matter() -> None:
    questions = asked(lambda y, p: -mean_loss(y, p))
    refused = Example((np.zeros(3), np.zeros((3, 2))), {}, 0.5)
    kept = [one for one in [*questions, refused] if can_answer(mean_loss, one)]
    explained = search([SearchBase(mean_loss)], CATALOGUE, kept, alike)
    assert kept == questions
    assert [s.name for s in explained[0].slips] == ["missing minus"]


def test_answers_that_say_little_are_explained_by_nothing() -> None:
    def is_large(x):
        return bool(x.sum() > 3)

    rng = np.random.default_rng(0)
    questions = [
        Example((x,), {}, not is_large(x)) for x in rng.integers(3, size=(2, 3))
    ]
    assert search([SearchBase(is_large)], CATALOGUE, questions, alike) == []


def explain_bend(wrong, *declared) -> list[list[str]]:
    def bend(x):
        return x if x > 2 else 0.0

    questions = [Example((x,), {}, wrong(x)) for x in (1.0, 1.5, *range(3, 9))]
    slips = [*declared, *CATALOGUE]
    explained = search([SearchBase(bend)], slips, questions, alike)
    return [[one.name for one in each.slips] for each in explained]


def test_a_declared_slip_needs_fewer_digits_than_one_of_the_catalogue() -> None:
    edit = "_a if _b else 0.0 -> _a"
    declared = slip("straight", "Straight.", edit)
    shared = slip(CATALOGUE[0].name, "Straight.", edit)
    assert explain_bend(lambda x: x, declared) == [["straight"]]
    assert explain_bend(lambda x: x, shared) == []


def test_what_the_catalogue_explains_as_well_needs_its_digits() -> None:
    declared = slip("straight", "Straight.", "_a if _b else 0.0 -> _a")
    shared = slip(CATALOGUE[0].name, "Shared.", "_a if _b else 0.0 -> _a + 0.0")
    assert explain_bend(lambda x: x, declared, shared) == []


@pytest.mark.parametrize(
    ("many", "name", "is_told"),
    [
        *((3, "turned", False), (4, "turned", True)),
        # However many they are, of two different values no more than 8 bits count.
        *((200, "turned", True), (200, CATALOGUE[0].name, False)),
    ],
)
def test_so_many_truth_values_say_enough(many: int, name: str, is_told: bool) -> None:
    def is_large(x):
        return x > 0.5

    x = np.random.default_rng(0).uniform(size=many)
    turned = slip(name, "Said.", "_a > _b -> _a < _b")
    explained = search(
        [SearchBase(is_large)], [turned], [Example((x,), {}, x < 0.5)], alike
    )
    assert bool(explained) == is_told


@pytest.mark.parametrize(
    ("xs", "names", "is_told"),
    [
        *(((2**12,), ("a", "b"), False), ((2**17,), ("a", "b"), True)),
        # One number of six digits is not enough: there are 3,400 pairs of the catalogue.
        ((2**20,), (CATALOGUE[0].name, "b"), False),
        ((2**20, 2**19), (CATALOGUE[0].name, "b"), True),
    ],
)
def test_two_at_once_need_more_digits_than_one(
    xs: tuple[int, ...], names: tuple[str, str], is_told: bool
) -> None:
    def line(x):
        return x * 2 + 7

    edits = ("_a * 2 -> _a * 3", "_a + 7 -> _a + 8")
    slips = [slip(name, "Said.", edit) for name, edit in zip(names, edits, strict=True)]
    asked = [Example((x,), {}, x * 3 + 8) for x in xs]
    assert bool(search([SearchBase(line)], slips, asked, alike)) == is_told


@pytest.mark.parametrize(
    ("value", "names"),
    [(lambda x: x * 3 + 7, ["own"]), (lambda x: x * 3 + 8, ["own", SHARED[1]])],
)
def test_an_authors_own_slip_is_shown_alone(value, names: list[str]) -> None:
    """A slip of the catalogue gives the same answers, in general words."""

    def line(x):
        return x * 2 + 7

    slips = [
        slip("own", "Said.", "_a * 2 -> _a * 3"),
        slip(SHARED[0], "Said.", "_a * 2 -> _a + _a + _a"),
        slip(SHARED[1], "Said.", "_a + 7 -> _a + 8"),
    ]
    questions = [Example((x,), {}, value(x)) for x in (2**20, 2**19, 2**18)]
    explained = search([SearchBase(line)], slips, questions, alike)
    assert [sorted(one.name for one in each.slips) for each in explained] == [
        sorted(names)
    ]


def explain_place(put: str, raised: str) -> list[list[str]]:
    """What explains answers that are one place too far, and no answer beyond the end."""

    def nth(x, n):
        return x[n - 1]

    x = [0.394892, 0.128837, 0.918273, 0.555123]
    questions = [Example((x, n), {}, x[n]) for n in (1, 2, 3)]
    questions.append(Example((x, 4), {}, None, raised))
    edited = [slip("one further", "Said.", f"_x[_n - 1] -> {put}")]
    explained = search([SearchBase(nth)], edited, questions, alike)
    return [[one.name for one in each.slips] for each in explained]


def test_an_exception_is_an_answer_and_is_given_by_its_own_kind_alone() -> None:
    assert explain_place("_x[_n]", "IndexError") == [["one further"]]
    assert explain_place("_x[_n]", "ValueError") == []
    assert explain_place("_x[_n]", "") == []
    assert explain_place("_x[_n] if _n < len(_x) else None", "IndexError") == []
    assert explain_place("_x[_n] if _n < len(_x) else None", "") == [["one further"]]


def test_the_outer_one_of_two_is_told_first() -> None:
    def in_bits(y, p):
        return float((y * np.log2(p)).sum(axis=1).mean())

    (explained,) = search([SearchBase(mean_loss)], CATALOGUE, asked(in_bits), alike)
    assert [one.name for one in explained.slips] == ["missing minus", "bits"]


@pytest.mark.parametrize(
    ("put", "value"), [("_a * 0", 0.0), ("np.nan", np.nan), ("-np.inf", -np.inf)]
)
def test_nothing_but_0_nan_or_inf_explains_no_slip_not_even_a_declared_one(
    put: str, value: float
) -> None:
    nothing = slip("nothing", "Nothing.", f"_a if _b else 0.0 -> {put}")
    assert explain_bend(lambda x: value, nothing) == []


def test_right_numbers_in_another_shape_say_what_they_are() -> None:
    def square(x):
        return x.reshape(2, 2)

    x = np.random.default_rng(0).uniform(size=4)
    flat = slip("flat", "Said.", "_a.reshape(2, 2) -> _a")
    explained = search([SearchBase(square)], [flat], [Example((x,), {}, x)], alike)
    assert [one.name for one in explained[0].slips] == ["flat"]


@pytest.mark.slow
def test_random_wrong_answers_are_explained_by_nothing() -> None:
    rng = np.random.default_rng(7)
    for _ in range(200):
        questions = [
            one._replace(value=float(rng.normal())) for one in asked(mean_loss)
        ]
        assert search([SearchBase(mean_loss)], CATALOGUE, questions, alike, 2_000) == []


def count_runs() -> int:
    """How many runs a search that finds nothing makes, of 500 that it may make."""
    runs = []

    def counted(got, other):
        runs.append(other)
        return is_alike(got, other, 1e-9)

    questions, bases = asked(lambda y, p: 0.123), [SearchBase(mean_loss)]
    assert search(bases, CATALOGUE, questions, counted, 500) == []
    return len(runs)


def test_the_search_ends_after_its_runs() -> None:
    assert 100 < count_runs() <= 501


def test_what_is_found_before_the_runs_end_is_all_of_its_size_or_nothing() -> None:
    def three(y, p):
        return (y * np.log10(p)).sum()

    every = found(three)
    assert len(every) > 1
    ended = [found(three, most_runs=most) for most in range(0, 1_500, 30)]
    assert all(one in ([], every) for one in ended)


def test_a_function_that_is_slow_ends_the_search_by_its_time(monkeypatch) -> None:
    monkeypatch.setattr("grader.checks.mutations.search.MOST_S", 0.0)
    # After its first run, every function is too slow.
    assert count_runs() == 1


def test_inputs_are_never_changed_by_an_edit() -> None:
    _, p = batch(3)
    before = p.copy()
    found(lambda y, p: float(p.sum()))
    np.testing.assert_array_equal(p, before)


# In a lesson.


def told(warm, tag: str, code: str) -> tuple[str, tuple[str, ...]]:
    mistake = mistake_of(warm, tag, code)
    return mistake.sentence, mistake.slips


def mistake_of(warm, tag: str, code: str) -> Mistake:
    lesson = catalog.find(tag[:-1], ROOT)
    report = report_of(lesson, tag, code, seed=5, warm=warm)
    (mistake, *_) = report.exercises[0].finding.mistakes
    return mistake


def test_both_sentences_are_told(warm) -> None:
    sentence, slips = told(
        warm,
        "3e",
        "def cross_entropy(y, p):\n    p = np.clip(p, 1e-7, 1 - 1e-7)\n"
        "    return float((y * np.log2(p)).sum(axis=1).mean())",
    )
    assert sentence.startswith("These two mistakes together give exactly your answers.")
    assert "First:" in sentence
    assert "Second:" in sentence
    assert sorted(slips) == ["bits", "missing minus"]


def test_a_part_that_another_call_shows_says_so(warm) -> None:
    sentence, _ = told(
        warm, "3c", "def softmax(z):\n    e = np.exp(z)\n    return e / e.sum(axis=1)"
    )
    assert sentence.startswith(
        "These two mistakes together give exactly your answers. First: "
    )
    assert sentence.endswith(
        "Second: A single row of shape (K,) has no axis 1. (That shows in another call.)"
    )


def test_each_part_of_what_is_told_together_has_its_own_sentence(warm) -> None:
    both = (
        "3e",
        "def cross_entropy(y, p):\n    p = np.clip(p, 1e-7, 1 - 1e-7)\n"
        "    return float((y * np.log2(p)).sum(axis=1).mean())",
    )
    beside = (
        "2c",
        "def scale(x):\n    return np.asarray(x, dtype=float) * 0.00390625",
    )
    for tag, code in (both, beside):
        mistake = mistake_of(warm, tag, code)
        assert len(mistake.parts) == 2
        for name, sentence in mistake.parts:
            assert name in mistake.tag
            assert sentence in mistake.sentence
            assert sentence != mistake.sentence


def test_what_shows_beside_a_mistake_is_told_with_it(warm) -> None:
    sentence, slips = told(
        warm,
        "2c",
        "def scale(x):\n    return np.asarray(x, dtype=float) * 0.00390625",
    )
    assert sentence.startswith(
        "Two things show in your answers. First: With your function 255 doesn't become"
    )
    assert "float64, which takes twice" in sentence.partition("Second: ")[2]
    assert slips == ("256", "is_float64")


def test_the_rarest_class_is_not_taken_for_the_largest_label(warm) -> None:
    code = (
        "def majority_baseline(train_y, test_y):\n"
        "    classes, counts = np.unique(train_y, return_counts=True)\n"
        "    return float((test_y == classes[counts.argmin()]).mean())"
    )
    assert told(warm, "1f", code) == (
        "You return the rarest class.",
        ("rarest",),
    )


def test_a_shuffled_split_in_the_wrong_order_is_not_said_to_stand_in_blocks(
    warm,
) -> None:
    code = (
        "def stratified_split(labels, per_class, seed, right=stratified_split):\n"
        "    return right(labels, per_class, seed)[::-1]"
    )
    sentence, slips = told(warm, "2e", code)
    assert sentence.startswith("The two arrays are swapped.")
    assert slips == ()


def test_a_number_beyond_the_end_is_not_said_to_have_given_a_photo(warm) -> None:
    code = (
        "def nth_image(images, n):\n    if n < 1:\n        raise ValueError(n)\n"
        "    return images[n - 1]"
    )
    sentence, _ = told(warm, "1d", code)
    assert sentence.startswith(
        "Beyond the end, the indexing itself raised an IndexError"
    )


def test_the_digits_of_a_whole_number_say_as_much_as_they_are() -> None:
    def count(x):
        return int(x.sum())

    def explained(most: int) -> list[str]:
        rng = np.random.default_rng(0)
        questions = [
            Example((x,), {}, -count(x)) for x in rng.integers(1, most, size=(4, 3))
        ]
        minus = slip("minus", "Said.", "int(_) -> -int(_)")
        found = search([SearchBase(count)], [minus], questions, alike)
        return [one.slips[0].name for one in found]

    assert explained(1000) == ["minus"]


def test_a_name_that_is_not_in_the_catalogue_is_refused() -> None:
    one = declared("1a", "Toy", 1, "f")
    with pytest.raises(BrokenLesson, match="no 'bitz'"):
        one.slips(without=("bitz",))


def test_slips_that_are_declared_twice_are_refused() -> None:
    """The second call would take the slips of the first away."""
    one = declared("1a", "Toy", 1, "f")
    one.slips()
    with pytest.raises(BrokenLesson, match=r"1a: slips\(\) appears twice"):
        one.slips()


def test_two_words_for_one_thing_are_told_once(warm) -> None:
    lesson = catalog.find("3", ROOT)
    code = (
        "def cross_entropy(y, p):\n    p = np.clip(p, 1e-7, 1 - 1e-7)\n"
        "    return float(-(y * np.log2(p)).sum())"
    )
    source = f"{lesson.solution.read_text(encoding='utf-8')}\n\n{code}"
    report = grade_attempt(
        lesson,
        lesson.solution,
        source=source.encode(),
        seed=5,
        exercise="3e",
        warm=warm,
    )
    finding = report.exercises[0].finding
    assert finding is not None
    assert [sorted(one.slips) for one in finding.mistakes] == [["bits", "sum for mean"]]


@pytest.mark.parametrize(
    ("tag", "name", "code"),
    [
        ("3b", "largest alone", "def softmax_row(z):\n    return max(_right(z))"),
        ("3c", "sign of the exponent", "def softmax(z):\n    return _right(-z)"),
        ("3c", "softmax twice", "def softmax(z):\n    return _right(_right(z))"),
        (
            "3e",
            "median",
            "def cross_entropy(y, p):\n    return float(np.median(losses(y, p)))",
        ),
        (
            "5e",
            "always by four",
            "def grad_logits(y, z):\n    return _right(y, z) * len(z) / 4",
        ),
    ],
)
def test_a_lesson_s_own_slips_are_named(warm, tag: str, name: str, code: str) -> None:
    right = {"3b": "softmax_row", "3c": "softmax", "5e": "grad_logits"}.get(tag, "abs")
    assert told(warm, tag, f"_right = {right}\n{code}")[1] == (name,)


MACHINE = """
def numeric_grad(f, z, h=1e-5):
    {first}
    grad = np.zeros_like(z)
    for i in np.ndindex(z.shape):
        up, down = z.copy(), z.copy()
        up[i] += {up}
        down[i] -= {down}
        grad[i] = ({difference}) / {by}
    return grad
"""


@pytest.mark.parametrize(
    ("edit", "names"),
    [
        ({"down": "0", "by": "h"}, {"one step to the right"}),
        ({"up": "0", "by": "h"}, {"one step to the left"}),
        ({"down": "0"}, {"only back to the middle"}),
        ({"by": "h"}, {"divided by one step"}),
        ({"by": "2 * h"}, {"brackets forgotten"}),
        ({"by": "2"}, {"h is missing"}),
        ({"first": "h = 1e-5"}, {"own step"}),
        ({"difference": "f(down) - f(up)"}, {"turned round"}),
        (
            {"difference": "f(down) - f(up)", "by": "h"},
            {"turned round", "divided by one step"},
        ),
    ],
)
def test_slips_of_the_slow_machine_are_named(warm, edit, names: set[str]) -> None:
    right = {"first": "", "up": "h", "down": "h", "by": "(2 * h)"}
    code = MACHINE.format(**{**right, "difference": "f(up) - f(down)", **edit})
    assert set(told(warm, "5f", code)[1]) == names


# Lesson 7 is loaded without Keras here: a file of 7a needs none.


def written(file: str) -> list[str]:
    """The attempts at 7a in a file of attempts that were written down before."""
    rows = runpy.run_path(str(ROOT / "tests" / "lessons" / "slips" / file))["ATTEMPTS"]
    return [row[-1] for row in rows if row[0] == "7a"]


TWICE, MULTIPLIED, FOR_BOTH = written("unlisted.py")
TOO_MANY, MISSING = written("two_mistakes_7_to_12.py")
LAYER = "def dense_params(n_in, n_out): return {}\n"
NETWORK = (
    "def total_params(sizes):\n    pairs = list(zip(sizes, sizes[1:]))\n    return {}\n"
)
RIGHT_LAYER = LAYER.format("(n_in + 1) * n_out")
RIGHT_NETWORK = NETWORK.format("sum(dense_params(a, b) for a, b in pairs)")


def named_in_7a(warm, code: str) -> list[str]:
    """What each mistake is called that is told of a file with this code."""
    lesson = catalog.find("7", ROOT)
    source = f"import numpy as np\n{code}".encode()
    report = grade_attempt(
        lesson, lesson.page, source=source, seed=5, exercise="7a", warm=warm
    )
    (result,) = report.exercises
    assert result.outcome is Outcome.WRONG
    assert result.finding is not None
    return [mistake.tag[3:] for mistake in result.finding.mistakes]


@pytest.mark.parametrize(
    ("code", "name"),
    [
        (TOO_MANY, "no biases+one layer too many"),
        (MISSING, "bias per input+last layer missing"),
        (TWICE, "weights_twice"),
        (MULTIPLIED, "layers multiplied"),
        (FOR_BOTH, "biases_for_both"),
        (LAYER.format("n_in * n_out") + RIGHT_NETWORK, "no_biases"),
        (LAYER.format("n_in * n_out"), "no_biases"),
        (LAYER.format("401920") + RIGHT_NETWORK, "the_pages_layer"),
        (RIGHT_LAYER + NETWORK.format("407050"), "the_pages_network"),
        (
            RIGHT_LAYER + NETWORK.format("sum(a * b for a, b in pairs)"),
            "no biases",
        ),
        (
            RIGHT_LAYER + NETWORK.format("dense_params(sizes[0], sizes[1])"),
            "first layer alone",
        ),
        (
            RIGHT_LAYER + NETWORK.format("dense_params(sizes[-2], sizes[-1])"),
            "last layer alone",
        ),
        (
            RIGHT_LAYER + NETWORK.format("dense_params(sizes[0], sizes[-1])"),
            "first and last",
        ),
        (
            RIGHT_LAYER + NETWORK.format("sum(dense_params(*p) for p in pairs[1:])"),
            "first layer missing",
        ),
        (RIGHT_LAYER + NETWORK.format("sum(sizes[1:])"), "units counted"),
        (
            RIGHT_LAYER
            + NETWORK.format("sizes[0] + sum(dense_params(*p) for p in pairs)"),
            "biases for the input",
        ),
        (
            LAYER.format("n_in * n_out + 1")
            + NETWORK.format("sum(dense_params(*p) for p in pairs[:-1])"),
            "last layer missing+one bias",
        ),
        (RIGHT_LAYER + NETWORK.format("int(np.prod(sizes))"), "sizes multiplied"),
        (RIGHT_LAYER + NETWORK.format("7 * sum(sizes) + 3"), ""),
    ],
)
def test_slips_of_7a_are_named_and_nothing_else(warm, code: str, name: str) -> None:
    assert named_in_7a(warm, code) == ([name] if name else [])


def test_a_mistake_that_two_others_would_make_up_together_is_told_as_one(warm) -> None:
    above = (
        "def losses(y, p):\n    q = np.clip(p, 1e-7, 1 - 1e-7)\n"
        "    return np.array([-np.log(q[i, y[i - 1].argmax()]) for i in range(len(q))])"
    )
    assert told(warm, "3d", above)[1] == ("label of the photo above",)
    in_front = (
        "def log_softmax(z):\n    top = z.max(axis=-1, keepdims=True)\n"
        "    with np.errstate(all='ignore'):\n"
        "        return z - top - np.log(np.exp(z).sum(axis=-1, keepdims=True))"
    )
    assert told(warm, "5c", in_front)[1] == ("shift in front alone",)
