"""What is said of a mistake in lesson 3, wherever it is made."""

MISSING_MINUS = (
    "Your loss is negative: ln of a probability is <= 0. "
    "Surprise is -ln p, with its minus."
)
MEAN_OVER_EVERYTHING = (
    "You took the mean over classes as well as over the batch: your loss is exactly "
    "{k} times too small. Sum over classes, mean over photos."
)
SUM_NO_MEAN = (
    "You summed over the batch: exactly {n} times too big. "
    "Divide by the number of photos."
)
SUM_OVER_K = (
    "You divided by the number of classes ({k}); divide by the number of photos ({n})."
)
BITS = (
    "You used a base-2 logarithm, which counts in bits. Keras and the derivation use "
    "nats.\n"
    "Use np.log."
)
LOG10 = "You used log10 instead of the natural logarithm.\nUse np.log."
COLUMNS = (
    "Your COLUMNS sum to 1. Each row is one photo.\n"
    "Normalise over axis 1 (keepdims=True)."
)
WHOLE_ARRAY = "The whole array sums to 1; every row should."
SOFTMAX_TWICE = (
    "You applied softmax to probabilities. "
    "With 10 classes such a loss can never fall below 1.4612."
)
EVERY_CLASS = (
    "You added -ln p of every class. Only the true class counts: multiply by y."
)
SWAPPED = (
    "You computed -sum p ln y: the label is inside the log. It must be the prediction."
)
LABEL_INSIDE = (
    "The label is inside your log, and ln 0 is -inf. Only the prediction belongs "
    "there.\n"
    "Write y * np.log(p)."
)
LN_OF_MEAN = (
    "You averaged the probabilities, then took the log. "
    "Take each log first, then average."
)
PREDICTED_CLASS = (
    "You used the predicted class, not the true one: "
    "this loss cannot tell right from wrong."
)
ENTROPY = "That is the entropy of the prediction: the labels are not used at all."
BINARY = (
    "You added (1-y) ln(1-p): that is binary cross-entropy. "
    "With softmax one term is enough."
)
BINARY_MEAN = (
    "You added (1-y) ln(1-p), and took the mean over the classes as well as over the "
    "photos: that is binary cross-entropy. With softmax one term is enough."
)
SQUARED = (
    "That is a squared error. It is bounded by 2, so a confident mistake hardly costs "
    "more than a shy one."
)
SQUARED_MEAN = (
    "That is a squared error, its mean taken over the classes as well as over the "
    "photos. It never exceeds 1, so a confident mistake hardly costs more than a shy "
    "one."
)
ONE_MINUS_P = (
    "1 - p is the first-order part of -ln p; it never exceeds 1. Take -ln p itself."
)
CLASS_AFTER = "You looked up the class after the true one."
PERPLEXITY = "That is exp(loss), the perplexity. Nice number, but not the loss."
LOG1P = "log1p(p) is ln(1+p). Clip p instead of shifting it."
NO_CLIP = (
    "0 * log 0 is nan in numpy.\n"
    "Clip p to [1e-7, 1-1e-7] before the log, as Keras does, and take the log of "
    "what np.clip returns."
)
INFINITE = (
    "ln 0 is -inf: one certain mistake makes the whole batch cost infinitely much.\n"
    "Clip p to [1e-7, 1-1e-7] before the log, as Keras does."
)
OTHER_BOUND = (
    "Your smallest p is {eps}, so a certain mistake costs -ln {eps}. The bounds here "
    "are those of Keras.\n"
    "Clip p to [1e-7, 1-1e-7]."
)
ADDED = (
    "You added {eps} to every p, and so moved every loss a little.\n"
    "Clip p instead: np.clip changes only what is out of range."
)
CLIPPED_IN_PLACE = (
    "Did you clip the caller's own p?\n"
    "np.clip(p, 1e-7, 1 - 1e-7) gives you a clipped copy."
)


# On paper nobody sees how a number was found: these say what gives that number.
PAPER_BITS = (
    "That is the right answer in bits (log base 2). Here the unit is the nat: "
    "take the natural logarithm, ln on a calculator."
)
PAPER_LOG10 = (
    "That is what the logarithm to base 10 gives; many calculators call it log. "
    "Use the natural logarithm: ln."
)
PAPER_COLUMNS = (
    "That is what the columns give, each divided by its own sum. "
    "A row is one photo: divide by the sum of the row."
)
PAPER_WHOLE = (
    "That is what the sum of the whole table gives, 31. "
    "A row is one photo: divide by the sum of the row."
)
PAPER_TWICE = (
    "That is what softmax of the probabilities gives. "
    "Softmax is applied once, to the scores."
)
PAPER_EVERY_CLASS = (
    "That is what -ln p of every class gives, added up. Only the true class counts."
)
PAPER_SWAPPED = (
    "That is -sum p ln y: the label is inside the log. It must be the prediction."
)
PAPER_LN_OF_MEAN = (
    "That is -ln of the mean probability. Take each ln first, then average."
)
PAPER_PREDICTED = (
    "That is the surprise at the class with the largest p. "
    "The column of the truth says which class counts."
)
PAPER_BINARY = (
    "That is binary cross-entropy, with (1-y) ln(1-p) added. "
    "With softmax one term is enough."
)
PAPER_BINARY_MEAN = (
    "That is binary cross-entropy, with (1-y) ln(1-p) added, and its mean over the "
    "classes as well as over the photos. With softmax one term is enough."
)
PAPER_RAW_SCORE = (
    "That is what the scores give in place of the probabilities. "
    "Exponentiate and divide first."
)
PAPER_CLASS_AFTER = (
    "That is the loss at the class after the true one. "
    "The classes count from 0: class 0 is the first column."
)
PAPER_LOG1P = "That is what -ln(1 + p) gives.\nTake -ln p."
