"""library_messages: find the line that matters in a library's long error message.

NumPy appends a paragraph if you use a name that it no longer has, and includes a
signature if the sizes of a product don't match. SymPy breaks a sentence into lines and
begins with an empty one. Keras adds the layer and its arguments, and TensorFlow the
place in its graph; the actual error is between the two, or at the end.
"""

from __future__ import annotations

import re

_COLOUR = re.compile(r"\x1b\[[\d;]*m")
_NODE = re.compile(r"\{\{\w+_node [^{}]*\}\}")
_OPERATION = re.compile(r"\[Op:\w*\][^\n]*")
_CALLED = "Exception encountered when calling "
_WITH = "\n\nArguments received by "
_INSIDE = "Error encountered:\n\n"
_GRAPH = "Graph execution error:"
# Keras writes the whole input here, followed by its shape.
_INPUT, _SHAPES = "Invalid input shape for input ", "Expected shape"
_ALIAS = re.compile(r"\n`np\.\w+` was a deprecated alias for .*", re.DOTALL)
_PRODUCT = re.compile(
    r"Input operand \d has a mismatch in its core dimension \d, with gufunc signature "
    r"\S+ \((.*)\)"
)
_OF_WHAT = "variable(s) of differentiation must be supplied"


def useful_line(message: str) -> str:
    """Return the essential line of a library's long message; others unchanged.

    >>> useful_line("{{function_node __wrapped__}} Sizes differ. [Op:MatMul] name: ")
    'Sizes differ.'
    >>> useful_line("matmul: Input operand 1 has a mismatch in its core dimension 0, "
    ... "with gufunc signature (n?,k),(k,m?)->(n?,m?) (size 5 is different from 4)")
    'matmul: the inner sizes do not match: size 5 is different from 4'
    """
    text = _ALIAS.sub("", _COLOUR.sub("", message))
    text = _PRODUCT.sub(r"the inner sizes do not match: \1", text)
    if _OF_WHAT in text:
        text = " ".join(text.split())
    if text.startswith(_GRAPH):
        text = _last_line(text)
    if text.startswith(_CALLED):
        text = text.partition("\n\n")[2].partition(_WITH)[0].rpartition(_INSIDE)[2]
    if text.startswith(_INPUT) and _SHAPES in text:
        text = (
            f"{_INPUT.removesuffix(' for input ')}. {_SHAPES}"
            + (text.rpartition(_SHAPES)[2])
        )
    if _NODE.search(text):
        text = _OPERATION.sub("", _NODE.sub("", text)).strip()
    return text or message


def _last_line(text: str) -> str:
    """Return the last line that isn't indented; frames and nodes are indented."""
    return [line for line in text.splitlines() if line[:1].strip()][-1]
