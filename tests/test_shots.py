"""dev.shots: pictures of the pages in a browser, and README's moving one."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from grader.errors import Misuse
from tools import shots

ROOT = Path(__file__).parent.parent


def test_the_moving_picture_of_readme_is_small_and_comes_to_an_end() -> None:
    path = ROOT / shots.MOVIE
    assert f"]({shots.MOVIE.as_posix()})" in (ROOT / "README.md").read_text()
    assert path.stat().st_size < 400_000
    with Image.open(path) as movie:
        assert 4 <= movie.n_frames <= 12
        # What moves for ever distracts; it is shown twice.
        assert movie.info["loop"] == 1


def test_without_chromium_one_is_told_what_to_install(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(shots, "CHROMIUM", None)
    with pytest.raises(Misuse, match="chromium and chromedriver"):
        shots.film(ROOT, tmp_path / "x.gif", lambda what: None)
    assert not list(tmp_path.iterdir())
