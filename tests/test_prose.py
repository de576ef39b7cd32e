"""The linter for prose: what people read here is plain English."""

import pytest

from grader.authoring import prose
from grader.authoring.prose import Kind, Passage

OLD_VOICE = {
    "photo": "Each photo has a label.",
    "held back": "Look at the digits that were held back.",
    "slope": "The slope of the loss is p - y.",
    "raw scores": "Subtract the maximum from the scores z.",
    "share": "Return the share of right answers.",
    "spread": "Draw from a normal distribution with this spread.",
    "taken away": "The maximum is taken away first.",
    "told, said": "The line is told, and the column with it.",
    "is asked for": "A plain int is asked for.",
    "stand": "The answers stand at the end.",
    "lie": "The file lies in your folder.",
    "hold": "A file holds all lessons.",
    "alone": "The first row alone is there.",
    "headless clause": "Whoever always says no is right 900 times.",
    "fronted 'Of'": "Of two files the newer one counts.",
    "is no": "1/255 is no whole number.",
    "in the place of": "A list came in the place of an array.",
    "of its own": "It has a folder of its own.",
    "of numpy's": "It is an array of numpy already.",
    "mend": "Mend the line above first.",
    "brackets of a call": "Put brackets behind its name.",
    "turned round": "A difference is turned round.",
    "wall": "Both walls are needed.",
    "in work": "Exercise 3b is in work.",
    "long sentence": " ".join(["word"] * 31) + ".",
}
PLAIN = (
    "Each image has a label.",
    "Return a plain int. What did you expect?",
    "There is no file of that name, so leave it alone.",
    "The parameter k stands for the class.",
    "In each row only one term survives. Which one?",
    "What you write is saved. Of course it is.",
    "It took 3.2 s of wall-clock time, no more than before.",
)
ONE_FILE_OF_EACH = {
    ".md": (
        "# A photo\n\nThis text\nhas a photo `photo`.\n\n```\na photo\n```\n",
        [1, 4],
    ),
    ".py": (
        '"""tell: about a photo."""\n\n'
        "# %% [markdown]\n# Look at the photo\n# of $photo$.\n# %%\n"
        "x = 1  # a photo, too\n"
        'photo = f"There is no {photo} of a\\n photo here, is there?"\n'
        'words = photo("photo", "np.photo(_)")\n'
        'slip("label of the photo", "The photo is wrong.", without=("photo or more",))\n',
        [1, 4, 7, 8, 10],
    ),
    ".html": ('<p class="photo">There is a photo here.</p>\n', [1]),
    ".js": ('note("Here is the photo of it."); // a photo\n', [1, 1]),
}


@pytest.mark.parametrize("rule", OLD_VOICE)
def test_the_old_voice_is_found(rule: str) -> None:
    passage = Passage(OLD_VOICE[rule], ((0, 1),))
    assert [found.rule for found in prose.lint_text(passage)] == [rule]


@pytest.mark.parametrize("sentence", PLAIN)
def test_plain_sentences_pass(sentence: str) -> None:
    assert list(prose.lint_text(Passage(sentence, ((0, 1),)))) == []


@pytest.mark.parametrize("suffix", ONE_FILE_OF_EACH)
def test_texts_are_read_and_code_is_not(suffix: str) -> None:
    text, lines = ONE_FILE_OF_EACH[suffix]
    passages = prose.passages_of(text, suffix)
    found = [problem for one in passages for problem in prose.lint_text(one)]
    assert sorted(one.line for one in found) == lines


def test_code_that_a_page_gives_as_comments_is_not_prose() -> None:
    text = "# BEGIN SOLUTION\nx = 1\n# GIVEN\n# photo = 1\n# END SOLUTION\n# A photo.\n"
    texts = [each.text for each in prose.passages_of(text, ".py")]
    assert [each for each in texts if "photo" in each.lower()] == ["A photo."]


def test_docstrings_of_lessons_are_shown_and_others_are_notes() -> None:
    text = '"""Three words here."""\n'
    (note,), (shown,) = (
        list(prose.passages_of(text, ".py", is_lesson=one)) for one in (False, True)
    )
    assert (note.kind, shown.kind) == (Kind.NOTE, Kind.SHOWN)


def test_everything_is_clean() -> None:
    found = [str(one) for one in prose.problems()]
    assert found == [], "\n".join(found)


def test_a_problem_is_shown_with_its_line_and_what_to_write(tmp_path, capsys) -> None:
    page = tmp_path / "page.md"
    page.write_text("A title\n\nA fine line.\nThe photo is small.\n")
    assert prose.main([str(page)]) == 1
    shown = capsys.readouterr().out
    assert "page.md:4: photo: 'photo' (write: image, or training example)" in shown
    page.write_text("The image is small.\n")
    assert prose.main([str(page)]) == 0


def test_the_stored_name_of_a_slip_is_not_read_and_its_sentence_is() -> None:
    text = (
        'one.slips(\n    slip("nothing taken away", "Nothing is taken away.", "a -> b"),\n'
        '    without=("the photo alone",),\n    sentences={"the other photo": "Fine."},\n)\n'
    )
    found = [p for one in prose.passages_of(text, ".py") for p in prose.lint_text(one)]
    assert [(one.rule, one.line) for one in found] == [("taken away", 2)]
