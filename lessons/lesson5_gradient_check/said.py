"""Sentences for mistakes that occur in several exercises of lesson 5."""

OVERFLOW = (
    "exp(1000) overflowed to inf and inf/inf is nan.\n"
    "Subtract the row maximum first: softmax ignores a constant shift."
)
WHOLE_MAXIMUM = (
    "You subtracted the maximum of the whole batch: the row at -1000 underflowed to "
    "0/0.\n"
    "Use each row's own maximum."
)
SIZE_MAXIMUM = (
    "You subtracted max(abs(z)), which makes z = (-1000, ...) even smaller.\n"
    "Subtract the maximum itself, without abs."
)
SIZE_MAXIMUM_TOO = (
    "You used max(abs(z)), which belongs to the lowest logit if that is farthest from 0.\n"
    "Use the maximum itself, without abs."
)
LOG_OF_SOFTMAX = (
    "log(0) = -inf: softmax underflowed before your log.\n"
    "Compute z - max - ln(sum(exp(z - max))) directly."
)
COLUMNS = (
    "Your COLUMNS sum to 1, but each row is one image.\n"
    "Normalise over axis 1 (keepdims=True)."
)
COLUMNS_TOO = (
    "You went down the COLUMNS, but each row is one image.\n"
    "Normalise over axis 1 (keepdims=True)."
)
KEEPDIMS = (
    "A sum over an axis drops that axis, so your row sums were combined with columns.\n"
    "Pass keepdims=True: it keeps them as one column."
)
MAXIMUM_KEEPDIMS = (
    "A maximum over an axis drops that axis, so your row maxima were combined with "
    "columns.\n"
    "Pass keepdims=True: it keeps them as one column."
)
NOTHING_KEPT = (
    "Neither the maximum nor the sum keeps its axis, so both were combined with columns.\n"
    "Pass keepdims=True, and axis=-1: a single row has no axis 1."
)
WHOLE_SUM = (
    "You took the sum of the whole batch, but each row is one image.\n"
    "Take the sum of each row, with axis=-1 and keepdims=True."
)
ONE_ROW = (
    "A single row of shape (k,) has no axis 1.\n"
    "axis=-1 is the last axis, and there is always one."
)
