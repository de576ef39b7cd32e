"""answers: right answers to the other three briefs, as edits of the solution.

The solution answers "shifted". Teachers can read here what the others need, the tests
grade them, and measure.py measures their targets.
"""

BINARY = (
    "-(y * np.log(np.clip(p, 1e-12, 1))).sum(axis=1)",
    "-(y * np.log(np.clip(p, 1e-12, 1)) + (1 - y) * np.log(np.clip(1 - p, 1e-12, 1)))"
    ".sum(axis=1)",
)
SIGMOID = ("e / e.sum(axis=1, keepdims=True)", "1 / (1 + np.exp(-z2))")
ANSWER = "    return forward(x, params)[2].argmax(axis=1)\n"
CLAIM = "    is_one = y[:, 1] == 1\n    return ~is_one | (answers == 1)"
BRIEF = '"brief": "shifted"'

EDITS = {
    "unsure": (
        (BRIEF, '"brief": "unsure"'),
        # A fifth of the validation images stays without an answer.
        (
            "    return best[1], curve\n",
            "    surest = forward(x_val, best[1])[2].max(axis=1)\n"
            '    best[1]["least"] = np.quantile(surest, 0.2)\n'
            "    return best[1], curve\n",
        ),
        (
            ANSWER,
            "    p = forward(x, params)[2]\n"
            '    is_sure = p.max(axis=1) >= params["least"]\n'
            "    return np.where(is_sure, p.argmax(axis=1), -1)\n",
        ),
        (CLAIM, "    return (answers == y.argmax(axis=1)) | (answers == -1)"),
    ),
    "letters": (
        (BRIEF, '"brief": "letters"'),
        ('"baseline": 2.3002', '"baseline": 2.8559'),
        ('"first loss": 2.3026', '"first loss": 3.2958'),
        ("range(20)", "range(10)"),
        ("params[name] - 0.2 *", "params[name] - 0.5 *"),
        (ANSWER, "    return forward(x, params)[2]\n"),
        (CLAIM, "    return (answers * y).sum(axis=1) > 0.001"),
    ),
    "labels": (
        (BRIEF, '"brief": "labels"'),
        ('"baseline": 2.3002', '"baseline": 2.7242'),
        ('"first loss": 2.3026', '"first loss": 2.7726'),
        BINARY,
        SIGMOID,
        (ANSWER, "    return (forward(x, params)[2] > 0.5).astype(int)\n"),
        (CLAIM, "    return y[:, 0] == answers[:, 0]"),
    ),
}


def answer_to(brief, solution):
    """Return the source of a right answer to a brief.

    Args:
        brief: one of the four.
        solution: the source of the solution, which answers "shifted".

    Raises:
        ValueError: an edit doesn't fit the solution.
    """
    for before, after in EDITS.get(brief, ()):
        if solution.count(before) != 1:
            raise ValueError(f"{before!r} is there {solution.count(before)} times")
        solution = solution.replace(before, after)
    return solution
