"""Measure the targets of the four briefs, seed by seed.

    uv run python -m lessons.lesson14_project.measure [runs]

Prints the table of NOTES.md. Each seed trains the network of the solution and draws
other new examples. Twenty seeds take about four minutes on one quiet core.
"""

import os
import sys
from pathlib import Path
from statistics import mean, stdev
from types import SimpleNamespace

os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")
os.environ.setdefault("OMP_NUM_THREADS", "1")

import numpy as np

from grader.checks.lesson_facts import solution_of
from lessons.data import load_data, load_text
from lessons.data.briefs import BRIEFS, load_brief, make_examples, read_pairs
from lessons.lesson14_project.answers import answer_to
from lessons.lesson14_project.exercises import NEW, NEW_LETTERS


def functions_for(brief):
    """Return the functions of a right answer to a brief."""
    text = solution_of(Path(__file__).parent).read_text(encoding="utf-8")
    # Only the cells of exercises: the others show and draw.
    cells = [cell for cell in text.split("\n# %%") if cell.startswith(' id="14')]
    code = "\n".join(cell.partition("\n")[2] for cell in cells)
    names = {"np": np}
    exec(answer_to(brief, code), names)
    return SimpleNamespace(**names)


def new_examples(brief, seed):
    """Return examples that the training never had, as the grader draws them."""
    if brief == "letters":
        return read_pairs(load_text()[-NEW_LETTERS:])
    rng = np.random.default_rng(1000 + seed)
    _, (images, digits) = load_data()
    rows = rng.permutation(len(images))[:NEW]
    return make_examples(brief, images[rows], digits[rows], rng)


def results_of(brief, seed):
    """Return what counts for a brief, by its name, after one training."""
    mine = functions_for(brief)
    (x, y), (x_val, y_val) = load_brief(brief)
    params, _ = mine.train(x, y, x_val, y_val, seed)
    x, y = new_examples(brief, seed)
    told = mine.predict(x, params)
    if brief == "letters":
        return {"bits": float(-np.log2((told * y).sum(axis=1)).mean())}
    if brief == "labels":
        return {"all four right": float((told == y).all(axis=1).mean())}
    answered = told >= 0
    right = (told == y.argmax(axis=1))[answered].mean()
    return {"answered": float(answered.mean()), "right": float(right)}


def main(runs):
    """Print the table."""
    print("| brief | what | mean | sd | least | most |\n|---|---|---|---|---|---|")
    for brief in BRIEFS:
        found = [results_of(brief, seed) for seed in range(runs)]
        for name in found[0]:
            values = [one[name] for one in found]
            numbers = mean(values), stdev(values), min(values), max(values)
            print(f"| {brief} | {name} | " + " | ".join(f"{x:.4f}" for x in numbers))


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 20)
