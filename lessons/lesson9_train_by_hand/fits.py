"""A right fit, to show a mistake by the one line that differs."""

FIT = """
def fit(x, y, seed, on_epoch=None):
    rng = np.random.default_rng(seed)
    params = {start}
    for _ in range({epochs}):
        order = {order}
        for first in range(0, {stop}, {batch}):
            rows = order[first : first + {batch}]
            z1, a, p = forward(x[rows], params)
            grads = backward(x[rows], y[rows], params, z1, a, p)
            params = {step}
        {tell}
    return {result}
"""
RECIPE = {
    "start": "init((x.shape[1], 64, y.shape[1]), seed)",
    "epochs": "20",
    "order": "rng.permutation(len(x))",
    "stop": "len(x)",
    "batch": "32",
    "step": "sgd_step(params, grads, 0.2)",
    "tell": "on_epoch(params) if on_epoch is not None else None",
    "result": "params",
}


def fit_with(**slip):
    """The source of a fit that has just this slip."""
    return FIT.format(**{**RECIPE, **slip})
