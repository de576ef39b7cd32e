"""Messages between processes that trust each other arrive whole, typed and in order."""

import os
import threading
from collections.abc import Iterator

import msgspec
import pytest

from grader.common.message_channel import MessageChannel


class Asked(msgspec.Struct, tag=True, frozen=True):
    number: int
    content: bytes = b""


class Stopped(msgspec.Struct, tag=True, frozen=True):
    pass


class Channels:
    """The two ends of a channel in one process."""

    def __init__(self) -> None:
        (there, here), (back, away) = os.pipe(), os.pipe()
        kinds = Asked | Stopped
        self.near: MessageChannel[Asked | Stopped] = MessageChannel(
            os.fdopen(back, "rb"), os.fdopen(here, "wb"), kinds
        )
        self.raw = os.fdopen(away, "wb")
        self.far: MessageChannel[Asked | Stopped] = MessageChannel(
            os.fdopen(there, "rb"), self.raw, kinds
        )


@pytest.fixture
def both() -> Iterator[Channels]:
    made = Channels()
    yield made
    for one in (made.near, made.far):
        if not one._writer.closed:
            one._writer.close()
    for one in (made.near, made.far):
        one.close()


def test_a_message_arrives_as_the_record_that_it_is(both: Channels) -> None:
    both.near.send(Asked(7, bytes(1_000_000)))
    both.near.send(Stopped())
    assert both.far.receive(60) == Asked(7, bytes(1_000_000))
    assert both.far.receive(60) == Stopped()
    assert both.far.receive(0) is None


def test_threads_that_send_at_once_do_not_mix_their_messages(both: Channels) -> None:
    def send(first: int) -> None:
        for number in range(first, first + 50):
            both.near.send(Asked(number, bytes(10_000)))

    threads = [threading.Thread(target=send, args=(50 * i,)) for i in range(4)]
    for thread in threads:
        thread.start()
    come = [both.far.receive(60) for _ in range(200)]
    for thread in threads:
        thread.join()
    assert sorted(one.number for one in come if isinstance(one, Asked)) == [*range(200)]


def test_the_end_is_seen_by_all_who_ask(both: Channels) -> None:
    both.near.send(Asked(1))
    both.near._writer.close()
    assert both.far.receive(60) == Asked(1)
    for _ in range(2):
        with pytest.raises(EOFError):
            both.far.receive(60)


def test_half_a_message_is_none(both: Channels) -> None:
    both.raw.write((100).to_bytes(4, "big") + b"half")
    both.raw.close()
    with pytest.raises(EOFError):
        both.near.receive(60)


def test_what_is_no_record_of_the_channel_is_refused(both: Channels) -> None:
    content = msgspec.msgpack.encode({"type": "Other", "number": 1})
    both.raw.write(len(content).to_bytes(4, "big") + content)
    both.raw.flush()
    with pytest.raises(msgspec.ValidationError):
        both.near.receive(60)


def test_who_sends_after_this_side_hung_up_is_told_as_of_the_other(
    both: Channels,
) -> None:
    both.near._writer.close()
    with pytest.raises(BrokenPipeError):
        both.near.send(Asked(1))
