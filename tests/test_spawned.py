"""A worker that is a process of its own sees when the judge hangs up, and only then."""

import socket
import threading

import pytest

from grader.sandbox.worker import spawned_worker


@pytest.fixture
def ends():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


def seen(line):
    """What is seen of the line, or None while it is waited for."""
    told = []
    look = threading.Thread(
        target=lambda: told.append(spawned_worker._has_hung_up(line)), daemon=True
    )
    look.start()
    look.join(60)
    return told[0] if told else None


def test_a_judge_that_says_nothing_has_not_hung_up(ends):
    line, _ = ends
    assert seen(line) is False


def test_a_message_stays_for_the_server(ends):
    line, judge = ends
    judge.send(b"call")
    assert seen(line) is False
    assert b"call" == line.recv(9)


def test_a_closed_line_is_hung_up(ends):
    line, judge = ends
    judge.close()
    assert seen(line) is True


@pytest.mark.skipif(not hasattr(socket, "MSG_DONTWAIT"), reason="not on Windows")
def test_a_message_that_the_server_was_quicker_to_read_is_not_waited_for(
    ends, monkeypatch
):
    # Whoever waits for the line keeps it open, and the judge is not told of its end.
    line, _ = ends
    monkeypatch.setattr(spawned_worker.select, "select", lambda *_: ([line], [], []))
    assert seen(line) is False
