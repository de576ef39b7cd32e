"""dev.shots: screenshots of the pages, and README's animated GIF."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from grader.common.errors import Misuse
from tests.support.project import ROOT
from tools import shots
from tools.shots import browser


def test_the_gif_of_readme_is_small_and_comes_to_an_end() -> None:
    path = ROOT / shots.GIF
    assert f"]({shots.GIF.as_posix()})" in (ROOT / "README.md").read_text()
    assert path.stat().st_size < 400_000
    with Image.open(path) as gif:
        assert 4 <= gif.n_frames <= 12
        # What moves for ever distracts; it is shown twice.
        assert gif.info["loop"] == 1


def test_without_chromium_one_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(browser, "CHROMIUM", None)
    with pytest.raises(Misuse, match=r"chromium isn't installed \(Debian: chromium"):
        shots.animate(ROOT, tmp_path / "x.gif", lambda what: None)
    assert not list(tmp_path.iterdir())
