"""What a line that raised tells: of products whose sides do not fit, and of dicts."""

import re

# A @ B and np.dot(A, B) say the same in two ways.
MATMUL = re.compile(r"\(size (?P<rows>\d+) is different from (?P<columns>\d+)\)")
DOT = re.compile(r"not aligned: (?P<columns>\d+) \(dim \d\) != (?P<rows>\d+)")
TURNED = re.compile(r"\.T\b|transpose|swapaxes")
DICT = re.compile(r"unsupported operand type\(s\) for [-+*/]=?: .*'dict'")
A_KEY = re.compile(r"^'d([Wb][12])'$")


def product_that_does_not_fit(answer):
    """The columns on the left and the rows on the right of a product, or None."""
    raised = answer.raised
    found = raised and (MATMUL.search(raised.message) or DOT.search(raised.message))
    return found and {name: int(found[name]) for name in ("columns", "rows")}


def stands_left(name, line):
    """Whether this parameter is the first factor of a product in the line."""
    parameter = rf"(?:\w+\[['\"])?{name}(?:['\"]\])?(?:\.T)?"
    as_operator = rf"{parameter} *@"
    as_function = rf"(?:dot|matmul)\( *{parameter} *,"
    return bool(re.search(rf"(?<!@ )(?:{as_operator}|{as_function})", line))


def has_turned(line):
    """Whether anything in the line is transposed."""
    return bool(TURNED.search(line))


def dict_in_a_sum(answer):
    """Whether a dict met a minus or a times."""
    return bool(answer.raised and DICT.search(answer.raised.message))


def key_with_a_d(answer):
    """The name of a parameter that was looked up with a d in front."""
    raised = answer.raised
    found = raised and raised.type_name == "KeyError" and A_KEY.match(raised.message)
    return found and {"name": found[1]}
