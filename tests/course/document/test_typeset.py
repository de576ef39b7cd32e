"""A lesson's text is set as HTML, its formulas as MathML or LaTeX; nothing is obeyed."""

from __future__ import annotations

import json
import re
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from xml.etree import ElementTree

import mdurl
import pytest

from grader.course.document import typeset
from grader.course.document.catalog import lessons
from grader.course.document.cells import Document
from grader.course.document.markup import Html
from grader.course.document.notebook_writer import write_notebook
from grader.course.document.typeset.formulas import read
from grader.course.document.typeset.latex import to_latex
from tests.support.project import ROOT


def spoken(source: str) -> str:
    """A formula's MathML as words: fractions, indices and sums in brackets."""
    root = ElementTree.fromstring(typeset.formula(source))
    assert root.tag == "math", source
    assert root.get("alttext") == source
    return _spoken(root)


def _spoken(node: ElementTree.Element) -> str:
    parts = [_spoken(child) for child in node]
    match node.tag:
        case "mi" | "mn" | "mo" | "mtext":
            return node.text or ""
        case "mspace":
            return " "
        case "mfrac":
            return f"[{parts[0]} over {parts[1]}]"
        case "msub" | "munder":
            return f"{parts[0]}_({parts[1]})"
        case "msup":
            return f"{parts[0]}^({parts[1]})"
        case "munderover":
            return f"{parts[0]}_({parts[1]})^({parts[2]})"
        case "msqrt":
            return f"root({''.join(parts)})"
    return "".join(parts)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("p_k = exp(z_k) / sum_j exp(z_j)", "p_(k)=[exp(z_(k)) over ∑_(j) exp(z_(j))]"),
        ("L_i = -sum_k y_k ln p_k", "L_(i)=−∑_(k) y_(k) ln p_(k)"),
        ("L = (L_1 + ... + L_n) / n", "L=[L_(1)+…+L_(n) over n]"),
        ("dL/dz_j = p_j - y_j", "[dL over dz_(j)]=p_(j)−y_(j)"),
        ("a b / c", "[a b over c]"),
        ("x a/c y", "x [a over c] y"),
        ("(1/n) * x", "([1 over n])·x"),
        ("|a - b| / max(1e-8, |a| + |b|)", "[|a−b| over max(1e-8,|a|+|b|)]"),
        ("sd(W) = sqrt(2 / fan_in)", "sd(W)=root([2 over fan_(in)])"),
        ("(1 - p_true)^gamma", "(1−p_(true))^(γ)"),
        ("sum_(i=1)^n x_i", "∑_(i=1)^(n) x_(i)"),
        ("dz1 = a^T W2", "dz_(1)=a^(T) W_(2)"),
        ("60,000 * 28 <= x (n, 28, 28)", "60,000·28≤x (n,28,28)"),
        ("z_k = x_1 W_1k + b_k", "z_(k)=x_(1) W_(1k)+b_(k)"),
        ("x^2k + x_1 y", "x^(2) k+x_(1) y"),
        ("delta_ij >= inf", "δ_(ij)≥∞"),
        ("e^-z != 3", "e^(−z)≠3"),
        ("z = x W + b    x: (n, k)", "z=x W+b x:(n,k)"),
        ("d sigma/dz = s (1 - s)", "[d σ over dz]=s (1−s)"),
        ("d ln u = du / u", "d ln u=[du over u]"),
        ("|a (b |c|)|", "|a (b |c|)|"),
    ],
)
def test_the_plain_notation_is_set(source: str, expected: str) -> None:
    assert spoken(source) == expected


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("dL/dz_j = p_j - y_j", r"\frac{d L}{{d z}_{j}} = p_{j} - y_{j}"),
        ("sqrt(2 n)", r"\sqrt{2 \, n}"),
        ("ln(a / b)^2", r"\ln {\left(\frac{a}{b}\right)}^{2}"),
        ("x ln p_true", r"x \ln p_{\mathrm{true}}"),
        ("ln p q", r"\ln p \, q"),
        ("sum_(i=1)^n x_i != inf", r"\sum_{i = 1}^{n} x_{i} \ne \infty"),
        ("max_k W2_ij", r"\max_{k} {W_{2}}_{i j}"),
        ("argmax z    60,000 > 1e-8", r"\operatorname{argmax} z \qquad 60{,}000 \gt \text{1e-8}"),
        ("{x} = 5 % of words", r"\{x\} = 5 \, \text{\%} \, \mathrm{of} \; \text{words}"),
        ("-|a| * eps -> f(x, y)", r"- |a| \cdot \epsilon \to f (x , y)"),
    ],
)  # fmt: skip
def test_a_notebook_gets_the_same_formula_in_latex(source: str, expected: str) -> None:
    assert to_latex(source) == f"${expected}$"
    assert_is_latex(expected)


def test_what_is_no_formula_stays_as_it_is_in_a_notebook() -> None:
    assert to_latex(r"\frac{a}{b}") == r"$\frac{a}{b}$"


def assert_is_latex(formula: str) -> None:
    """Its braces and brackets are in pairs, and MathJax knows its commands."""
    known = {
        *("alpha", "approx", "beta", "cdot", "delta", "displaystyle", "epsilon", "exp"),
        *(
            "frac",
            "gamma",
            "gets",
            "gt",
            "infty",
            "lambda",
            "ldots",
            "le",
            "left",
            "ln",
        ),
        *("log", "lt", "mathrm", "max", "min", "mu", "ne", "operatorname", "qquad"),
        *("rho", "right", "sigma", "sqrt", "sum", "text", "times", "to"),
    }
    assert set(re.findall(r"\\([A-Za-z]+)", formula)) <= known
    assert formula.count(r"\left") == formula.count(r"\right")
    rest = re.sub(r"\\[{}]", "", formula)
    while group := re.search(r"\{[^{}]*\}", rest):
        rest = rest.replace(group[0], "@", 1)
        assert not re.search(r"_@_|\^@(_@)?\^", rest), formula
    assert not re.search(r"[{}]|[_^](?!@)", rest), formula


@pytest.mark.parametrize("lesson", lessons(ROOT), ids=lambda lesson: lesson.name)
def test_every_formula_of_a_lesson_is_latex_in_its_notebook(lesson) -> None:
    cells = json.loads(write_notebook(lesson))["cells"]
    texts = [cell["source"] for cell in cells if cell["cell_type"] == "markdown"]
    shown = typeset.marked_formulas("\n".join(texts))
    assert len(shown) == len(typeset.marked_formulas(Document.read(lesson.page).prose))
    assert not re.search(r"^ {4}.*\$", "\n".join(texts), re.MULTILINE)
    for formula in shown:
        assert_is_latex(formula)


@pytest.mark.parametrize("source", ["(a", "a)", "/ b", "x_", "a ^ ^ b", "", "(" * 900])
def test_what_is_no_formula_is_shown_as_it_is_written(source: str) -> None:
    assert read(source) is None
    assert typeset.formula(source) == f"<code>{source}</code>"


@pytest.mark.parametrize("lesson", lessons(ROOT), ids=lambda lesson: lesson.name)
def test_every_marked_formula_of_a_lesson_can_be_set(lesson) -> None:
    text = Document.read(lesson.solution).prose
    cells = [cell for cell in Document.read(lesson.solution).cells if cell.is_text]
    shown = "".join(typeset.text(cell.source) for cell in cells)
    set_ones = re.findall(r"<math[ >]", shown)
    assert len(set_ones) >= len(typeset.marked_formulas(text))
    assert "$" not in re.sub(r"<pre.*?</pre>|<code.*?</code>", "", shown, flags=re.S)


def test_text_is_markdown_with_formulas_tables_and_folds() -> None:
    shown = typeset.text(
        "## A *b* `c`\n\nA price of $5 or $6, and $p_k = 1/2$.\n\n"
        "| a | b |\n|---|---|\n| 1 | $x^2$ |\n\n"
        "<details>\n<summary>More</summary>\n\nhidden\n\n</details>\n"
    )
    assert "<h2>A <em>b</em> <code>c</code></h2>" in shown
    assert "$5 or $6, and <math " in shown
    assert shown.count("<math ") == 2
    assert '<div class="wide" tabindex="0"><table>' in shown
    assert "<details><summary>More</summary><p>hidden</p>" in shown.replace("\n", "")


def test_no_line_begins_with_what_ends_a_sentence() -> None:
    shown = typeset.text("Both are $p$, not $q$.")
    assert re.findall("</math>(.{2})", shown) == ["\u2060,", "\u2060."]


def test_an_indented_block_with_marks_is_a_block_of_formulas() -> None:
    marked = typeset.text("    $L = 3$        one photo\n    plain\n")
    assert marked.startswith('<div class="formulas" tabindex="0"><p><math ')
    assert '<span class="gap">        </span>one photo' in marked
    code = typeset.text("    p   -ln p\n    0.5 < 1\n")
    assert code == '<pre tabindex="0">p   -ln p\n0.5 &lt; 1</pre>'


def test_a_command_in_a_text_can_be_something_to_press() -> None:
    source = "Then `uv run invoke grade lesson3`, and `x`."
    shown = typeset.text(source, lambda words: Html(f"<button>{words}</button>"))
    assert shown == "<p>Then <button>grade lesson3</button>, and <code>x</code>.</p>\n"
    assert "<code>uv run invoke grade lesson3</code>" in typeset.text(source)


def test_a_terminal_shows_a_text_without_the_marks() -> None:
    assert typeset.plain("so $p = 1/2$, for 5$ or $6") == "so p = 1/2, for 5$ or $6"


HOSTILE = [
    "<script>alert(1)</script>",
    "<details onclick=alert(1)>x</details>",
    "<img src=x onerror=alert(1)>",
    "[x](javascript:alert(1))",
    "![x](https://example.org/a.png)",
    "$<script>alert(1)</script>$",
    "```<script>\n</code></pre><script>alert(1)</script>\n```",
    "    $x$ <script>alert(1)</script>",
    "|a|\n|---|\n|<iframe src=x>|",
    "<details>\n<summary><script>alert(1)</script></summary>\n</details>",
]


@pytest.mark.promise("shown-as-text")
@pytest.mark.parametrize("source", HOSTILE)
def test_nothing_in_a_text_is_obeyed(source: str) -> None:
    shown = typeset.text(source)
    tags = set(re.findall(r"<([a-z]+)((?: [^>]*)?)>", shown))
    assert {name for name, _ in tags} <= {
        *("p", "pre", "code", "details", "summary", "div", "table", "thead", "tbody"),
        *("tr", "th", "td", "span", "math", "mrow", "mi", "mo", "mtext"),
    }
    assert not any(re.search(r"\son|src|href", facts) for _, facts in tags)


def test_python_is_shown_in_words_by_what_they_are() -> None:
    assert '<span class="k">def</span>' in typeset.text("```python\ndef f(): ...\n```")
    assert "&lt;script&gt;" in typeset.code("'<script>'")


def test_the_lessons_mark_their_formulas() -> None:
    marked = {
        lesson.number: len(
            typeset.marked_formulas(Document.read(lesson.solution).prose)
        )
        for lesson in lessons(ROOT)
    }
    assert min(marked[number] for number in (3, 4, 5, 6, 9, 10, 11)) > 1
    assert marked[4] > 40


def test_threads_that_set_their_first_text_at_once_see_the_same() -> None:
    before = sys.getswitchinterval()
    sys.setswitchinterval(1e-6)
    try:
        shown = set()
        for _ in range(40):
            typeset._make_parser.cache_clear()
            with ThreadPoolExecutor(8) as pool:
                shown |= set(pool.map(typeset.text, ["# A *b* `c` $x$\n\n- d\n"] * 8))
    finally:
        sys.setswitchinterval(before)
    assert len(shown) == 1


def test_threads_that_draw_their_first_code_at_once_all_can() -> None:
    script = """
import threading
from grader.course.document import typeset
begin, drawn = threading.Barrier(16), []
def draw():
    begin.wait()
    drawn.append(typeset.code("x = 1"))
threads = [threading.Thread(target=draw) for _ in range(16)]
for one in threads:
    one.start()
for one in threads:
    one.join()
print(len(drawn), len(set(drawn)))
"""
    for _ in range(3):  # what is imported for the first time is so once a process
        done = subprocess.run(
            [sys.executable, "-c", script],
            cwd=ROOT, capture_output=True, text=True, timeout=300,
        )  # fmt: skip
        assert (done.stdout, done.stderr) == ("16 1\n", "")


def test_a_number_and_its_percent_sign_stay_on_one_line() -> None:
    said = typeset.text("80.88 % of the pixels, and `5 % 3`")
    assert "80.88\N{NO-BREAK SPACE}% of the pixels" in said
    assert "<code>5 % 3</code>" in said


def test_no_page_is_drawn_with_a_table_of_characters_that_is_half_made() -> None:
    # Thirty people open a lesson at once, each in a thread.
    tables = (mdurl._encode.encode_cache, mdurl._decode.decode_cache)
    typeset._make_parser.cache_clear()
    for table in tables:
        table.clear()
    typeset._parser()
    made = [set(table) for table in tables]
    assert all(made)
    assert "example.org/%C3%A9" in typeset.text("[here](https://example.org/\u00e9)")
    assert [set(table) for table in tables] == made
