"""Of a library's long error one line is told: what is wrong."""

from __future__ import annotations

import pytest

from grader.sandbox import Limits, Raised, WorkerFactory
from grader.sandbox.library_messages import useful_line


@pytest.mark.parametrize(
    ("message", "line"),
    [
        (
            "Exception encountered when calling Sequential.call().\n\n\x1b[1mInput 0 of "
            "layer 'dense' is incompatible with the layer.\x1b[0m\n\nArguments received "
            "by Sequential.call():\n  • training=None",
            "Input 0 of layer 'dense' is incompatible with the layer.",
        ),
        (
            "Exception encountered when calling Sequential.call().\n\n\x1b[1mInvalid "
            "input shape for input [[0. 0.]\n [0. 0.]] with name 'x' and path ''. "
            "Expected shape (None, 784), but input has incompatible shape (2, 2)\x1b[0m"
            "\n\nArguments received by Sequential.call():\n  • mask=None",
            "Invalid input shape. Expected shape (None, 784), but input has "
            "incompatible shape (2, 2)",
        ),
        (
            "Exception encountered when calling L.call().\n\n\x1b[1mCould not infer the "
            "output shape of 'l'. Error encountered:\n\nmine\x1b[0m\n\nArguments "
            "received by L.call():\n  • args=()",
            "mine",
        ),
        (
            "Graph execution error:\n\nDetected at node loss defined at (most recent "
            'call last):\n  File "x.py", line 26, in f\n\nReceived a label value of 11 '
            "which is outside the valid range of [0, 10).\n\t [[{{node loss}}]] "
            "[Op:__inference_1]",
            "Received a label value of 11 which is outside the valid range of [0, 10).",
        ),
        (
            "{{function_node __wrapped__MatMul_device_/job:a}} Matrix "
            "size-incompatible: In[0]: [8,28] [Op:MatMul] name: ",
            "Matrix size-incompatible: In[0]: [8,28]",
        ),
        ("operands could not\nbe broadcast [Op:x]", "operands could not\nbe broadcast [Op:x]"),
        ("Graph execution error:", "Graph execution error:"),
        ("Exception encountered when calling ", "Exception encountered when calling "),
        ("", ""),
    ],
)  # fmt: skip
def test_one_line_is_told(message: str, line: str) -> None:
    assert useful_line(message) == line


def test_of_a_very_long_message_both_ends_are_kept(warm: WorkerFactory) -> None:
    source = b"def f():\n    raise ValueError('begins' + 90_000 * '-' + 'ends')\n"
    worker = warm.start(source, "mine.py", Limits())
    worker.load()
    reply = worker.call("f")
    worker.kill()
    assert isinstance(reply, Raised)
    assert reply.message.startswith("begins")
    assert reply.message.endswith("ends")
    assert len(reply.message) <= 2000
