"""2e  Split class by class: what np.where gives is a tuple."""

from .e_stratified_split import stratified_split


@stratified_split.symptom(
    "What you join has two axes, and its rows have several lengths. Does np.where give "
    "it? That is a tuple with an array in it, and rng.permutation makes a table of one "
    "row of it.\n"
    "Take the array out: np.where(labels == c)[0].",
    edit=(
        "rng.permutation(np.flatnonzero(labels == c))",
        "rng.permutation(np.where(labels == c))",
    ),
)
def shuffles_what_where_gives(answer):
    message = answer.raised.message
    is_joined = message.startswith("all the input array dimensions except")
    return is_joined and "along dimension 1" in message
