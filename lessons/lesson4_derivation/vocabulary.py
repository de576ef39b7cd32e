"""The names that lesson 4 gives its derivations, and losses that are mistaken for its own."""

from grader.derivations import Given
from grader.derivations.notation import Row, log, symbol, total

y, p, k = Row("y"), Row("p"), symbol("k")

HELPERS = Given(
    functions={
        "log": "log = sp.log",
        "exp": "exp = sp.exp",
        "delta": "delta = sp.KroneckerDelta",
        "sigma": 'sigma = sp.Function("sigma")',
        "d": "def d(e, v):\n    return sp.Derivative(e, v)",
        "total": "def total(e, k):\n    return sp.Sum(e, (k, 0, K - 1))",
    },
    symbols=dict.fromkeys("kK", 'k, K = sp.symbols("k K", integer=True)'),
    instead={
        "sum": "A sum over all classes is total(e, k) here, not sum.",
        "ln": "The logarithm is called log here, not ln.",
        "log": "Write log as the lesson gives it, with nothing before it.",
        "exp": "Write exp as the lesson gives it, with nothing before it.",
        "Derivative": "A derivative that isn't computed yet is d(e, v) here.",
        **dict.fromkeys(
            ("Symbol", "symbols", "Dummy", "Idx", "Indexed", "IndexedBase"),
            "You need no new symbol: k runs over the classes, and the others are arguments.",
        ),
    },
    no_loop="A derivation needs no loop: total(e, k) is the sum over all classes.",
    last={
        "total": "the index that it runs over, a symbol such as k",
        "d": "what to differentiate with respect to, such as z[i] or sigma(z)",
    },
)
# Losses that are mistaken for this one, each with what you did.
OTHER_LOSSES = {
    "squared_error": (
        "differentiated the squared error, not cross-entropy",
        total((p[k] - y[k]) ** 2, k),
    ),
    "binary_each_class": (
        "used binary cross-entropy for every class: with softmax, one term is enough",
        -total(y[k] * log(p[k]) + (1 - y[k]) * log(1 - p[k]), k),
    ),
}
