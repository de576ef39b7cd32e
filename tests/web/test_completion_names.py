"""The names that a lesson page completes are those of the installed libraries."""

from __future__ import annotations

import json

import pytest

from grader.web import completion_names


@pytest.mark.slow
@pytest.mark.tensorflow
def test_nearly_every_name_that_is_offered_exists() -> None:
    kept = json.loads(completion_names.FILE.read_text("utf-8"))
    now = completion_names.collect()
    assert kept.keys() == now.keys()
    for kind in ("modules", "objects"):
        assert kept[kind].keys() == now[kind].keys()
        for name, names in kept[kind].items():
            gone = set(names) - set(now[kind][name])
            assert len(gone) <= len(names) / 20, f"{name}: {sorted(gone)[:5]}"


def test_the_names_that_lessons_use_are_offered() -> None:
    kept = json.loads(completion_names.FILE.read_text("utf-8"))
    assert {"clip", "exp", "log", "einsum"} <= set(kept["modules"]["numpy"])
    assert {"Dense", "Dropout"} <= set(kept["modules"]["keras.layers"])
    assert {"Sequential", "layers"} <= set(kept["modules"]["keras"])
    assert {"reshape", "argmax"} <= set(kept["objects"]["array"])
    assert {"print", "display"} <= set(kept["builtins"])
    assert completion_names.FILE.stat().st_size < 60_000
