"""Throw mutated messages at the decoder: ``python -m tools.fuzz.codec [count] [seed]``.

Every message must give a value or a WireError, quickly, and a value must be plain.
"""

import random
import sys
import time
from decimal import Decimal
from fractions import Fraction

import numpy as np

from grader.sandbox import codec

SEEDS = [
    (1, "Returned", {"loss": [0.5, 0.25], "accuracy": (0.9,)}, ()),
    (
        3,
        "Raised",
        "ValueError",
        ("ValueError", "object"),
        "no",
        3,
        "x",
        "",
        "",
        None,
        "",
        (),
    ),
    (2, "Returned", np.arange(12, dtype=np.float32).reshape(3, 4), (0, "x")),
    [None, True, False, ..., 2**70, -(2**4000), 1j, "héé", b"\0\1", np.int8(3)],
    {"a": np.array(["one", "three"]), 2.5: np.array([True, False])},
    codec.Handle(3, "Sequential", ("Sequential", "Model", "object"), "<Sequential>"),
    [
        codec.ExpressionText('{"v":1,"nodes":[["Sym","x"]],"root":0}'),
        codec.CallbackHandle(1, "loss"),
    ],
    [[[[[[[[[[[]]]]]]]]]], np.zeros((0, 3)), np.array(2.0), np.bool_(True)],
    [{1, "a", (1, 2)}, frozenset({b"x"}), {(0, 1): None}, Fraction(1, 3)],
    [codec.Record("Point", {"x": 1, "y": [Decimal("1.5E+3")]}), Decimal("NaN")],
    [[0.5] * 40, (3,) * 40, [True] * 40, [np.float32(2)] * 40],
]
TAGS = b"NTF.iIdcsbltpmuzqDraghfx"


def mutated(message: bytes, rng: random.Random) -> bytearray:
    """Return the message with a few bytes flipped, removed, repeated or made large."""
    body = bytearray(message)
    for _ in range(rng.randint(1, 4)):
        at = rng.randrange(len(body)) if body else 0
        match rng.randrange(7):
            case 0 if body:
                body[at] = rng.randrange(256)
            case 1 if body:
                body[at] = rng.choice(TAGS)
            case 2:
                del body[at : at + rng.randint(1, 9)]
            case 3:
                body[at:at] = body[at : at + rng.randint(1, 40)]
            case 4:
                body[at : at + 4] = rng.choice(
                    [b"\xff\xff\xff\xff", b"\0\0\1\0", b"\0\0\0\x80"]
                )
            case 5:
                body[at:at] = rng.randbytes(rng.randint(1, 12))
            case _:
                body[at:at] = b"l\1\0\0\0" * rng.randint(1, 100)
    return body


def fuzz(count: int, seed: int = 0) -> tuple[int, int, float]:
    """Return how many were tried, how many broke the decoder, and the slowest in s."""
    rng = random.Random(seed)
    messages = [codec.encode(value) for value in SEEDS]
    uncaught, worst_s = 0, 0.0
    for _ in range(count):
        body = mutated(rng.choice(messages), rng)
        began_s = time.perf_counter()
        try:
            repr(codec.decode(body))
        except codec.CodecError:
            pass
        except Exception as error:
            uncaught += 1
            print(type(error).__name__, error, bytes(body)[:200], file=sys.stderr)
        worst_s = max(worst_s, time.perf_counter() - began_s)
    return count, uncaught, worst_s


if __name__ == "__main__":
    numbers = [int(word) for word in sys.argv[1:]]
    count, uncaught, worst_s = fuzz(*(numbers or [300_000]))
    print(f"{count:,} messages, {uncaught} uncaught, slowest {worst_s * 1000:.1f} ms")
    sys.exit(uncaught > 0)
