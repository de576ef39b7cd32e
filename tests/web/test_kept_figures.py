"""Figures that come with a lesson, on its page: folded code, and what is held back."""

from __future__ import annotations

from collections.abc import Iterator
from html import escape
from pathlib import Path

import pytest

from grader.course.document.kept_figures import OF_SOLUTION
from tests.support.kept_figures import PAGE, PNG, WRITTEN, keep
from tests.support.served_course import NAME, Client, make_course, serve

pytestmark = pytest.mark.usefixtures("share_pool")

HELD_BACK = "Hidden until you have written your prediction."


@pytest.fixture
def client(tmp_path: Path) -> Iterator[Client]:
    root = make_course(tmp_path)
    lesson = root / "lessons" / NAME
    with (lesson / "lesson.py").open("a") as page:
        page.write(PAGE)
    keep(lesson, WRITTEN, is_of_solution=True)
    with serve(root) as client:
        yield client


def write_prediction(client: Client) -> dict:
    cells = client.cells()
    number = next(key for key, one in cells.items() if "PREDICT" in one["text"])
    return client.save(cells[number]["text"].replace("...", "3"), number)


def test_the_page_has_its_figures_before_a_run(client: Client) -> None:
    page = client.get("/lesson1")
    assert page.count('<details class="fold">') == 2
    assert "<summary>Code of the figure, 2 lines</summary>" in page
    assert page.count(HELD_BACK) == 1
    assert page.count(escape(OF_SOLUTION)) == 1
    for kind in ("light", "dark"):
        image = (
            f'<img src="/lesson1/figures/1-{kind}.png" alt="What 1 shows." width="700" '
            f'height="300" loading="lazy" class="figure {kind}">'
        )
        assert image in page
    assert "What 2 shows." not in page
    status, headers, body = client.ask("GET", "/lesson1/figures/1-dark.png")
    assert (status, headers["content-type"], body) == (200, "image/png", PNG)


def test_a_figure_that_answers_a_prediction_cannot_be_had_before(
    client: Client,
) -> None:
    for kind in ("light", "dark"):
        assert client.ask("GET", f"/lesson1/figures/2-{kind}.png")[0] == 404
    assert "What 2 shows." not in client.get("/lesson1/cells")
    told = write_prediction(client)
    kept = [cell["kept"] for cell in told["cells"].values() if cell["kept"]]
    assert ["What 1 shows." in one for one in kept] == [True, False]
    assert "What 2 shows." in kept[1]
    assert client.ask("GET", "/lesson1/figures/2-light.png")[2] == PNG
    page = client.get("/lesson1")
    assert (HELD_BACK in page, "What 2 shows." in page) == (False, True)


@pytest.mark.parametrize(
    "name", ["3-light.png", "figures.json", "..%2flesson.py", "1-light", "%2e%2e"]
)
def test_nothing_else_of_the_folder_is_served(client: Client, name: str) -> None:
    write_prediction(client)
    assert client.ask("GET", f"/lesson1/figures/{name}")[0] == 404


def test_a_changed_cell_has_no_kept_figure(client: Client) -> None:
    number = next(key for key, one in client.cells().items() if one["kept"])
    client.save("draw(5)", number)
    assert client.ask("GET", "/lesson1/figures/1-light.png")[0] == 404
    assert client.cells()[number]["kept"] == ""
