"""Everything that a confined process says has a bound: it is told and it is kept."""

import base64
import json
import re
import struct
import types
import typing
from collections.abc import Iterator
from typing import Annotated, Any

import msgspec
import pytest
from msgspec import Meta

from grader.course.document import catalog
from grader.learner.page_run.sandboxed_runner import SandboxedRunner, _read
from grader.report import (
    Finding,
    report_json,
)
from grader.sandbox import NamedValue, Raised, WorkerPool
from grader.sandbox.bounds import Name, Value, hints_of
from grader.sandbox.cell_run import events
from grader.sandbox.codec import CodecError, Handle, decode, encode, messages
from grader.sandbox.codec.messages import from_fields, to_fields
from grader.sandbox.isolation.policy import Limits
from tests.support.grading import grade_attempt
from tests.support.project import ROOT

pytestmark = pytest.mark.usefixtures("share_pool")

PROTOCOL = (ROOT / "docs" / "protocol.md").read_text(encoding="utf-8")

# What the judge reads: from a worker, and from the process that starts them.
SAID = (
    *typing.get_args(messages.WorkerMessage),
    *(messages.Ready, messages.Hello, messages.Imported, messages.NotImported),
    *(messages.Started, messages.NotStarted, messages.WorkerEnded),
)
HAPPENED = (
    *typing.get_args(events.Event),
    *(events.Caller, events.Panel, events.Series),
    *(events.Frame, events.Mark, events.Tick),
)
FIELDS = [
    pytest.param(kind, name, hint, id=f"{kind.__name__}.{name}")
    for kind in (*SAID, *HAPPENED)
    for name, hint in hints_of(kind).items()
]


# What is part of an event.
RECORDS: dict[Any, Any] = {
    events.Caller: events.Caller(1, "x"),
    events.Panel: events.Panel("x"),
    events.Frame: events.Frame("x", "x", ()),
    events.Tick: events.Tick(0.5, "x"),
}


def apart(hint: Any) -> tuple[Any, Any, tuple[Any, ...]]:
    """The outermost type of a hint, its bound, and the hints of what is in it."""
    if hint is NamedValue:
        hint = tuple[tuple(hints_of(hint).values())]  # type: ignore[misc]
    bound, inner = None, typing.get_args(hint)
    if typing.get_origin(hint) is Annotated:
        hint, bound = inner
        inner = typing.get_args(hint)
    kind = typing.get_origin(hint) or hint
    if kind is typing.Union:
        kind = types.UnionType
    return kind, bound, tuple(one for one in inner if one is not ...)


def in_words(hint: Any) -> str:
    """What a hint allows, as docs/protocol.md has it; KeyError where that is no end."""
    kind, bound, inner = apart(hint)
    if hint == Value:
        return "any value"
    if kind is typing.Literal:
        return f"{', '.join(inner[:-1])} or {inner[-1]}"
    if kind is types.UnionType:
        return " or ".join(map(in_words, inner))
    if kind is tuple and bound is None and ... not in typing.get_args(hint):
        return f"({', '.join(map(in_words, inner))})"
    if kind is tuple:
        return f"{bound.max_length:,} items: {in_words(inner[0])}"
    if kind is dict:
        key, value = map(in_words, inner)
        return f"{bound.max_length:,} entries: {key}, with {value}"
    if kind is str:
        return f"{bound.max_length:,} characters"
    if kind is int:
        return f"{bound.ge:,} to {'2^53' if bound.le == 1 << 53 else f'{bound.le:,}'}"
    return ENDED[kind]


ENDED = {
    float: "a float",
    bool: "a bool",
    type(None): "None",
    events.Caller: "`Caller`",
    events.Panel: "`Panel`",
    events.Series: "`Series`",
    events.Frame: "`Frame`",
    events.Mark: "`Mark`",
    events.Tick: "`Tick`",
}


NOISE = "np.random.default_rng(0).integers(0, 256, (700, 700, 3))"


@pytest.fixture
def confined(pool: WorkerPool) -> Iterator[SandboxedRunner]:
    """Cells of lesson 1's page, which draws."""
    cells = SandboxedRunner(catalog.find("lesson1", ROOT), Limits(cpu_s=60), pool)
    yield cells
    cells.forget()


@pytest.mark.promise("limits-of-fields")
@pytest.mark.parametrize(("kind", "name", "hint"), FIELDS)
def test_a_field_has_a_bound_that_is_documented(
    kind: Any, name: str, hint: Any
) -> None:
    rows = dict(re.findall(r"^\| `(\w+\.\w+)` \| (.+?) \|$", PROTOCOL, re.MULTILINE))
    assert rows[f"{kind.__name__}.{name}"] == in_words(hint)


@pytest.mark.parametrize(
    "hint",
    [
        *(str, int, bytes, object, Any, dict[str, int], Name | str),
        *(tuple[str, ...], tuple[Name, ...]),
        Annotated[tuple[str, ...], Meta(max_length=3)],
    ],
    ids=repr,
)
def test_a_field_without_an_end_is_found(hint: Any) -> None:
    with pytest.raises((KeyError, AttributeError, TypeError)):
        in_words(hint)


def beyond(hint: Any) -> Iterator[Any]:
    """Values of a field that are larger than it allows, each in another way."""
    kind, bound, inner = apart(hint)
    if hint == Value:
        return
    if kind is types.UnionType:
        for one in inner:
            yield from beyond(one)
    elif kind is typing.Literal:
        yield from (inner[0] + "x", inner[0] * 1000, "", None)
    elif kind is int:
        yield from (bound.ge - 1, bound.le + 1, 10**900, True)
    elif kind is str:
        yield from ("x" * (bound.max_length + 1), "x" * bound.max_length * 10)
    elif kind is dict:
        names = [f"{number}" for number in range(bound.max_length + 1)]
        right = next(within(inner[1]))
        yield dict.fromkeys(names, right)
        yield from ({long: right} for long in beyond(inner[0]))
        yield from ({"a": much} for much in beyond(inner[1]))
    elif kind is tuple and bound is not None:
        yield (next(within(inner[0])),) * (bound.max_length + 1)
        yield from ((much,) for much in beyond(inner[0]))
    elif kind is tuple:
        right = [next(within(one)) for one in inner]
        for at, one in enumerate(inner):
            yield from ((*right[:at], much, *right[at + 1 :]) for much in beyond(one))
        yield (*right, right[0])
    elif kind in RECORDS:
        right = msgspec.to_builtins(RECORDS[kind])
        for name, one in hints_of(kind).items():
            yield from (right | {name: much} for much in beyond(one))


def within(hint: Any) -> Iterator[Any]:
    """A value that a field may have."""
    kind, bound, inner = apart(hint)
    if kind is types.UnionType:
        yield from within(inner[0])
    elif kind is typing.Literal:
        yield inner[0]
    elif kind is tuple:
        yield () if bound else tuple(next(within(one)) for one in inner)
    else:
        plain = {int: 1, str: "x", dict: {}, float: 0.5, bool: True}
        yield RECORDS.get(kind, plain.get(kind))


def size_of(value: Any) -> int:
    """How much a value holds."""
    if isinstance(value, dict):
        return sum(map(size_of, (*value, *value.values())))
    if isinstance(value, (tuple, list)):
        return sum(map(size_of, value))
    return len(value) if isinstance(value, str) else 1


MOST_OF_ONE = 50 * 500


@pytest.mark.promise("limits-of-fields")
@pytest.mark.parametrize("kind", SAID, ids=lambda kind: kind.__name__)
def test_more_than_a_field_of_a_message_may_hold_is_cut_or_refused(kind: Any) -> None:
    hints = hints_of(kind)
    right = {name: next(within(hint)) for name, hint in hints.items()}
    assert from_fields(kind, (kind.__name__, *right.values())) == kind(**right)
    for name, hint in hints.items():
        for much in beyond(hint):
            try:
                got = from_fields(
                    kind, (kind.__name__, *(right | {name: much}).values())
                )
            except CodecError:
                continue
            assert size_of(getattr(got, name)) <= MOST_OF_ONE, name
            assert getattr(got, name) != much, name


@pytest.mark.promise("limits-of-fields", "confined-cells")
@pytest.mark.parametrize(
    "kind", typing.get_args(events.Event), ids=lambda kind: kind.__name__
)
def test_more_than_a_field_of_an_event_may_hold_is_refused(kind: Any) -> None:
    hints = hints_of(kind)
    right = {name: next(within(hint)) for name, hint in hints.items()}
    event = kind(**right)
    assert events.from_line(events.to_line(event)) == event
    for name, hint in hints.items():
        for much in beyond(hint):
            told = msgspec.to_builtins(event) | {name: much, "event": kind.__name__}
            line = json.dumps(told, default=msgspec.to_builtins)
            with pytest.raises(ValueError):
                events.from_line(line)


@pytest.mark.parametrize("length", [1_999, 2_000, 2_001])
def test_a_record_is_cut_to_what_its_reader_accepts(length: int) -> None:
    raised = Raised("ValueError", ("x",) * 51, "y" * length)
    assert len(raised.message) == min(length, 2_000)
    assert len(raised.bases) == 50
    assert from_fields(Raised, to_fields(raised)) == raised


def test_a_text_of_an_event_is_cut_before_it_is_told() -> None:
    long = "x" * 200_000
    caller = events.Caller(1, long, long)
    told = events.CellRaised(long, long, 3, long, long, (caller,))
    cut = (events.Caller(1, "x" * 400, "x" * 200),)
    assert events.from_line(events.to_line(told)) == events.CellRaised(
        "x" * 200, "x" * 2_000, 3, "x" * 400, "x" * 200, cut
    )


@pytest.mark.parametrize("number", [float("nan"), float("inf")])
def test_a_loss_that_is_no_number_is_told(number: float) -> None:
    told = events.from_line(events.to_line(events.Trained({"loss": number})))
    assert isinstance(told, events.Trained)
    assert str(told.progress["loss"]) == str(number)


@pytest.mark.parametrize(
    "line",
    [
        *("[" * 100_000, "[]", "9" * 9_999, b"\xff", '"RunEnded"'),
        '{"event": "RunEnded", "words": "\\ud800"}',
        '{"event": "RunEnded", "words": ' + "[" * 100_000,
    ],
    ids=(
        *("a deep list", "a list", "a long number", "bytes", "a text"),
        *("half a character", "a deep list in a field"),
    ),
)
def test_a_line_that_is_no_event_is_refused(line: str | bytes) -> None:
    with pytest.raises(ValueError):
        events.from_line(line)


def test_half_a_character_does_not_end_the_account_of_a_run() -> None:
    told = events.from_line(events.to_line(events.RunEnded("a\ud800b")))
    assert told == events.RunEnded("a?b")


def test_an_account_of_a_run_has_a_longest_length() -> None:
    line = events.to_line(events.CellBegan(1))
    assert len(_read([line] * 600)) == 600
    refused = [events.RunEnded("Its answer can't be read.")]
    assert _read([line] * (600 + 1)) == refused
    assert _read({line: 1}) == refused
    largest = "x" * 660_000
    figure = events.to_line(events.Drew(largest, (), dark=largest))
    assert len(_read([figure] * 15)) == 15
    assert _read([figure] * 16) == refused


@pytest.mark.slow
def test_figures_that_are_too_large_together_are_left_out_and_that_is_said(
    confined: SandboxedRunner,
) -> None:
    cell = (
        "plt.figure(figsize=(1.85, 1.85)).add_axes((0, 0, 1, 1)).imshow(noise)\n" * 20
    )
    page = f"# %%\nimport numpy as np\nimport matplotlib.pyplot as plt\nnoise = {NOISE}\n{cell}"
    run = confined.run(page.encode(), 2)
    *drawn, last = run.events
    assert last == events.RunEnded(
        "It drew more than can be shown here: the figures are too large."
    )
    assert 10 <= len(drawn) < 20
    assert all(isinstance(one, events.Drew) for one in drawn)


@pytest.mark.slow
def test_a_figure_that_is_too_large_is_drawn_again_small(
    confined: SandboxedRunner,
) -> None:
    cell = f"plt.figure(figsize=(15, 15)).add_axes((0, 0, 1, 1)).imshow({NOISE})\n"
    page = f"# %%\nimport numpy as np\nimport matplotlib.pyplot as plt\n{cell}"
    (drawn,) = confined.run(page.encode(), 2).events
    assert isinstance(drawn, events.Drew)
    assert len(drawn.png) <= 660_000
    assert len(drawn.dark) <= 660_000
    width, height = struct.unpack(">2I", base64.b64decode(drawn.png)[16:24])
    assert 200 <= width == height <= 1_000


def test_a_message_has_so_many_objects_at_most() -> None:
    objects = [Handle(1, "Dense", ("Dense",))] * 1_001
    assert decode(encode(objects[1:])) == objects[1:]
    with pytest.raises(CodecError, match="too many objects"):
        decode(encode(objects))


@pytest.mark.promise("limits-of-fields")
def test_a_finding_keeps_so_much_of_each_text() -> None:
    long = "x" * 100_000
    texts = {n: long for n, t in Finding.__annotations__.items() if t == "str"}
    finding = msgspec.convert(texts, Finding)
    for name in texts:
        most = {"sentence": 2000, "trace": 8000}
        assert len(getattr(finding, name)) == most.get(name, 4000), name
        assert getattr(finding, name).endswith(" ...")
    read = msgspec.json.decode(msgspec.json.encode(texts), type=Finding)
    assert read == finding


FORGER = """
import os, sys
from grader.sandbox import codec
def number():
    frame = sys._getframe()
    while "self" not in frame.f_locals: frame = frame.f_back
    return frame.f_locals["self"]._question
def softmax_row(z):
    body = codec.encode((number(), "Returned", {value}, {places}))
    rest = memoryview(len(body).to_bytes(8, "little") + body)
    while rest: rest = rest[os.write(3, rest):]
    os._exit(0)
"""
FORGED = {
    "arguments that there are not": (
        "1.0",
        "tuple('x' * 900 + str(i) for i in range(50_000))",
    ),
    "the same argument again and again": ("1.0", "(0,) * 50_000"),
    "objects without end": ("[codec.Handle(1, 'x', ())] * 60_000", "()"),
    "keys that are long": (
        "{str(i) + 'x' * 900: {str(i): [[]]} for i in range(4_000)}",
        "()",
    ),
    "a long text among many": ("['x' * 1_000_000] + [''] * 2_000", "()"),
    "a text that is long": ("'x' * 60_000_000", "()"),
}


@pytest.mark.promise("limits-of-fields")
@pytest.mark.parametrize("how", FORGED.values(), ids=FORGED)
def test_what_a_report_keeps_of_a_forged_answer_is_short(how: tuple[str, str]) -> None:
    value, places = how
    lesson = catalog.find("lesson3", ROOT)
    source = lesson.solution.read_text(encoding="utf-8")
    source += FORGER.format(value=value, places=places)
    report = grade_attempt(
        lesson, lesson.solution, source=source.encode(), seed=5, exercise="3b"
    )
    assert report.score == 0
    assert len(report_json.to_json(report)) < 30_000
    assert report.wall_s < 100  # other tests may share the processors
