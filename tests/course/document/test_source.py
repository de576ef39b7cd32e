"""A learner's file is read by everybody as the worker runs it."""

import ast
import contextlib
import gc
import sys
import threading
from pathlib import Path

import pytest

from grader.course.document import source
from grader.course.document.attempt_file import recode
from grader.course.document.source import Unreadable, decode_source, parse


@pytest.mark.parametrize(
    ("source", "line", "words"),
    [
        (
            b"x = 1\ny = '\xe9'\n",
            2,
            "The byte 0xe9 in line 2 is not UTF-8. Is the file",
        ),
        (b"# -*- coding: latin-1 -*-\n", 1, "Line 1 declares the encoding iso-8859-1"),
        (
            b"#!python\n# vim: set fileencoding=cp1252 :\n",
            2,
            "Line 2 declares .* cp1252",
        ),
        (b"# coding: unicode_escape\n# \\x0aimport os\n", 1, "unicode_escape"),
        (b"# coding: no-such-thing\n", 1, "no-such-thing"),
        ("# coding: utf-8\n".encode("utf-16"), 1, "The byte 0xff in line 1 is not"),
    ],
)
def test_what_is_not_utf_8_is_told_with_its_line(source, line, words):
    with pytest.raises(Unreadable, match=words) as refused:
        decode_source(source)
    assert refused.value.line == line


@pytest.mark.parametrize(
    "source",
    [b"# coding: utf-8\n", b"\xef\xbb\xbfx = 1\n", b"x = 'coding: latin-1'\n", b""],
)
def test_utf_8_is_read_however_it_says_so(source):
    assert decode_source(source) == source.decode("utf-8-sig")


@pytest.mark.parametrize(
    "text",
    [
        "x = 1\ny = " + "-" * 2850 + "1\n",
        "x = 1\ny = " + "-" * 100_000 + "1\n",
        "x = 1\ny = " + " + ".join("1" * 300) + "\n",
    ],
)
def test_what_is_nested_too_deeply_is_told_and_never_recursed_into(text):
    with pytest.raises(Unreadable, match="nested more than 200 levels deep"):
        parse(text)


def test_the_line_where_it_is_too_deep_is_told():
    with pytest.raises(Unreadable, match="It begins in line 2") as refused:
        parse("x = 1\ny = " + "-" * 300 + "1\n")
    assert refused.value.line == 2


def test_what_is_parsed_can_be_written_again():
    text = "y = " + "-" * (200 - 3) + "1"
    assert ast.unparse(parse(text))


def test_a_long_file_and_one_that_is_no_python_are_told():
    with pytest.raises(Unreadable, match="500,000 characters"):
        parse("#" * 500_000)
    with pytest.raises(Unreadable, match="Python can't read your file") as refused:
        parse("x = 1\ndef f(:\n")
    assert refused.value.line == 2
    with pytest.raises(Unreadable, match="Python can't read your file"):
        parse("x = 1\0")


PLAIN = 'x = "é"\n'


@pytest.mark.parametrize(
    ("content", "recoded"),
    [
        (PLAIN.encode("cp1252"), PLAIN),
        (PLAIN.encode("utf-16"), PLAIN),
        (b"\xfe\xff" + PLAIN.encode("utf-16-be"), PLAIN),
        (f"# coding: utf-8\n{PLAIN}".encode("cp1252"), f"# coding: utf-8\n{PLAIN}"),
        (f"#!py\n# coding=latin-1\n{PLAIN}".encode("latin-1"),
         f"#!py\n# coding=utf-8\n{PLAIN}"),
        (b"# vim: fileencoding=iso-8859-15\nx = '\xa4'\n",
         "# vim: fileencoding=utf-8\nx = '\u20ac'\n"),
    ],
)  # fmt: skip
def test_a_file_in_another_encoding_is_read_and_that_is_said(
    content: bytes, recoded: str
) -> None:
    source, note = recode(content)
    assert source == recoded.encode()
    assert decode_source(source) == recoded
    assert "was read" in note


@pytest.mark.parametrize(
    "content",
    [
        PLAIN.encode(),
        b"\xef\xbb\xbfx = 1\n",
        b"# coding: utf-8\nx = 1\n",
        PLAIN.encode() + b"y = '\xff'\n",  # damaged: UTF-8 in parts
        b"x = '\x81'\n",  # no letter of Windows-1252
        b"x = 1\0\xe9",
        b"\xff\xfe\0\0x\0\0\0",
        b"\xff\xfex",
        b"# coding: unicode_escape\n# \\x0aimport os\n",
        b"# coding: no-such-thing\n\xe9\n",
        b"# coding: utf-7\n+AGk-mport os\n",
        b"",
    ],
)
def test_a_file_that_is_utf_8_or_cannot_be_read_stays_as_it_is(content: bytes) -> None:
    assert recode(content) == (content, "")


def test_no_other_thread_disturbs_the_parser():
    """As in Python 3.11.7, where a printed traceback in another thread is enough."""
    text = Path(source.__file__).read_text(encoding="utf-8")
    expected, is_over = ast.dump(ast.parse(text)), threading.Event()

    def parse_again_and_again() -> None:
        while not is_over.is_set():
            with contextlib.suppress(SystemError):
                ast.parse("x = (1, 2, 3)\n" * 20)

    other = threading.Thread(target=parse_again_and_again)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    gc.callbacks.append(_spend_some_time)
    other.start()
    try:
        assert all(ast.dump(source.parse_python(text)) == expected for _ in range(20))
        assert gc.isenabled()
    finally:
        is_over.set()
        other.join()
        gc.callbacks.remove(_spend_some_time)
        sys.setswitchinterval(interval)


def _spend_some_time(*_: object) -> None:
    sum(range(500))
