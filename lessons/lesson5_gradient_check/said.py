"""What is said of a mistake in lesson 5, wherever it is made."""

OVERFLOW = (
    "exp(1000) overflowed to inf and inf/inf is nan.\n"
    "Subtract the row maximum first: softmax does not notice."
)
WHOLE_MAXIMUM = (
    "You subtracted the maximum of the whole batch: the row at -1000 underflowed to "
    "0/0. Use each row's own maximum."
)
SIZE_MAXIMUM = "You subtracted max(abs(z)): for z = (-1000, ...) that makes it worse."
LOG_OF_SOFTMAX = (
    "log(0) = -inf: softmax underflowed before your log.\n"
    "Compute z - max - ln(sum(exp(z - max))) directly."
)
COLUMNS = (
    "Your COLUMNS sum to 1. Each row is one photo.\n"
    "Normalise over axis 1 (keepdims=True)."
)
KEEPDIMS = (
    "The sum over an axis drops that axis, so the sums of rows were combined with "
    "columns.\n"
    "Pass keepdims=True: it keeps them as one column."
)
MAXIMUM_KEEPDIMS = (
    "The maximum over an axis drops that axis, so the maxima of rows were combined "
    "with columns.\n"
    "Pass keepdims=True: it keeps them as one column."
)
WHOLE_SUM = (
    "You took the sum of the whole batch. Each row is one photo.\n"
    "Take the sum of each row, with axis=-1 and keepdims=True."
)
MISSING_MINUS = (
    "Your loss is negative: ln of a probability is <= 0. "
    "Surprise is -ln p, with its minus."
)
ONE_ROW = (
    "A single row of shape (k,) has no axis 1.\n"
    "axis=-1 is the last axis, and there is always one."
)
CLIPPED = (
    "Your loss stops at 16.118096: it went through a clipped probability. "
    "Stay with the scores, and use log_softmax."
)
