"""Values cross the wire unchanged, and nothing else does."""

import contextlib
import inspect
import os
import struct
import subprocess
import sys
import time
from decimal import Decimal
from fractions import Fraction

import msgspec
import numpy as np
import pytest

from grader.sandbox import codec
from grader.sandbox.codec import encoder, messages, values
from tools.fuzz.codec import fuzz

RECORDS = [
    record
    for module in (messages, values)
    for record in vars(module).values()
    if inspect.isclass(record) and issubclass(record, msgspec.Struct)
]
PLAIN = [
    None,
    True,
    False,
    ...,
    0,
    -1,
    2**63 - 1,
    -(2**63),
    2**63,
    -(2**4000),
    0.5,
    float("inf"),
    1 - 2j,
    "",
    "Kreuzentropie é \0",
    b"\0\xff",
    [],
    [1, [2.5, (None,)]],
    (),
    {"loss": [1.0], "a": {2.5: ...}, True: None, -(2**63): 1},
    {None: 1, (1, 2): 2, 2**63: 3, b"a": 4, (("a", 1), Fraction(1, 2)): 5},
    {1, (1, 2), frozenset({3})},
    set(),
    frozenset({1.5, 2}),
    Fraction(-1, 3),
    Fraction(2**1000, 3),
    Decimal("1.10"),
    Decimal("-1E+20"),
    Decimal("Infinity"),
    codec.Record("Point", {"x": 1, "y": [Fraction(1, 2)]}),
    codec.Handle(7, "Dense", ("Dense", "object"), "<Dense>"),
    codec.CallbackHandle(2, "loss"),
    codec.ExpressionText("{}"),
]


@pytest.mark.parametrize("value", PLAIN, ids=repr)
def test_plain_values_come_back_equal_and_of_the_same_type(value):
    received = codec.decode(codec.encode(value))
    assert value == received
    assert type(value) is type(received)


ARRAYS = [
    np.arange(6, dtype=code).reshape(2, 3)
    for code in ("i1", "u2", "i4", "u8", "f2", "f4", "f8", "c8", "c16", ">f4", ">i8")
] + [
    np.array(2.5),
    np.zeros((0, 4)),
    np.zeros((0, 3), bool),
    np.zeros((2, 0, 3), "U5"),
    np.array([True, False]),
    np.array(["one", "三"]),
    np.array([b"ab", b"c"]),
    np.arange(24).reshape(2, 3, 4).T,
    np.arange(10)[::-2],
    np.ones((512, 512)),
]


@pytest.mark.parametrize("array", ARRAYS, ids=lambda a: f"{a.dtype.str}{a.shape}")
def test_arrays_come_back_equal_plain_and_writeable(array):
    received = codec.decode(codec.encode(array))
    np.testing.assert_array_equal(array, received)
    assert type(received) is np.ndarray
    assert array.dtype.newbyteorder("=") == received.dtype
    assert received.flags.writeable
    assert received.flags.c_contiguous


@pytest.mark.parametrize("code", ["b1", "i1", "u8", "f2", "f4", "f8", "c16"])
def test_numpy_scalars_keep_their_dtype(code):
    scalar = np.ones((), code)[()]
    received = codec.decode(codec.encode(scalar))
    assert scalar == received
    assert type(scalar) is type(received)


def test_nan_stays_nan():
    assert np.isnan(codec.decode(codec.encode(float("nan"))))


ON_THE_LINE = [
    (None, b"N"),
    (-1, b"i" + b"\xff" * 8),
    (2**63 - 1, b"i" + b"\xff" * 7 + b"\x7f"),
    (-(2**63), b"i" + bytes(7) + b"\x80"),
    (2**63, b"I\t\0\0\0" + bytes(7) + b"\x80\0"),
    (1.0, b"d\0\0\0\0\0\0\xf0?"),
    ("é", b"s\2\0\0\0\xc3\xa9"),
    ((b"", [True, False]), b"t\2\0\0\0b\0\0\0\0l\2\0\0\0TF"),
    ({"a": ...}, b"m\1\0\0\0s\1\0\0\0a."),
    (np.int16(258), b"g\2i2\2\1"),
    # An array begins on a boundary of sixteen bytes.
    (np.array([7], "u1"), b"a\2u1\1" + b"\1" + bytes(7) + bytes(3) + b"\7"),
    (codec.CallbackHandle(2, "f"), b"f" + b"t\2\0\0\0i\2" + bytes(7) + b"s\1\0\0\0f"),
]


@pytest.mark.parametrize(("value", "body"), ON_THE_LINE, ids=repr)
def test_how_a_value_looks_on_the_line(value, body):
    assert codec.encode(value) == body


MANY = 50
LONG = {
    "floats": [0.5] * MANY,
    "a tuple": (1,) * MANY,
    "truth values": [True, False] * MANY,
    "complex": [1j] * MANY,
    "of NumPy": [np.float64(0.5)] * MANY,
    "small ones of NumPy": [np.int8(-3)] * MANY,
    "truth values of NumPy": (np.True_,) * MANY,
    "mixed": [True, 1, 1.0] * MANY,
    "mixed with NumPy's": [1.0, np.float64(1.0)] * MANY,
    "beyond 64 bits": [1, 2**64] * MANY,
    "one of another size": [1] * MANY + [2**63],
    "nested": [[0.5] * MANY, [1] * MANY],
    "a subclass": [type("Whole", (int,), {})(5)] * MANY,
}


@pytest.mark.parametrize("items", LONG.values(), ids=LONG)
def test_long_lists_come_back_item_by_item_of_the_same_type(items):
    received = codec.decode(codec.encode(items))
    assert items == received
    assert type(items) is type(received)
    plain = [int if type(i).__name__ == "Whole" else type(i) for i in items]
    assert plain == list(map(type, received))


def test_the_zeros_and_nans_of_a_long_list_stay_what_they_are():
    received = codec.decode(codec.encode([-0.0, float("nan"), float("-inf")] * MANY))
    assert np.signbit(received[0])
    assert np.isnan(received[1])
    assert received[2] == float("-inf")


def test_a_long_list_of_numbers_takes_nobody_long():
    began_s = time.process_time()
    for kind in (float, int, np.float32):
        codec.decode(codec.encode([kind(1)] * 300_000))
        codec.decode(codec.encode([[kind(1)] * 1000] * 300))
    # One by one, an item takes some 4 microseconds: 7 s for these.
    assert time.process_time() - began_s < 2


class Liar(float):
    def __float__(self):
        return 1.0

    def __eq__(self, other):
        return True

    __hash__ = float.__hash__


class Loud(list):
    def __iter__(self):
        return iter([42])


class Shapeless(np.ndarray):
    shape = (9, 9)


SUBCLASSES = [
    (Liar(0.5), 0.5),
    (Loud([1, 2]), [1, 2]),
    (type("Text", (str,), {"encode": None})("a"), "a"),
    (type("Whole", (int,), {"__int__": lambda self: 3})(5), 5),
    (type("Pairs", (dict,), {"items": lambda self: []})(a=1), {"a": 1}),
]


@pytest.mark.parametrize(("value", "plain"), SUBCLASSES, ids=lambda v: type(v).__name__)
def test_subclasses_arrive_as_what_they_extend(value, plain):
    received = codec.decode(codec.encode(value))
    assert plain == received
    assert type(plain) is type(received)


def test_an_array_subclass_arrives_as_an_array():
    received = codec.decode(codec.encode(np.zeros((2, 2)).view(Shapeless)))
    assert (2, 2) == received.shape
    assert type(received) is np.ndarray


UNSENDABLE = [
    object(),
    {np.complex128(1j)},
    {(1,) * 16},
    {frozenset({(object(),)})},
    np.array([None]),
    np.zeros(2, "datetime64[s]"),
    np.zeros(2, [("a", "f4")]),
    {object(): 1},
    {np.complex128(1j): 1},
    {np.longdouble(1): 1},
    print,
]


@pytest.mark.parametrize("value", UNSENDABLE, ids=lambda v: type(v).__name__)
def test_anything_else_is_kept_and_a_handle_goes_instead(value):
    handle = codec.Handle(0, "object", ("object",))
    with pytest.raises(codec.CodecError):
        codec.encode(value)
    body = b"".join(codec.frame([value], lambda _: handle))[codec.FRAME_LENGTH.size :]
    assert codec.decode(body) == [handle]


def nested(depth, inmost=None):
    value = [] if inmost is None else inmost
    for _ in range(depth):
        value = [value]
    return value


FUNCTION = codec.CallbackHandle(1, "loss")
TOO_MUCH = {
    "deep": nested(64 + 1),
    "a record's fields are below it": nested(64, FUNCTION),
    "what stands in a field is below that": nested(64 - 1, FUNCTION),
    "many": [None] * 400_000,
    "many numbers": [0.5] * 400_000,
    "keys": dict.fromkeys(range(10_000 + 1)),
    "a long key": {"x" * (1000 + 1): 0},
    "a long key of NumPy's": {np.str_("x" * (1000 + 1)): 0},
    "rows of nothing": np.empty((400_000, 0)),
    "rows of rows of nothing": np.empty((1001, 1000, 0), "U3"),
    "bits": 1 << 5000,
    "table": codec.ExpressionText("x" * (60_000 + 1)),
}


@pytest.mark.promise("plain-values")
@pytest.mark.parametrize("value", TOO_MUCH.values(), ids=TOO_MUCH)
def test_what_is_beyond_a_bound_is_not_sent(value):
    with pytest.raises(codec.CodecError):
        codec.encode(value)


WITHIN = {
    "deep": nested(64),
    "a record": nested(64 - 2, FUNCTION),
    "keys of NumPy's": {np.int64(1): 0, np.str_("a"): 1, np.float32(2.5): 2},
    "keys": dict.fromkeys(range(10_000)),
    "a long key": {"x" * 1000: 0},
    "rows of nothing": np.empty((400_000 - 1, 0)),
    "bits": (1 << 8 * 512 - 1) - 1,
    "table": codec.ExpressionText("x" * 60_000),
    "dimensions": np.ones((1,) * 8),
}


@pytest.mark.parametrize("value", WITHIN.values(), ids=WITHIN)
def test_what_is_just_within_a_bound_crosses(value):
    received = codec.decode(codec.encode(value))
    assert type(value) is type(received)
    if isinstance(value, np.ndarray):
        np.testing.assert_array_equal(value, received)
    else:
        assert value == received


@pytest.mark.parametrize("name", sorted(TOO_MUCH.keys() - {"many"}))
def test_what_is_beyond_a_bound_is_not_received(name, monkeypatch):
    value = TOO_MUCH[name]
    for bound in [word for word in vars(encoder) if word.startswith("MAX_")]:
        monkeypatch.setattr(encoder, bound, 10**7)
    monkeypatch.setattr(encoder, "is_long_key", lambda key: False)
    body = codec.encode(value)
    with pytest.raises(codec.CodecError):
        codec.decode(body)


def test_arrays_of_a_megabyte_are_not_copied():
    for size, is_shared in ((1 << 20, True), ((1 << 20) - 1, False)):
        body = bytearray(codec.encode(np.ones(size, np.uint8)))
        received = codec.decode(body)
        assert np.shares_memory(np.frombuffer(body, np.uint8), received) is is_shared


def test_the_length_of_a_message_counts_the_arrays_that_are_not_copied():
    large, small = np.arange((1 << 20) + 3, dtype=np.uint8), np.arange(5.0)
    whole = b"".join(codec.frame([large, 1, large, small]))
    (length,) = codec.FRAME_LENGTH.unpack_from(whole)
    body = whole[codec.FRAME_LENGTH.size :]
    assert length == len(body)
    received = codec.decode(body)
    for sent, came in zip([large, 1, large, small], received, strict=True):
        np.testing.assert_array_equal(sent, came)
    with pytest.raises(codec.CodecError, match="larger than 3 MB"):
        codec.frame([large] * 3, max_bytes=3 << 20)


@pytest.mark.promise("output-and-answers")
def test_a_message_has_a_longest_size():
    with pytest.raises(codec.CodecError, match="larger than 1 MB"):
        codec.frame(np.zeros(1 << 20), max_bytes=1 << 20)


def count(number):
    return struct.pack("<I", number)


def array_bytes(dtype, *dims, data=b"", padding=b"\0"):
    head = b"a" + bytes([len(dtype)]) + dtype + bytes([len(dims)])
    head += struct.pack(f"<{len(dims)}Q", *dims)
    return head + padding * (-len(head) % 16) + data


def packed_bytes(head, dtype, length, data):
    return b"p" + head + bytes([len(dtype)]) + dtype + count(length) + data


HOSTILE = {
    "nothing": b"",
    "an unknown tag": b"?",
    "two values": b"NN",
    "a cut integer": b"i\0\0",
    "a text longer than the message": b"s" + count(2**32 - 1),
    "a text that is no text": b"s" + count(2) + b"\xff\xfe",
    "a surrogate": b"s" + count(3) + b"\xed\xa0\x80",
    "a list longer than the message": b"l" + count(2**31),
    "a bomb of lists": b"l\1\0\0\0" * 5000 + b"N",
    "an integer of a megabit": b"I" + count(1 << 17) + b"\1" * (1 << 17),
    "a dict with a list as key": b"m" + count(1) + b"l" + count(0) + b"N",
    "a dict with a long tuple as key": b"m" + count(1) + codec.encode((1,) * 16) + b"N",
    "a set with a list": b"u" + count(1) + codec.encode([1]),
    "a set with a list in a tuple": b"u" + count(1) + codec.encode(([1],)),
    "a set with an object": b"u" + count(1) + codec.encode(codec.Handle(1, "A", ())),
    "a frozenset of endless items": b"z" + count(2**31),
    "a fraction with no denominator": b"q" + codec.encode((1, 0)),
    "a fraction of a negative denominator": b"q" + codec.encode((1, -1)),
    "a fraction of truth values": b"q" + codec.encode((True, True)),
    "many long fractions": b"l"
    + count(4_000)
    + (b"q" + codec.encode((2**4000, 2**4000 - 1))) * 4_000,
    "a decimal number that is a word": b"D" + codec.encode(("one",)),
    "a decimal number in other digits": b"D" + codec.encode(("\u0663",)),
    "a decimal number of a huge exponent": b"D" + codec.encode(("1E+99999",)),
    "a decimal number of many digits": b"D" + codec.encode(("1" * 1_001,)),
    "a nan that signals": b"D" + codec.encode(("sNaN",)),
    "a record of a class": b"r" + codec.encode((b"Point", {})),
    "a record with numbers for names": b"r" + codec.encode(("Point", {1: 2})),
    "a dict with a complex number as key": b"m"
    + count(1)
    + b"g\3c16"
    + bytes(16)
    + b"N",
    "a dict with a long key": b"m" + count(1) + codec.encode("x" * (1000 + 1)) + b"N",
    "an array of objects": array_bytes(b"O8", 1, data=bytes(8)),
    "an array after letters": b"a\2u1\1\1" + bytes(7) + b"no!" + b"\7",
    "a structured array": array_bytes(b"V8", 1, data=bytes(8)),
    "a dtype with a comma": array_bytes(b"f4,f4", 1, data=bytes(8)),
    "an array of more than there is": array_bytes(b"f8", 2**61, 2**61),
    "an empty array of endless rows": array_bytes(b"f8", 0, 2**63, 2**63),
    "more empty rows than items": array_bytes(b"i1", 2**60, 0),
    "empty rows of empty rows": array_bytes(b"i1", 1001, 0, 1000),
    "many arrays of empty rows": codec.encode([np.empty((1, 0))] * 3).replace(
        struct.pack("<2Q", 1, 0), struct.pack("<2Q", 400_000, 0)
    ),
    "something in the padding before an array": array_bytes(
        b"f8", 1, data=bytes(8), padding=b"\1"
    ),
    "a packed list longer than the message": packed_bytes(b"lp", b"f8", 2, bytes(8)),
    "more packed numbers than items": packed_bytes(
        b"lp", b"b1", 400_000, bytes(400_000)
    ),
    "a packed dict": packed_bytes(b"mp", b"f8", 1, bytes(8)),
    "packed numbers of nobody's": packed_bytes(b"lx", b"f8", 1, bytes(8)),
    "packed numbers that Python does not have": packed_bytes(b"lp", b"f4", 1, bytes(4)),
    "packed texts": packed_bytes(b"ln", b"U1", 1, bytes(4)),
    "an odd truth value in a packed list": packed_bytes(b"lp", b"b1", 1, b"\2"),
    "nine dimensions": array_bytes(b"f8", *[1] * 9, data=bytes(8)),
    "an odd truth value": array_bytes(b"b1", 1, data=b"\2"),
    "a code point beyond the last": array_bytes(b"U1", 1, data=b"\xff\xff\xff\xff"),
    "a surrogate in an array": array_bytes(b"U1", 1, data=b"\0\xd8\0\0"),
    "a handle without fields": b"hN",
    "a handle with a list of bases": b"h" + codec.encode((1, "A", [], "")),
    "a handle with numbers for bases": b"h" + codec.encode((1, "A", (1,), "")),
    "a truth value for a number": b"f" + codec.encode((True, "loss")),
    "a table that is too long": b"x" + codec.encode(("x" * 70_000,)),
}


@pytest.mark.promise("plain-values")
@pytest.mark.parametrize("body", HOSTILE.values(), ids=HOSTILE)
def test_bytes_that_are_no_message_are_refused(body):
    with pytest.raises(codec.CodecError):
        codec.decode(body)


def number_keys(numbers):
    entries = [codec.encode(number) + b"N" for number in numbers]
    return b"m" + count(len(entries)) + b"".join(entries)


COLLIDING = {
    # All of these have the hash 0, 1 or a few more.
    "multiples": (i * (2**61 - 1) for i in range(1, 10_000 + 1)),
    "floats": (
        (1 + j / 128) * 2.0 ** (61 * i) for i in range(-17, 17) for j in range(128)
    ),
    # The same low bits, which a table looks at first.
    "low bits": (i << 47 for i in range(10_000)),
    "short tuples": ((i * (2**61 - 1),) for i in range(2000)),
    "long integers": (i * (2**61 - 1) for i in range(9, 9 + 2000)),
    "tuples": ((*range(1000, 1090), i * (2**61 - 1)) for i in range(10_000)),
}


@pytest.mark.parametrize("keys", COLLIDING.values(), ids=COLLIDING)
def test_keys_chosen_to_collide_cost_no_time(keys):
    body = number_keys(keys)
    began_s = time.process_time()
    with contextlib.suppress(codec.CodecError):
        codec.decode(body)
    assert time.process_time() - began_s < 1


def test_a_handle_has_short_names():
    handle = codec.Handle(1, "A" * 10**5, ("B" * 1000,) * 100, "C" * 10**5)
    received = codec.decode(codec.encode(handle))
    assert ("A" * 200, ("B" * 200,) * 50, "C" * 200) == (
        received.type_name,
        received.bases,
        received.text,
    )


def test_the_training_images_cross_without_being_copied():
    images = np.zeros((60_000, 28, 28), np.uint8)
    buffers = codec.frame((images,))
    assert any(np.shares_memory(np.frombuffer(b, np.uint8), images) for b in buffers)
    body = bytearray(b"".join(buffers)[codec.FRAME_LENGTH.size :])
    (received,) = codec.decode(body)
    assert np.shares_memory(np.frombuffer(body, np.uint8), received)


@pytest.mark.promise("plain-values")
def test_mutated_messages_break_nothing():
    count, uncaught, worst_s = fuzz(20_000, seed=3)
    assert (20_000, 0) == (count, uncaught)
    assert worst_s < 1


@pytest.mark.parametrize(
    "value",
    [
        [2.5] * 1000,
        [np.float32(2)] * 1000,
        [[] for _ in range(1000)],
        ["x"] * 1000,
        [np.zeros(3)] * 1000,
    ],
)
def test_what_a_message_takes_is_told(value):
    decoded, taken = codec.decode_weighed(codec.encode(value))
    size = sys.getsizeof(decoded) + sum(map(sys.getsizeof, decoded))
    assert 0.5 * size < taken < 1.5 * size


THREADS = """
import os
from grader.sandbox import codec
tasks = "/proc/self/task"
threads = len(os.listdir(tasks)) if os.path.isdir(tasks) else 1
print(threads, os.environ["OMP_NUM_THREADS"], os.environ.get("OPENBLAS_NUM_THREADS"))
"""


def test_numpy_has_one_thread_and_the_environment_stays_as_it_was():
    environment = os.environ | {"OMP_NUM_THREADS": "3"}
    environment.pop("OPENBLAS_NUM_THREADS", None)
    words = [sys.executable, "-c", THREADS]
    told = subprocess.check_output(words, env=environment, text=True)
    assert told.split() == ["1", "3", "None"]


@pytest.mark.parametrize("record", RECORDS, ids=lambda record: record.__name__)
def test_what_was_said_cannot_be_changed_afterwards(record):
    assert record.__struct_config__.frozen
