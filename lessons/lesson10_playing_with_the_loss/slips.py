"""Slips of the weighted loss, and sentences that several losses share."""

from grader.checks import slip

LOSS_SAID = {
    "missing minus": "The sign is wrong: a minus is missing, or there is one too many. "
    "ln of a probability is <= 0, and surprise is -ln p.",
    "mean for sum": "You took the mean over the classes.\n"
    "Sum over the classes, and take the mean over the images only.",
    "other axis": "You summed over the images without dividing by their number. Did "
    "you divide by the number of classes, or use the wrong axis?",
    "sum for mean": "You summed over the images.\n"
    "Divide by their number: the loss of the batch is their mean.",
}

LOSS_SLIPS = (
    slip(
        "one per photo",
        "You returned one loss per image.\nThe loss of the batch is their mean.",
        "float(-_a.mean()) -> -_a",
    ),
    slip(
        "coarse clip",
        "You clipped p to a narrower range than [1e-7, 1-1e-7].\n"
        "Clip p to [1e-7, 1-1e-7], as Keras does.",
        *(
            f"np.clip(p, 1e-7, 1 - 1e-7) -> np.clip(p, {eps}, 1 - {eps})"
            for eps in ("1e-1", "1e-2", "1e-3", "1e-4", "1e-5", "1e-6")
        ),
    ),
)
