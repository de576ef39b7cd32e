"""First lines of somebody new to SymPy, in lesson 4: written down from the page alone.

A row is `(exercise, line, what is wrong)`. The line stands in the exercise's function, as
its whole body; a few come with the line before or after them. Each was graded once, with
all else solved, and is wrong.
"""

# dL_dp(y, p), softmax_exprs(z), jacobian(p) and dL_dz(y, p)
FIRST_LINES = [
    ("4c", "return -y / p", "y is a tuple, and a tuple has no minus"),
    ("4c", "return [-y[k] / p[k] for k in range(K)]", "K is a symbol and no number"),
    ("4c", "return total(-y[k] / p[k], k)", "k is a symbol: a tuple takes numbers"),
    (
        "4c",
        "return -total(y[k] * log(p[k]), k)",
        "k is a symbol, and this is the loss and not its slope",
    ),
    (
        "4c",
        "return -sum(y * log(p))",
        "the logarithm of a tuple, and the loss and not its slope",
    ),
    (
        "4c",
        "return d(-total(y[k] * ln(p[k]), k), p[i])",
        "ln is called log here, and i and k are symbols",
    ),
    (
        "4c",
        "L = -sum(y[n] * log(p[n]) for n in range(len(p)))\nreturn d(L, p)",
        "p is a tuple, and d does not carry the derivative out",
    ),
    (
        "4c",
        "return d(-total(Y[k] * log(P[k]), k), P[i])",
        "the page's Y and P and not the y and p that were handed over; one entry",
    ),
    ("4c", "return -y[i] / p[i]", "i is a symbol, and one entry is no column"),
    ("4c", "return -sp.Matrix(y) / sp.Matrix(p)", "columns cannot be divided"),
    ("4c", "return [-a / b for a, b in y, p]", "zip is missing"),
    ("4c", "return [-y[n] / p[n] for n in len(y)]", "range is missing"),
    (
        "4c",
        "for n in range(len(y)):\n    return -y[n] / p[n]",
        "return leaves at the first entry",
    ),
    (
        "4c",
        "return [-y[0] / p[0], -y[1] / p[1], -y[2] / p[2]]",
        "three entries, whatever the number of classes",
    ),
    ("4c", "return sp.diff(L, p)", "L is nowhere defined"),
    ("4c", "return exp(p) / sum(exp(p))", "exp of a tuple"),
    ("4c", "es = [exp(s) for s in p]\nreturn es / sum(es)", "a list cannot be divided"),
    ("4c", "return exp(p[i]) / total(exp(p[k]), k)", "i and k are symbols; one entry"),
    (
        "4c",
        "return exp(P[i]) / total(exp(P[k]), k)",
        "the page's Z and not the z that was handed over; one entry",
    ),
    (
        "4c",
        "return [exp(p[n]) / total(exp(p[k]), k) for n in range(K)]",
        "K and k are symbols",
    ),
    (
        "4c",
        "return [math.exp(s) / sum(math.exp(t) for t in p) for s in p]",
        "math is not imported, and takes numbers only",
    ),
    (
        "4c",
        "e = np.exp(p)\nreturn e / e.sum()",
        "numpy is not imported, and takes numbers only",
    ),
    (
        "4c",
        "es = sp.Matrix([exp(s) for s in p])\nreturn es / es.sum()",
        "a Matrix has no sum of its own",
    ),
    (
        "4c",
        "es = exp(sp.Matrix(p))\nreturn es / sum(es)",
        "exp of a column is not taken entry by entry",
    ),
    ("4c", "return softmax(p)", "softmax is not defined in this lesson"),
    (
        "4c",
        "return [e**s / sum(e**t for t in p) for s in p]",
        "e is not defined: exp is",
    ),
    ("4d", "return p * p.T", "p is a tuple, and diag(p) is missing"),
    ("4d", "return sp.diag(p) - p * p.T", "p is a tuple: it has no T"),
    (
        "4d",
        "return sp.diag(p) - sp.Matrix(p) * sp.Matrix(p).T",
        "diag of a tuple is a table of one entry: a star is missing",
    ),
    ("4d", "return p[i] * (delta(i, j) - p[j])", "i is a symbol, j is not defined"),
    (
        "4d",
        "return [[p[i] * (delta(i, j) - p[j]) for j in range(K)] for i in range(K)]",
        "K is a symbol and no number",
    ),
    ("4d", "return p * (1 - p)", "a tuple, and only the case i = j"),
    (
        "4d",
        "return sp.Matrix(K, K, lambda i, j: p[i] * (delta(i, j) - p[j]))",
        "K is a symbol and no number",
    ),
    (
        "4d",
        "return sp.Matrix(p).jacobian(p)",
        "SymPy was never told that p depends on z: this is the table of 1 and 0",
    ),
    (
        "4d",
        "return [p[m] * (delta(m, n) - p[n]) for m in range(len(p))"
        " for n in range(len(p))]",
        "one long list and no table",
    ),
    ("4d", "return d(p[i], z[j])", "z and j are not here, and i is a symbol"),
    (
        "4d",
        "if i == j:\n    return p[i] * (1 - p[i])\nreturn -p[i] * p[j]",
        "j is not defined, and one entry is no table",
    ),
    (
        "4d",
        "return [[a * (1 - a) if a == b else a * b for b in p] for a in p]",
        "the minus of the other case is missing",
    ),
    ("4c", "return p - y", "tuples cannot be subtracted"),
    ("4c", "return sp.Matrix(p - y)", "tuples cannot be subtracted"),
    ("4c", "return p[i] - y[i]", "i is a symbol, and one entry is no column"),
    ("4c", "return P[i] - Y[i]", "the page's P and Y; one entry"),
    ("4c", "return [p[k] - y[k] for k in range(K)]", "K is a symbol and no number"),
    (
        "4d",
        "J = [[a * (delta(m, n) - b) for n, b in enumerate(p)]"
        " for m, a in enumerate(p)]\nreturn J * sp.Matrix(p)",
        "a list of lists is no Matrix, and cannot be multiplied as one",
    ),
    (
        "4d",
        "return sp.Matrix(p) * sp.diag(*p)",
        "a column times a table: the wrong order",
    ),
    (
        "4d",
        "return total(sp.Matrix(p)[k] * sp.diag(*p)[k, i], k)",
        "one entry, with symbols that stay",
    ),
]

# derive_dL_dz(y, p, z, i): the third line, after the two that the page gives
FIRST_STEPS = [
    (
        "4e",
        'yield -total(k, y[k] * (delta(k, i) - p[i])), "softmax derivative"',
        "the arguments of total have changed places",
    ),
    (
        "4e",
        'yield -total(y[k] * (delta(k, i) - p[i])), "softmax derivative"',
        "total is not told over what it runs",
    ),
    ("4e", "yield p[i] - y[i]", "the reason is missing, and a step before it"),
    (
        "4e",
        'return p[i] - y[i], "the y_k sum to 1"',
        "return hands out no line: yield does",
    ),
    (
        "4e",
        'yield -sum(y[k] * (delta(k, i) - p[i]) for k in range(K)), "softmax derivative"',
        "sum and range: total is meant",
    ),
    (
        "4e",
        'yield -total(y[k] / p[k], k) * p[k] * (delta(k, i) - p[i]), "softmax derivative"',
        "a term with k stands outside of the sum",
    ),
    (
        "4e",
        'yield -total(y[i] * (delta(i, j) - p[j]), i), "softmax derivative"',
        "the letters of the cards: here the sum runs over k, and j has no meaning",
    ),
    (
        "4e",
        'yield -total(y[k] / p[k] * p[k] (delta(k, i) - p[i]), k), "softmax derivative"',
        "a star is missing before the bracket",
    ),
    (
        "4e",
        'yield -total(y[k] / p[k] * sp.diff(p[k], z[i]), k), "d ln u = du / u"',
        "diff may not be called here",
    ),
    (
        "4e",
        'yield -total(y_k * (delta_ki - p_i), k), "softmax derivative"',
        "names with an index in them: y_k is y[k], delta_ki is delta(k, i)",
    ),
    ("4e", 'yield p - y, "the y_k sum to 1"', "the index is missing"),
    ("4e", 'yield "p[i] - y[i]", "the y_k sum to 1"', "text and no formula"),
]
