"""Lessons 1 to 4: no sentence asserts what nobody looked at, and wrong work fails."""

from __future__ import annotations

import pytest

from grader.report import Outcome
from grader.sandbox import WorkerFactory, WorkerPool
from grader.sandbox.worker_pool import WorkerRequirements
from tests.support.grading import graded, said


@pytest.fixture(scope="module")
def warm(pool: WorkerPool) -> WorkerFactory:
    return pool.factory(WorkerRequirements(("numpy", "matplotlib", "sympy")))


PLOT = """
def plot_digit(images, n):
    {refuse}
    _, axes = plt.subplots()
    axes.imshow({image}, cmap="gray")
    axes.set_title(f"image {{n}}")
    return axes
"""
SPLIT = """
def stratified_split(labels, per_class, seed):
    rng = np.random.default_rng(seed)
    train, test = [], []
    for c in np.unique(labels):
        mine = {mine}
        test.append(mine[:per_class])
        train.append(mine[per_class:])
    train, test = {cut}
    return rng.permutation(train), rng.permutation(test)
"""
SHUFFLED = "rng.permutation(np.flatnonzero(labels == c))"
JOINED = "np.concatenate(train), np.concatenate(test)"
NO_LABELS = """
def one_hot(labels, k=10):
    if len(labels) and labels.max() >= k:
        raise ValueError("a label has no column")
    {line}
"""
CROSS_ENTROPY = """
def cross_entropy(y, p):
    {line}
    return float(losses(y, p).mean())
"""
DERIVED = """
def derive_dL_dz(y, p, z, i):
    yield -total(y[k] * d(log(p[k]), z[i]), k), "derivative of a sum"
    yield -total(y[k] / p[k] * d(p[k], z[i]), k), "d ln u = du / u"
    {line}
"""
REMEMBERS = """
SEEN = {{}}

def check_loss(fn):
    batches = [(np.eye(3), np.full((3, 3), 1 / 3)), (np.eye(3), np.eye(3)),
               (np.eye(3), np.eye(3)[::-1].copy()), (np.eye(5)[[3]], np.full((1, 5), .2)),
               (np.array([[.9, .1, 0]]), np.array([[.7, .2, .1]]))]
    answers = [fn(y, p) for y, p in batches]
    first = SEEN.setdefault("first", answers)
    for mine, theirs in zip(answers, first):
        assert abs(mine - theirs) < 1e-6
"""

# exercise, code below the solution, what is said, what is not said
SENTENCES = {
    "1b a number of numpy's": (
        "1b",
        """
        def describe(images):
            n, height, width = images.shape
            return {"n": n, "height": height, "width": width,
                    "dtype": str(images.dtype), "low": images.min(),
                    "high": int(images.max())}
        """,
        "some are NumPy numbers, such as np.uint8",
        "floats",
    ),
    "1d an IndexError of one's own": (
        "1d",
        """
        def nth_image(images, n):
            if n < 1:
                raise ValueError("no")
            if n > len(images):
                raise IndexError("no")
            return images[n - 1]
        """,
        "another exception came",
        "by itself",
    ),
    "1d clamped": (
        "1d",
        "def nth_image(images, n): return images[min(max(n, 1), len(images)) - 1]",
        "There is no image 0, and you returned image 1 instead",
        "",
    ),
    "1g None for an image that is there": (
        "1g",
        "def plot_digit(images, n): nth_image(images, n)",
        "plot_digit returned None",
        "You drew",
    ),
    "1g a tuple of other things": (
        "1g",
        PLOT.format(refuse="pass", image="nth_image(images, n)") + "    return 1, axes\n"
        "def plot_digit(images, n): return n, nth_image(images, n)",
        "",
        "Figure",
    ),
    "1g in colours": (
        "1g",
        PLOT.format(refuse="pass", image="nth_image(images, n)").replace(
            '"gray"', '"plasma"'
        ),
        "in color: its color map is plasma",
        "default color map",
    ),
    "2a no result of /": (
        "2a",
        'PREDICT["byte(0, 128, 200, 255) // 255"] = [0, 0.25, 0.5, 1]',
        "",
        "results of /",
    ),
    "2c an unscaled set is guessed": (
        "2c",
        "def scale(x):\n    x = x.astype('float32')\n"
        "    return x if x.max() <= 1 else x / np.float32(255)",
        "You don't divide if the largest pixel is 1",
        "",
    ),
    "2c changed in another way": (
        "2c",
        "def scale(x):\n    x = np.asarray(x, dtype=np.float32)\n"
        "    np.divide(x, 255, out=x)\n    return x",
        "changed its argument x in place.",
        "wrote into",
    ),
    "2d no labels are refused": (
        "2d",
        NO_LABELS.format(
            line='if len(labels) == 0: raise ValueError("none")\n'
            "    return np.eye(k, dtype=np.float32)[labels]"
        ),
        "You refused an array without labels",
        "largest",
    ),
    "2d another ValueError without labels": (
        "2d",
        NO_LABELS.format(
            line="return np.stack([np.eye(k, dtype=np.float32)[c] for c in labels])"
        ),
        "need at least one array",
        "largest label",
    ),
    "2d an IndexError of one's own": (
        "2d",
        """
        def one_hot(labels, k=10):
            for label in labels:
                if label >= k:
                    raise IndexError(label)
            return np.eye(k, dtype=np.float32)[labels]
        """,
        "another exception came",
        "NumPy raised an IndexError",
    ),
    "2e a class is missing": (
        "2e",
        SPLIT.format(mine=SHUFFLED, cut="np.concatenate(train + test[:1]), "
                     "np.concatenate(test[1:])"),
        "You test with 0 images of one class and 5 of another",
        "sorted",
    ),
    "2e the tail": (
        "2e",
        SPLIT.format(mine=SHUFFLED, cut="np.arange(len(labels))[:-50], "
                     "np.arange(len(labels))[-50:]"),
        "the end of the file, which is sorted by digit: it contains only 8 and 9",
        "shuffle",
    ),
    "2e a share of each class": (
        "2e",
        SPLIT.format(mine=SHUFFLED, cut=JOINED).replace(
            ":per_class]", ":len(mine) // 6]").replace("[per_class:", "[len(mine) // 6:"),
        "Did you shuffle all classes together?",
        "One shuffle",
    ),
    "2e the last ones of each class": (
        "2e",
        SPLIT.format(mine="np.flatnonzero(labels == c)[::-1]", cut=JOINED),
        "the last ones of each class",
        "first",
    ),
    "3a log10 on paper": (
        "3a",
        "PAPER['loss row 2'] = 0.699",
        "many calculators call log",
        "np.",
    ),
    "3a columns on paper": (
        "3a",
        "PAPER['p row 2'] = [0.25, 0.0833, 0.1429]",
        "divide each column by its sum",
        "keepdims",
    ),
    "3d changes y": (
        "3d",
        "def losses(y, p):\n    right = -(y * np.log(np.clip(p, 1e-7, 1 - 1e-7))).sum(1)"
        "\n    y *= 2\n    return right",
        "losses changed its argument y in place",
        "clip",
    ),
    "3d clipped at one end": (
        "3d",
        "def losses(y, p): return -(y * np.log(np.maximum(p, 1e-7))).sum(axis=1)",
        "you didn't clip the p of 1",
        "",
    ),
    "3e exactly one": (
        "3e",
        CROSS_ENTROPY.format(
            line="if len(p) == 0 or not np.all(y.sum(axis=-1) == 1): "
            'raise ValueError("rows must sum to 1")'
        ),
        "You refused the row (0.7, 0.2, 0.1)",
        "",
    ),
    "3e numpy's AxisError": (
        "3e",
        CROSS_ENTROPY.format(
            line="if len(p) == 0 or not np.allclose(y.sum(axis=1), 1): "
            'raise ValueError("rows must sum to 1")'
        ),
        "NumPy raised that AxisError",
        "broadcasting",
    ),
    "3e a lookup in 3d": (
        "3e",
        """
        def losses(y, p):
            p = np.clip(p, 1e-7, 1 - 1e-7)
            return np.array([-np.log(row[k]) for row, k in zip(p, y.argmax(1))])
        """,
        "The mistake is in your losses from 3d",
        "",
    ),
    "3e a lookup in 3e": (
        "3e",
        """
        def cross_entropy(y, p):
            if y.shape != p.shape or len(p) == 0:
                raise ValueError("rows")
            p = np.clip(p, 1e-7, 1 - 1e-7)
            return float(-np.log(p[range(len(p)), y.argmax(1)]).mean())
        """,
        "You used only the largest label",
        "losses from 3d",
    ),
    "3f remembers": ("3f", REMEMBERS.format(), "Do they remember earlier answers", ""),
    "3f too close": (
        "3f",
        "def check_loss(fn):\n    assert abs(fn(np.eye(3), np.eye(3))) < 1e-12",
        "and accept 0.",
        "exactly 0",
    ),
    "4c a row": (
        "4c",
        "def dL_dp(y, p): return sp.Matrix([[-a / b for a, b in zip(y, p)]])",
        "That is a row, 1 x K, and not a column.",
        "",
    ),
    "4d a column that is no diagonal": (
        "4d",
        "def jacobian(p): return sp.Matrix([q**2 for q in p])",
        "Is it only the diagonal",
        "That is the diagonal",
    ),
    "4e one for every class": (
        "4e",
        DERIVED.format(line='yield p[i] - 1, "y is one hot"'),
        "y[i] is 1 only for the true class",
        "delta",
    ),
    "4e delta is dropped": (
        "4e",
        DERIVED.format(line='yield -total(y[k] * (1 - p[i]), k), "softmax"'),
        "1 - p[i] is right only for k = i",
        "",
    ),
    "4e two lines": (
        "4e",
        """
        def derive_dL_dz(y, p, z, i):
            yield -total(y[k] / p[k] * d(p[k], z[i]), k), "d ln u = du / u"
            yield p[i] - y[i], "result"
        """,
        "you jump to it",
        "without the way",
    ),
}  # fmt: skip


@pytest.mark.parametrize(
    ("tag", "code", "told", "not_told"), SENTENCES.values(), ids=SENTENCES
)
def test_a_sentence_says_what_was_seen(
    warm: WorkerFactory, tag: str, code: str, told: str, not_told: str
) -> None:
    result = graded(warm, tag, code)
    assert result.outcome in (Outcome.WRONG, Outcome.GUESSED, Outcome.RAISED), said(
        result
    )
    assert told in said(result)
    assert not not_told or not_told not in said(result)


GREY = """
def plot_digit(images, n):
    photo = nth_image(images, n)
    figure, axes = plt.subplots()
    {show}
    axes.set_title(f"Digit {{n}}", loc="left")
    return axes
"""
RIGHT = {
    "1b int of everything": (
        "1b",
        "def describe(a): return dict(zip('n height width low high dtype'.split(), "
        "[*a.shape, *map(int, (a.min(), a.max())), a.dtype.name]))",
    ),
    "1g binary, title on the left": (
        "1g",
        GREY.format(show='axes.matshow(photo, cmap="binary")'),
    ),
    "1g the grey of plt.gray": ("1g", GREY.format(show="plt.gray(); plt.imshow(photo)")),
    "2c by multiplication": ("2c", "def scale(x): return np.float32(x) * np.float32(1 / 255)"),
    "2e last ones after a shuffle": (
        "2e",
        SPLIT.format(mine=SHUFFLED + "[::-1]", cut=JOINED),
    ),
    "3d a lookup": (
        "3d",
        "def losses(y, p): return -np.log(np.clip(p, 1e-7, 1 - 1e-7))"
        "[range(len(p)), y.argmax(1)]",
    ),
    "3e loops and a helper that raises": (
        "3e",
        """
        def refuse(text):
            raise ValueError(
                text
            )

        def cross_entropy(y, p):
            if np.shape(y) != np.shape(p) or not len(p):
                refuse("rows")
            rows = zip(y, np.clip(p, 1e-7, 1 - 1e-7))
            return sum(-sum(a * math.log(b) for a, b in zip(*row)) for row in rows) / len(p)
        """,
    ),
    "3f with random batches": (
        "3f",
        """
        def check_loss(fn):
            rng = np.random.default_rng()
            for n, k in ((3, 5), (2, 2), (6, 10)):
                p = rng.dirichlet(np.ones(k), size=n)
                y = rng.dirichlet(np.ones(k), size=n)
                assert abs(fn(y, p) + (y * np.log(p)).sum() / n) < 1e-6
            assert abs(fn(np.eye(2), np.eye(2)[::-1].copy()) - 16.118) < 0.001
        """,
    ),
    "4c a list": ("4c", "def dL_dp(y, p): return [-a / b for a, b in zip(y, p)]"),
}  # fmt: skip


@pytest.mark.parametrize(("tag", "code"), RIGHT.values(), ids=RIGHT)
def test_right_work_passes(warm: WorkerFactory, tag: str, code: str) -> None:
    result = graded(warm, tag, code)
    assert result.outcome is Outcome.PASSED, said(result)


def test_a_sentence_is_not_called_right_and_has_another_one_beside_it(
    warm: WorkerFactory,
) -> None:
    wrong = "It means that the network is always right."
    result = graded(warm, "3g", f'EXPLAIN["in one sentence"] = "{wrong}"')
    assert result.outcome is Outcome.PASSED
    (remark,) = result.remarks
    assert wrong in remark
    assert "can't judge" in remark
    assert "31 %" in remark
    (check,) = (c for c in result.checks if c.remark)
    assert "It isn't graded" in check.sentence


def test_the_point_where_an_answer_is_wrong_is_a_probability(
    warm: WorkerFactory,
) -> None:
    code = "def dL_dp(y, p): return [-a for a, b in zip(y, p)]"
    sentence = said(graded(warm, "4c", code))
    assert "p = (1/2, 1/3, 1/6)" in sentence or "p = (1/6, 1/3, 1/2)" in sentence
