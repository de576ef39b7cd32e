"""catalogue: the slips that every lesson shares.

Their sentences hold wherever they apply, and beside any other slip: each says what the
answers show, as seen from the right function, and where to look.
"""

from __future__ import annotations

from grader.mutations.slip import Slip


def slip(name: str, sentence: str, *edits: str) -> Slip:
    """Declare one whose edits are read when they are looked for: each grading imports
    all of these, and few look for one.
    """
    return Slip(name, sentence, edits)


LOGARITHMS = (
    slip(
        "bits",
        ("A logarithm is to the base 2.\nThe natural one is np.log."),
        "np.log(_) -> np.log2(_)",
        "math.log(_) -> math.log2(_)",
    ),
    slip(
        "log10",
        ("A logarithm is to the base 10.\nThe natural one is np.log."),
        "np.log(_) -> np.log10(_)",
        "math.log(_) -> math.log10(_)",
    ),
    slip(
        "log1p",
        "A logarithm is that of 1 + p. It should be that of p itself.",
        "np.log(_) -> np.log1p(_)",
        "math.log(_) -> math.log1p(_)",
    ),
    slip("no log", "A logarithm is left out.", "np.log(_) -> _", "math.log(_) -> _"),
    slip(
        "no exp",
        "An exponential is left out.",
        "np.exp(_) -> _",
        "math.exp(_) -> _",
    ),
    slip(
        "sign of the exponent",
        "An exponent has the wrong sign.",
        "np.exp(_) -> np.exp(-_)",
        "math.exp(_) -> math.exp(-_)",
    ),
    slip(
        "sum of logarithms",
        "Logarithms are added up where the logarithm of the sum is asked for.",
        "np.log(_a.sum(*_args, **_kw)) -> np.log(_a).sum(*_args, **_kw)",
    ),
    slip(
        "power of 2",
        "A power of 2 stands where an exponential, a power of e, is asked for.",
        "np.exp(_) -> 2.0 ** _",
        "math.exp(_) -> 2.0 ** _",
    ),
)
SIGNS = (
    slip(
        "missing minus",
        "A sign is turned round: a minus is missing, or one is too many.",
        "-_ -> _",
    ),
    slip(
        "turned round",
        "A difference is turned round: what is taken away stands first.",
        "_a - _b -> _b - _a",
    ),
    slip(
        "plus for minus",
        "Something is added that should be taken away.",
        "_a - _b -> _a + _b",
    ),
    slip(
        "divided for taken away",
        "You divided where you should subtract.",
        "_a - _b -> _a / _b",
    ),
    slip(
        "minus for plus",
        "Something is taken away that should be added.",
        "_a + _b -> _a - _b",
    ),
    slip("no abs", "An absolute value is left out.", "np.abs(_) -> _", "abs(_) -> _"),
)
SUMS = (
    slip(
        "sum for mean",
        "You added up where the mean is asked for: nothing is divided by the number.",
        "_a.mean(*_args, **_kw) -> _a.sum(*_args, **_kw)",
        "np.mean(*_args, **_kw) -> np.sum(*_args, **_kw)",
    ),
    slip(
        "mean for sum",
        "You took a mean where a sum is asked for.",
        "_a.sum(*_args, **_kw) -> _a.mean(*_args, **_kw)",
        "np.sum(*_args, **_kw) -> np.mean(*_args, **_kw)",
    ),
    slip(
        "min for max",
        "The smallest stands where the largest is asked for.",
        "_a.max(*_args, **_kw) -> _a.min(*_args, **_kw)",
        "_a.argmax(*_args, **_kw) -> _a.argmin(*_args, **_kw)",
        "np.max(*_args, **_kw) -> np.min(*_args, **_kw)",
        "np.argmax(*_args, **_kw) -> np.argmin(*_args, **_kw)",
    ),
    slip(
        "max for sum",
        "The largest entry stands where the sum is asked for.",
        "_a.sum(*_args, **_kw) -> _a.max(*_args, **_kw)",
    ),
)
AXES = (
    slip(
        "other axis",
        "You went along the other axis: down the columns where each row stands alone, "
        "or the other way round.",
        "_f(*_args, axis=1, **_kw) -> _f(*_args, axis=0, **_kw)",
        "_f(*_args, axis=-1, **_kw) -> _f(*_args, axis=0, **_kw)",
        "_f(*_args, axis=0, **_kw) -> _f(*_args, axis=1, **_kw)",
    ),
    slip(
        "no axis",
        "You took all entries together where each row, or each column, is asked for.",
        "_f(*_args, axis=1, **_kw) -> _f(*_args, **_kw)",
        "_f(*_args, axis=-1, **_kw) -> _f(*_args, **_kw)",
        "_f(*_args, axis=0, **_kw) -> _f(*_args, **_kw)",
    ),
    slip(
        "no keepdims",
        "keepdims=True is missing: a sum or a maximum over an axis loses that axis, "
        "and is then paired with the wrong entries.",
        "_f(*_args, axis=1, keepdims=True) -> _f(*_args, axis=1)",
        "_f(*_args, axis=-1, keepdims=True) -> _f(*_args, axis=-1)",
    ),
    slip("not transposed", "A transpose is missing.", "_a.T -> _a"),
    slip(
        "order of a product",
        "The two sides of a matrix product have changed places.",
        "_a @ _b -> _b @ _a",
    ),
    slip(
        "entry by entry",
        "Two arrays are multiplied entry by entry where a matrix product is asked for.",
        "_a @ _b -> _a * _b",
    ),
)
COUNTS = (
    slip(
        "columns counted",
        "The columns are counted where the rows are asked for.",
        "len(_) -> _.shape[1]",
        "_.shape[0] -> _.shape[1]",
    ),
    slip(
        "rows counted",
        "The rows are counted where the columns are asked for.",
        "_.shape[1] -> _.shape[0]",
        "_.shape[-1] -> _.shape[0]",
    ),
    slip("entries counted", "All entries are counted.", "len(_) -> _.size"),
    slip(
        "one too few",
        "An index or a count is one too small.",
        "range(_) -> range(_ - 1)",
        "_a[_b] -> _a[_b - 1]",
        "len(_) -> len(_) - 1",
    ),
    slip(
        "one too many",
        "An index or a count is one too large.",
        "_a[_b] -> _a[_b + 1]",
        "len(_) -> len(_) + 1",
    ),
    slip("256", "256 stands where 255 is asked for.", "255 -> 256", "255.0 -> 256"),
    slip("whole division", "A division loses its remainder.", "_a / _b -> _a // _b"),
)
FACTORS = (
    slip("factor left out", "A factor is left out.", "_a * _b -> _a", "_a * _b -> _b"),
    slip("addend left out", "An addend is left out.", "_a + _b -> _a", "_a + _b -> _b"),
    slip(
        "nothing taken away",
        "A subtraction is missing.",
        "_a - _b -> _a",
        "_a -= _b -> pass",
    ),
    slip(
        "not divided",
        "A division is missing.",
        "_a / _b -> _a",
        "_a /= _b -> pass",
    ),
    slip("upside down", "A fraction stands upside down.", "_a / _b -> _b / _a"),
    slip("divided twice", "A division is made twice.", "_a / _b -> _a / _b / _b"),
    slip(
        "times for divided",
        "Something is multiplied that should be divided.",
        "_a / _b -> _a * _b",
    ),
    slip("half", "A factor of one half is left out, or too much.", "_a / 2 -> _a"),
    slip("not squared", "A square is left out.", "_a ** 2 -> _a"),
    slip(
        "doubled, not squared", "A number is doubled, not squared.", "_a ** 2 -> 2 * _a"
    ),
    slip(
        "product for power",
        "A product stands where a power is asked for.",
        "_a ** _b -> _a * _b",
    ),
    slip("no power", "A power is left out.", "_a ** _b -> _a"),
    slip("no square root", "A square root is left out.", "np.sqrt(_) -> _"),
)
BOUNDS = (
    slip(
        "no clip",
        "Values are not clipped to their range.",
        "np.clip(_a, *_rest) -> _a",
        "np.maximum(_a, _b) -> _a",
        "np.minimum(_a, _b) -> _a",
    ),
    slip(
        "strict",
        "A comparison is strict where equality counts, or the other way round.",
        "_a <= _b -> _a < _b",
        "_a < _b -> _a <= _b",
        "_a >= _b -> _a > _b",
        "_a > _b -> _a >= _b",
    ),
    slip(
        "comparison turned round",
        "A comparison is turned round.",
        "_a > _b -> _a < _b",
        "_a >= _b -> _a <= _b",
        "_a < _b -> _a > _b",
        "_a <= _b -> _a >= _b",
        "_a == _b -> _a != _b",
        "_a != _b -> _a == _b",
    ),
)
SHELF = (*LOGARITHMS, *SIGNS, *SUMS, *AXES, *COUNTS, *FACTORS, *BOUNDS)
