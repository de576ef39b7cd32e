"""said: the sentences that several exercises of lesson 3 have for one mistake."""

MISSING_MINUS = (
    "Your loss is negative: ln of a probability is <= 0.\n"
    "Surprise is -ln p, with its minus."
)
MEAN_OVER_EVERYTHING = (
    "You took the mean over the classes as well as over the batch: your loss is "
    "exactly {k} times too small.\n"
    "Sum over the classes, then take the mean over the images."
)
SUM_NO_MEAN = (
    "You summed over the batch: your loss is exactly {n} times too large.\n"
    "Divide by the number of images."
)
SUM_OVER_K = (
    "You divided by the number of classes ({k}).\nDivide by the number of images ({n})."
)
BITS = (
    "You used a base-2 logarithm, which counts in bits. Keras and these lessons use "
    "nats.\n"
    "Use np.log."
)
LOG10 = "You used a base-10 logarithm.\nUse np.log."
COLUMNS = (
    "Your COLUMNS sum to 1. Each row is one image.\n"
    "Normalize over axis 1 (keepdims=True)."
)
COLUMNS_TOO = (
    "You went down the COLUMNS, but each row is one image.\n"
    "Normalize over axis 1 (keepdims=True)."
)
WHOLE_ARRAY = (
    "Your whole array sums to 1. Each row should.\n"
    "Normalize over axis 1 (keepdims=True)."
)
WHOLE_ARRAY_TOO = (
    "You normalized the whole array at once, but each row is one image.\n"
    "Normalize over axis 1 (keepdims=True)."
)
SOFTMAX_TWICE = (
    "You applied softmax to probabilities. "
    "With 10 classes such a loss can never fall below 1.4612."
)
EVERY_CLASS = (
    "You added -ln p for every class, as if each were the true one.\n"
    "Only the true class counts: multiply by y."
)
SWAPPED = (
    "You computed -sum p ln y, with the label inside the log.\n"
    "Put the prediction there."
)
LABEL_INSIDE = (
    "The label is inside your log, and ln 0 is -inf.\n"
    "Take the log of the prediction only: write y * np.log(p)."
)
LN_OF_MEAN = (
    "You averaged the probabilities and then took the log.\n"
    "Take each log first, then average."
)
PREDICTED_CLASS = (
    "You used the predicted class, not the true one: this loss can't tell right from "
    "wrong.\n"
    "The label says which class is true: multiply by y."
)
ENTROPY = "That is the entropy of the prediction. It doesn't use the labels at all."
BINARY = (
    "You added (1-y) ln(1-p): that is binary cross-entropy.\n"
    "With softmax you need only the first term."
)
BINARY_MEAN = (
    "You added (1-y) ln(1-p), and took the mean over the classes as well as over "
    "the images: that is binary cross-entropy.\n"
    "With softmax you need only the first term."
)
SQUARED = (
    "That is a squared error. It never exceeds 2, so a confident mistake costs hardly "
    "more than a cautious one."
)
DIFFERENCE = "You compare p with y itself, as a squared error does.\nUse -ln p."
SQUARED_MEAN = (
    "That is a squared error, averaged over the classes as well as over the images. "
    "It never exceeds 1, so a confident mistake costs hardly more than a cautious one."
)
ONE_MINUS_P = (
    "1 - p is a first-order approximation of -ln p, and it never exceeds 1.\nUse -ln p."
)
CLASS_AFTER = "You looked up the class after the true one.\nClass 0 is in column 0."
PERPLEXITY = "That is exp(loss), the perplexity.\nReturn the loss itself."
LOG1P = "log1p(p) is ln(1+p).\nClip p instead of adding 1."
NO_CLIP = (
    "0 * log 0 is nan in NumPy.\n"
    "Clip p to [1e-7, 1-1e-7] before the log, as Keras does, and take the log of "
    "what np.clip returns."
)
INFINITE = (
    "ln 0 is -inf: one certain mistake makes the loss of the whole batch infinite.\n"
    "Clip p to [1e-7, 1-1e-7] before the log, as Keras does."
)
OTHER_BOUND = (
    "Your smallest p is {eps}, so a certain mistake costs -ln {eps}. Keras has "
    "other bounds.\n"
    "Clip p to [1e-7, 1-1e-7], as Keras does."
)
ADDED = (
    "You added {eps} to every p, which changes every loss a little.\n"
    "Clip p instead: np.clip changes only what is out of range."
)
CLIPPED_IN_PLACE = (
    "Did you clip p in place, in the caller's array?\n"
    "np.clip(p, 1e-7, 1 - 1e-7) returns a clipped copy."
)


# On paper the grader can't see the calculation: these say what gives that number.
PAPER_BITS = (
    "That is the right answer in bits (log base 2). The unit here is the nat.\n"
    "Use the natural logarithm, ln on a calculator."
)
PAPER_LOG10 = (
    "That is what the base-10 logarithm gives, which many calculators call log.\n"
    "Use the natural logarithm, ln."
)
PAPER_COLUMNS = (
    "That is what you get if you divide each column by its sum.\n"
    "A row is one image: divide by the sum of the row."
)
PAPER_WHOLE = (
    "That is what you get if you divide by 31, the sum of the whole table.\n"
    "A row is one image: divide by the sum of the row."
)
PAPER_TWICE = (
    "That is what softmax of the probabilities gives.\n"
    "Apply softmax once, to the logits."
)
PAPER_EVERY_CLASS = (
    "That is the sum of -ln p over every class.\nOnly the true class counts."
)
PAPER_SWAPPED = (
    "That is -sum p ln y, with the label inside the log.\nPut the prediction there."
)
PAPER_LN_OF_MEAN = (
    "That is -ln of the mean probability.\nTake each ln first, then average."
)
PAPER_PREDICTED = (
    "That is the surprise at the class with the largest p.\n"
    "Use the class in the column *true class*."
)
PAPER_BINARY = (
    "That is binary cross-entropy, with (1-y) ln(1-p) added.\n"
    "With softmax you need only the first term."
)
PAPER_BINARY_MEAN = (
    "That is binary cross-entropy, with (1-y) ln(1-p) added, averaged over the "
    "classes as well as over the images.\n"
    "With softmax you need only the first term."
)
PAPER_RAW_SCORE = (
    "That is what you get from the logits.\nExponentiate and divide first."
)
PAPER_CLASS_AFTER = (
    "That is the loss at the class after the true one.\n"
    "The classes start at 0: class 0 is the first column."
)
PAPER_LOG1P = "That is what -ln(1 + p) gives.\nTake -ln p."
