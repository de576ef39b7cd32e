"""3d: each photo, where a table of all photos with all came about."""

import numpy as np

from .d_losses import photo


@photo.wrong_answer(
    "Every label met every prediction: your table has a row and a column for each photo. "
    "@ multiplies tables; * multiplies entry by entry.\n"
    "Write y * np.log(p), and add up each row.",
    in_company="@ multiplies tables, rows by columns; * multiplies entry by entry.\n"
    "Write y * np.log(p), and add up each row.",
)
def label_with_every_photo(y, p):
    return -(y @ np.log(np.maximum(p, 1e-7)).T)


@photo.wrong_answer(
    "Every photo met the true classes of all photos. Each has one of its own.\n"
    "p[np.arange(len(p)), classes] takes one entry of each row."
)
def classes_of_all_photos(y, p):
    return -np.log(np.clip(p, 1e-7, 1 - 1e-7)[:, y.argmax(axis=1)])


@photo.symptom(
    "A matrix product such as @ goes rows by columns, and these two do not fit. "
    "* multiplies entry by entry.\n"
    "Write y * np.log(p), and add up each row.",
    edit=("y * np.log(p)", "y @ np.log(p)"),
)
def tables_that_do_not_fit(answer):
    message = answer.raised.message
    return message.startswith("matmul: Input") or message.endswith("(dim 0)")
