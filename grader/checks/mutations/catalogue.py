"""catalogue: the slips that all lessons share.

Each sentence must be true wherever its slip applies, even next to another slip. It
compares the answers with those of the right function and says what to change.
"""

from __future__ import annotations

from grader.checks.mutations.slip import Slip


def slip(name: str, sentence: str, *edits: str, is_coarse: bool = False) -> Slip:
    """Declare a slip; its edits are parsed only when a search uses them.

    Every grading imports this list, but few gradings search it.
    """
    return Slip(name, sentence, edits, is_coarse)


LOGARITHMS = (
    slip(
        "bits",
        "You used a base-2 logarithm.\nUse the natural logarithm, np.log.",
        "np.log(_) -> np.log2(_)",
        "math.log(_) -> math.log2(_)",
    ),
    slip(
        "log10",
        "You used a base-10 logarithm.\nUse the natural logarithm, np.log.",
        "np.log(_) -> np.log10(_)",
        "math.log(_) -> math.log10(_)",
    ),
    slip(
        "log1p",
        "You took the logarithm of 1 + x.\nUse np.log, not np.log1p.",
        "np.log(_) -> np.log1p(_)",
        "math.log(_) -> math.log1p(_)",
    ),
    slip("no log", "A logarithm is missing.", "np.log(_) -> _", "math.log(_) -> _"),
    slip(
        "no exp",
        "An exponential is missing.",
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
        "You added up logarithms.\nTake the logarithm of the sum.",
        "np.log(_a.sum(*_args, **_kw)) -> np.log(_a).sum(*_args, **_kw)",
    ),
    slip(
        "power of 2",
        "You raised 2 to a power.\nUse e, with np.exp.",
        "np.exp(_) -> 2.0 ** _",
        "math.exp(_) -> 2.0 ** _",
    ),
)
SIGNS = (
    slip(
        "missing minus",
        "A sign is wrong: a minus is missing, or there is one too many.",
        "-_ -> _",
    ),
    slip(
        "turned round",
        "A difference has the wrong order.\nExchange its two sides.",
        "_a - _b -> _b - _a",
    ),
    slip(
        "plus for minus",
        "You added two values that should not be added.\nSubtract one from the other.",
        "_a - _b -> _a + _b",
    ),
    slip(
        "divided for taken away",
        "You divided two values that should not be divided.\n"
        "Subtract one from the other.",
        "_a - _b -> _a / _b",
    ),
    slip(
        "minus for plus",
        "You subtracted a value that should not be subtracted.\nAdd it.",
        "_a + _b -> _a - _b",
    ),
    slip("no abs", "An absolute value is missing.", "np.abs(_) -> _", "abs(_) -> _"),
)
SUMS = (
    slip(
        "sum for mean",
        "You took a sum. Should it depend on how many entries there are?\n"
        "Take the mean.",
        "_a.mean(*_args, **_kw) -> _a.sum(*_args, **_kw)",
        "np.mean(*_args, **_kw) -> np.sum(*_args, **_kw)",
    ),
    slip(
        "mean for sum",
        "You took a mean. Should the number of entries make no difference?\n"
        "Take the sum.",
        "_a.sum(*_args, **_kw) -> _a.mean(*_args, **_kw)",
        "np.sum(*_args, **_kw) -> np.mean(*_args, **_kw)",
    ),
    slip(
        "min for max",
        "You used the minimum.\nUse the maximum.",
        "_a.max(*_args, **_kw) -> _a.min(*_args, **_kw)",
        "_a.argmax(*_args, **_kw) -> _a.argmin(*_args, **_kw)",
        "np.max(*_args, **_kw) -> np.min(*_args, **_kw)",
        "np.argmax(*_args, **_kw) -> np.argmin(*_args, **_kw)",
    ),
    slip(
        "max for min",
        "You used the maximum.\nUse the minimum.",
        "_a.min(*_args, **_kw) -> _a.max(*_args, **_kw)",
        "_a.argmin(*_args, **_kw) -> _a.argmax(*_args, **_kw)",
        "np.min(*_args, **_kw) -> np.max(*_args, **_kw)",
        "np.argmin(*_args, **_kw) -> np.argmax(*_args, **_kw)",
    ),
    slip(
        "max for sum",
        "You kept only the largest of several values.\nAdd up all of them.",
        "_a.sum(*_args, **_kw) -> _a.max(*_args, **_kw)",
        "np.sum(*_args, **_kw) -> np.max(*_args, **_kw)",
    ),
    slip(
        "value for position",
        "You used the values themselves.\n"
        "Use their positions, from argmin, argmax or argsort.",
        "_a.argmin(*_args, **_kw) -> _a.min(*_args, **_kw)",
        "_a.argmax(*_args, **_kw) -> _a.max(*_args, **_kw)",
        "np.argmin(*_args, **_kw) -> np.min(*_args, **_kw)",
        "np.argmax(*_args, **_kw) -> np.max(*_args, **_kw)",
        "np.argsort(*_args, **_kw) -> np.sort(*_args, **_kw)",
    ),
)
AXES = (
    slip(
        "other axis",
        "You worked along the wrong axis of an array.\n"
        "axis=0 goes down the columns, and axis=1 along the rows.",
        "_f(*_args, axis=1, **_kw) -> _f(*_args, axis=0, **_kw)",
        "_f(*_args, axis=-1, **_kw) -> _f(*_args, axis=0, **_kw)",
        "_f(*_args, axis=0, **_kw) -> _f(*_args, axis=1, **_kw)",
    ),
    slip(
        "another of three axes",
        "You used the wrong one of an array's three axes.",
        "_f(*_args, axis=2, **_kw) -> _f(*_args, axis=1, **_kw)",
        "_f(*_args, axis=2, **_kw) -> _f(*_args, axis=0, **_kw)",
    ),
    slip(
        "no axis",
        "You combined all entries of an array at once.\n"
        "Take each row, or each column, by itself: axis= says which.",
        "_f(*_args, axis=1, **_kw) -> _f(*_args, **_kw)",
        "_f(*_args, axis=-1, **_kw) -> _f(*_args, **_kw)",
        "_f(*_args, axis=0, **_kw) -> _f(*_args, **_kw)",
    ),
    slip(
        "no keepdims",
        "A sum or a maximum over an axis drops that axis, so the result is then "
        "combined with the wrong entries.\nPass keepdims=True.",
        "_f(*_args, axis=1, keepdims=True) -> _f(*_args, axis=1)",
        "_f(*_args, axis=-1, keepdims=True) -> _f(*_args, axis=-1)",
    ),
    slip("not transposed", "A transpose (.T) is missing.", "_a.T -> _a"),
    slip(
        "order of a product",
        "The two sides of a matrix product are in the wrong order.",
        "_a @ _b -> _b @ _a",
    ),
    slip(
        "entry by entry",
        "You multiplied two arrays entry by entry (*).\nTake their matrix product (@).",
        "_a @ _b -> _a * _b",
    ),
)
COUNTS = (
    slip(
        "columns counted",
        "You counted the columns.\nCount the rows.",
        "len(_) -> _.shape[1]",
        "_.shape[0] -> _.shape[1]",
    ),
    slip(
        "rows counted",
        "You counted the rows.\nCount the columns.",
        "_.shape[1] -> _.shape[0]",
        "_.shape[-1] -> _.shape[0]",
    ),
    slip(
        "entries counted",
        "You counted all entries.\nCount only the rows.",
        "len(_) -> _.size",
    ),
    slip(
        "one too few",
        "An index or a count is too small by one.",
        "range(_) -> range(_ - 1)",
        "_a[_b] -> _a[_b - 1]",
        "len(_) -> len(_) - 1",
    ),
    slip(
        "one too many",
        "An index or a count is too large by one.",
        "range(_) -> range(1, _ + 1)",
        "np.arange(_) -> np.arange(1, _ + 1)",
        "_a[_b] -> _a[_b + 1]",
        "len(_) -> len(_) + 1",
    ),
    slip(
        "256",
        "You used 256. What is the largest number in 8 bits?\nUse 255.",
        "255 -> 256",
        "255.0 -> 256",
    ),
    slip(
        "whole division",
        "A division drops its remainder.\nUse / instead of //.",
        "_a / _b -> _a // _b",
        is_coarse=True,
    ),
)
FACTORS = (
    slip("factor left out", "A factor is missing.", "_a * _b -> _a", "_a * _b -> _b"),
    slip(
        "addend left out",
        "A term of a sum is missing.",
        "_a + _b -> _a",
        "_a + _b -> _b",
    ),
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
    slip(
        "upside down",
        "A fraction is upside down: its numerator and denominator are swapped.",
        "_a / _b -> _b / _a",
    ),
    slip(
        "divided twice",
        "You divided twice.\nDivide once.",
        "_a / _b -> _a / _b / _b",
    ),
    slip(
        "times for divided",
        "You multiplied by a value that should not be a factor.\nDivide by it.",
        "_a / _b -> _a * _b",
    ),
    slip(
        "half",
        "A factor of one half is missing, or there is one too many.",
        "_a / 2 -> _a",
    ),
    slip("not squared", "A square is missing.", "_a ** 2 -> _a"),
    slip(
        "doubled, not squared",
        "You doubled a number.\nSquare it.",
        "_a ** 2 -> 2 * _a",
    ),
    slip(
        "product for power",
        "You multiplied by an exponent.\nRaise to that power.",
        "_a ** _b -> _a * _b",
    ),
    slip(
        "absolute value for square",
        "You took absolute values.\nTake squares.",
        "_a ** 2 -> np.abs(_a)",
        "np.square(_) -> np.abs(_)",
    ),
    slip("no power", "An exponent is missing.", "_a ** _b -> _a"),
    slip("no square root", "A square root is missing.", "np.sqrt(_) -> _"),
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
        "A comparison treats equal values wrongly.\nExchange < and <=, or > and >=.",
        "_a <= _b -> _a < _b",
        "_a < _b -> _a <= _b",
        "_a >= _b -> _a > _b",
        "_a > _b -> _a >= _b",
    ),
    slip(
        "comparison turned round",
        "A comparison is reversed.\n"
        "For example, it has < where > belongs, or == where != belongs.",
        "_a > _b -> _a < _b",
        "_a >= _b -> _a <= _b",
        "_a < _b -> _a > _b",
        "_a <= _b -> _a >= _b",
        "_a == _b -> _a != _b",
        "_a != _b -> _a == _b",
    ),
)
CATALOGUE = (*LOGARITHMS, *SIGNS, *SUMS, *AXES, *COUNTS, *FACTORS, *BOUNDS)
