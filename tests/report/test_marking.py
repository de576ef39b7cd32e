"""Sentences with their code, and values with what differs."""

from __future__ import annotations

import re

import pytest

from grader.report.marking import mark_differences, set_sentence


@pytest.mark.parametrize(
    ("words", "code"),
    [
        ("Write `axis=-1` into the call.", ["axis=-1"]),
        ("a[1] is one image of shape (28, 28).", ["a[1]"]),
        ("np.exp(z) is below 0, and keepdims=True is missing.", ["np.exp", "keepdims=True"]),
        ("softmax(z) raises ValueError: one_hot is wrong.", ["softmax(z)", "ValueError", "one_hot"]),
        ('PAPER["loss row 2"] is negative.', ['PAPER["loss row 2"]']),
        ("The value(s) of 3c, e.g. 1.5 (or 2), are 3 times too large.", []),
    ],
)  # fmt: skip
def test_code_in_a_sentence_is_set_as_code(words: str, code: list[str]) -> None:
    drawn = set_sentence(words)
    found = re.findall("<code>(.*?)</code>", drawn)
    assert [one.replace("&quot;", '"') for one in found] == code


def test_markup_in_a_sentence_stays_text_and_lines_are_links_where_they_lead() -> None:
    words = "`<b>` on line 12 and <i>"
    assert set_sentence(words) == "<code>&lt;b&gt;</code> on line 12 and &lt;i&gt;"
    assert 'data-line="12">line 12</a>' in set_sentence(words, has_lines=True)


@pytest.mark.parametrize(
    ("expected", "got", "marked"),
    [
        ("[[1, 2],\n [3, 4]]", "[[1, 2],\n [3, 5]]", (["4"], ["5"])),
        ("[0.1, 0.2]", "[0.1000000001, 0.3]", (["0.2"], ["0.3"])),
        ("[1, 2, 3]", "[1, 3]", (["2"], [])),
        ("1.609", "-1.609", ([], [])),
        ("<b>, 1", "<i>, 1", (["&lt;b&gt;"], ["&lt;i&gt;"])),
        (f"[{'1, ' * 500}2]", f"[{'1, ' * 500}3]", ([], [])),
    ],
)
def test_what_differs_between_two_values_is_marked(
    expected: str, got: str, marked: tuple[list[str], list[str]]
) -> None:
    drawn = mark_differences(expected, got)
    assert tuple(re.findall("<mark>(.*?)</mark>", one) for one in drawn) == marked
