"""The numbers of lesson 9's comparison are those of the recorded runs."""

from __future__ import annotations

import re
from statistics import mean

import pytest

from grader.course.document import catalog
from grader.course.document.cells import Document
from tests.support.project import ROOT
from tools.measure import fair_table

PROSE = Document.read(catalog.find("lesson9", ROOT).solution).prose
RUNS = fair_table.load()
ROWS = {
    "softmax regression of lesson 6": "softmax regression",
    "your network, 784-64-10": "own network",
    "the network of lesson 7, 784-512-10": "784-512-10",
    "a convolution, then 512-10": "a convolution, then 512-10",
}


def mean_of(model: str, what: str) -> float:
    return mean(run[what] for run in RUNS if run["model"] == model)


def test_all_runs_are_recorded() -> None:
    wanted = {(m, s) for m, (_, n) in fair_table.MODELS.items() for s in range(n)}
    assert {(run["model"], run["seed"]) for run in RUNS} == wanted


@pytest.mark.parametrize(("row", "model"), ROWS.items())
def test_a_row_of_the_table_is_the_mean_of_its_runs(row: str, model: str) -> None:
    found = re.search(rf"{re.escape(row)} +([\d,]+) +(0\.\d+)", PROSE)
    assert found is not None
    accuracy = mean_of(model, "accuracy")
    assert found.groups() == (f"{mean_of(model, 'parameters'):,.0f}", f"{accuracy:.3f}")


def test_what_weight_decay_does_is_the_mean_of_its_runs() -> None:
    found = re.search(r"validation loss at the end of 40 epochs from (\S+) to (\S+),",
                      " ".join(PROSE.split()))  # fmt: skip
    assert found is not None
    models = ("own network, 40 epochs", "own network, 40 epochs, decay")
    assert found.groups() == tuple(f"{mean_of(m, 'loss'):.3f}" for m in models)


def test_decay_lowered_the_loss_with_every_seed() -> None:
    plain, decayed = (
        {run["seed"]: run["loss"] for run in RUNS if run["model"] == model}
        for model in ("own network, 40 epochs", "own network, 40 epochs, decay")
    )
    assert all(decayed[seed] < plain[seed] for seed in plain)


def test_parameters_are_those_of_the_layers() -> None:
    dense = 784 * 512 + 512 + 512 * 10 + 10
    # 3 x 3 patterns fit in 26 places each way, and pooling leaves 13.
    folded = 32 * (3 * 3 + 1) + (13 * 13 * 32 * 512 + 512) + 512 * 10 + 10
    assert mean_of("784-512-10", "parameters") == dense
    assert mean_of("a convolution, then 512-10", "parameters") == folded


@pytest.mark.slow
@pytest.mark.parametrize("model", ["softmax regression", "own network"])
def test_a_run_repeats_the_recorded_one(model: str) -> None:
    train, _ = fair_table.MODELS[model]
    again = train(fair_table.read_data(), 0)
    (first,) = (r for r in RUNS if (r["model"], r["seed"]) == (model, 0))
    # Sums in another order change a few answers.
    assert again["accuracy"] == pytest.approx(first["accuracy"], abs=0.005)
    assert again["loss"] == pytest.approx(first["loss"], abs=0.02)
