"""The judge's end of the line: nothing blocks, and nothing that comes is believed."""

from __future__ import annotations

import os
import select
import socket
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from grader.sandbox import Missing, Returned, codec
from grader.sandbox.codec import channel as channel_module
from grader.sandbox.codec import messages
from grader.sandbox.codec.channel import Channel, HungUp
from grader.sandbox.codec.messages import from_fields, to_fields

REPLY_BYTES, OUTPUT_BYTES = 1 << 20, 10


@dataclass
class Line:
    """A channel and the two ends that a worker would have."""

    channel: Channel
    messages: socket.socket
    prints: socket.socket

    def reply(self, value: Any) -> None:
        self.messages.sendall(b"".join(codec.frame(value)))


@pytest.fixture
def line() -> Iterator[Line]:
    here, there = socket.socketpair()
    read, printed = socket.socketpair()
    made = Line(Channel(here, read, REPLY_BYTES, OUTPUT_BYTES), there, printed)
    yield made
    made.channel.close()
    there.close()
    printed.close()


def test_messages_come_one_by_one(line: Line) -> None:
    assert line.channel.wait(0) is None
    for value in ([1, 2.5], "second"):
        line.reply(value)
    # The length comes alone, and then what it is the length of.
    assert line.channel.wait(1) == [1, 2.5]
    assert line.channel.taken_bytes >= len(codec.encode([1, 2.5]))
    assert line.channel.wait(1) == "second"
    assert line.channel.wait(0) is None


def test_a_message_may_come_byte_by_byte(line: Line) -> None:
    for byte in b"".join(codec.frame({"a": 1})):
        assert line.channel.wait(0) is None
        line.messages.send(bytes([byte]))
    assert line.channel.wait(1) == {"a": 1}


def test_what_the_worker_does_not_read_waits_with_the_judge(line: Line) -> None:
    sent = np.arange(500_000)
    line.channel.send(codec.frame(sent))
    line.messages.settimeout(1)
    body = bytearray()
    while len(body) < codec.FRAME_LENGTH.size + sent.nbytes:
        body += line.messages.recv(1 << 20)
        assert line.channel.wait(0) is None
    received = codec.decode(bytes(body[codec.FRAME_LENGTH.size :]))
    np.testing.assert_array_equal(sent, received)


def test_waiting_is_idle_once_all_is_sent(line: Line) -> None:
    line.channel.send(codec.frame("short"))
    began_s = time.monotonic()
    assert line.channel.wait(0.1) is None
    assert time.monotonic() - began_s > 0.05


def test_the_longest_message_is_accepted_and_no_longer_one(line: Line) -> None:
    text = "x" * (REPLY_BYTES - len(codec.encode("")))
    line.messages.setblocking(False)
    waiting = b"".join(codec.frame(text))
    assert len(waiting) == codec.FRAME_LENGTH.size + REPLY_BYTES
    received = None
    while received is None:
        waiting = waiting[line.messages.send(waiting) :] if waiting else waiting
        received = line.channel.wait(1)
    assert received == text
    line.messages.send(struct.pack("<Q", REPLY_BYTES + 1))
    with pytest.raises(codec.CodecError, match="larger than 1 MB"):
        line.channel.wait(1)


def test_an_empty_message_is_none(line: Line) -> None:
    line.messages.send(struct.pack("<Q", 0))
    with pytest.raises(codec.CodecError, match="empty"):
        line.channel.wait(1)


def test_a_worker_that_hangs_up_is_seen(line: Line) -> None:
    assert not line.channel.has_hung_up()
    line.messages.close()
    assert line.channel.has_hung_up()
    with pytest.raises(HungUp):
        line.channel.wait(1)
    with pytest.raises(HungUp):
        line.channel.send(codec.frame(1))


def test_where_the_system_does_not_tell_nothing_is_said(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(select, "poll", raising=False)
    monkeypatch.delattr(socket, "SO_PASSCRED", raising=False)
    line.reply("x")
    assert line.channel.peer_process() == 0
    line.messages.close()
    assert not line.channel.has_hung_up()


def test_half_a_message_is_none_when_the_worker_hangs_up(line: Line) -> None:
    line.messages.send(b"".join(codec.frame("a text"))[:-1])
    line.messages.close()
    assert line.channel.wait(1) is None  # what there is of it
    with pytest.raises(HungUp):
        line.channel.wait(1)


@pytest.mark.parametrize(
    ("printed", "kept", "was_cut"),
    [
        (b"", "", False),
        (b"0123456789", "0123456789", False),
        (b"x" * 11, "x" * 10, True),
    ],
)
def test_what_is_printed_is_kept_up_to_a_bound(
    line: Line, printed: bytes, kept: str, was_cut: bool
) -> None:
    line.prints.send(printed)
    line.channel.drain()
    assert (kept, was_cut) == (line.channel.output, line.channel.output_was_cut)
    assert line.channel.printed_bytes == len(printed)


def test_what_waits_is_read_piece_by_piece_up_to_a_number_of_pieces(
    line: Line, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(channel_module, "_CHUNK", 1)
    line.prints.send(b"0123456")
    line.channel.drain(0)
    assert line.channel.output == "0"
    line.channel.drain(0.0007)
    assert line.channel.output == "0123"
    line.channel.drain()
    assert line.channel.output == "0123456"


def test_it_counts_what_it_throws_away(line: Line) -> None:
    for _ in range(3):
        line.prints.send(b"x" * 8)
        line.channel.wait(1)
    assert line.channel.printed_bytes == 24
    assert line.channel.output == "x" * 10
    assert line.channel.output_was_cut


def test_a_closed_output_is_no_end(line: Line) -> None:
    line.prints.send(b"\xffbye")
    line.prints.close()
    line.channel.drain()
    assert line.channel.output == "\ufffdbye"
    line.reply("still here")
    answers = [line.channel.wait(0.05) for _ in range(3)]
    assert "still here" in answers


def test_what_was_not_asked_for_is_seen_and_stays(line: Line) -> None:
    assert not line.channel.has_unasked()
    assert not line.channel.wait_until_readable(0)
    line.reply("unasked")
    assert line.channel.wait_until_readable(1)
    assert line.channel.has_unasked()
    assert line.channel.wait(1) == "unasked"
    assert not line.channel.has_unasked()
    line.messages.send(b"\0\0\0")  # the beginning of a length
    line.channel.wait(1)
    assert line.channel.has_unasked()


@pytest.mark.skipif(not hasattr(socket, "SO_PASSCRED"), reason="Linux says who sent")
def test_the_kernel_says_who_sent() -> None:
    here, there = socket.socketpair()
    read, printed = socket.socketpair()
    channel = Channel(here, read, REPLY_BYTES, OUTPUT_BYTES)
    assert channel.peer_process() == 0
    there.send(b"x")
    assert channel.peer_process() == 0  # nobody asked for it yet
    here.setsockopt(socket.SOL_SOCKET, socket.SO_PASSCRED, 1)
    here.setblocking(False)
    here.recv(1)
    there.send(b"y")
    assert channel.peer_process() == os.getpid()
    assert here.recv(1) == b"y"
    channel.close()
    assert here.fileno() == read.fileno() == -1
    there.close()
    printed.close()


SAID = [
    messages.Load(1, 2.5, b"x = 1", "lesson.py", True),
    messages.Call(1, 2.5, "loss", None, (1,), {"k": 2}, True),
    messages.Get(1, 2.5, "", 7),
    messages.CallbackReturned(np.float32),
    messages.Ready(),
    Returned(None),
    Missing("los", "loss"),
    messages.WorkerEnded(3, "exited", 0, True),
]


@pytest.mark.parametrize("message", SAID, ids=lambda m: type(m).__name__)
def test_a_message_comes_back_as_the_record_that_it_was(message: Any) -> None:
    fields = to_fields(message)
    assert fields[0] == type(message).__name__
    assert from_fields(type(message), fields) == message
    both = messages.Progress | type(message)
    assert from_fields(both, fields) == message


@pytest.mark.parametrize(
    "fields",
    [
        None,
        "Returned",
        (),
        (1, "Returned"),
        ["Returned", 2, ()],
        ("Returned", 2),
        ("Returned", 2, (), 3),
        ("Returned", 2, ("1", 1.0)),
        ("Returned", 2, (True,)),
        ("Returned", 2, []),
        ("Returned", 2, {1}),
        ("Ready", 1),
        ("Missing", "los", None),
        ("Missing", "los"),
        ("WorkerEnded", "1", "exited", 0, True),
        ("WorkerEnded", True, "exited", 0, True),
        ("WorkerEnded", 1, "exited", 0, 1),
        ("Load", 1, 2.5, b"", "lesson.py"),
        ("Get", 1, 2.5, "loss", "7"),
        ("object",),
    ],
    ids=repr,
)
def test_what_is_none_of_the_messages_is_refused(fields: Any) -> None:
    kinds = (
        messages.WorkerMessage | messages.Ready | messages.Get | messages.WorkerEnded
    )
    with pytest.raises(codec.CodecError):
        from_fields(kinds, fields)
