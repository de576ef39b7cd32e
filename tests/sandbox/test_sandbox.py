"""A worker answers, fails in words, keeps to its limits and leaves nothing behind."""

import os
import shutil
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

import numpy as np
import psutil
import pytest

from grader import judge
from grader.common.errors import Misuse
from grader.course.document import catalog
from grader.sandbox import (
    Ended,
    Garbled,
    GradingBudget,
    Limits,
    Lost,
    Missing,
    OutOfMemory,
    Raised,
    Returned,
    Spent,
    TimedOut,
    Worker,
    WorkerFactory,
    debug_log,
    resource_monitor,
)
from grader.sandbox.codec import CallbackHandle, CodecError, Handle
from grader.sandbox.starter import WorkerProcess, make_line
from tests.support.project import ROOT
from tests.support.waiting import LONGEST_S, waited

LIMITS = Limits(cpu_s=1, idle_s=1, memory_mb=512, output_kb=16, reply_mb=8)
WAYS = {
    "with bubblewrap": {},
    "without bubblewrap": {"uses_bubblewrap": False},
    "fresh process": {"fresh": True},
}
is_linux = pytest.mark.only_on("linux")


@pytest.fixture(scope="module", params=WAYS.values(), ids=WAYS)
def warm(request):
    if request.param != {"fresh": True} and sys.platform != "linux":
        pytest.skip("needs fork")
    with WorkerFactory(**request.param) as warm:
        yield warm


@pytest.fixture(scope="module")
def one_warm():
    with WorkerFactory() as warm:
        yield warm


def start(warm, source, limits=LIMITS):
    return warm.start(source.encode(), "lesson3_cross_entropy.py", limits)


def loaded(warm, source, limits=LIMITS):
    worker = start(warm, source, limits)
    reply = worker.load()
    assert isinstance(reply, Returned), reply
    return worker


def answer(warm, source, *args, limits=LIMITS, **more):
    """What `f` of this source answers."""
    worker = loaded(warm, source, limits)
    try:
        return worker.call("f", args, **more)
    finally:
        worker.kill()


def test_a_function_is_called_with_plain_values(warm):
    source = "import numpy as np\ndef f(y, p, *, base=1): return -(y * np.log(p)).sum() / base"
    y, p = np.eye(3), np.full((3, 3), 1 / 3)
    worker = loaded(warm, source)
    reply = worker.call("f", (y, p), {"base": 3})
    worker.kill()
    assert isinstance(reply, Returned)
    assert float(np.log(3)) == pytest.approx(reply.value)
    assert 0 < worker.answered_in_s < 60


def test_loading_tells_the_names_of_the_file(warm):
    worker = start(warm, "a = 1\ndef f(): pass")
    reply = worker.load()
    assert {"a", "f"} <= set(reply.value)
    worker.kill()


def test_values_at_the_top_level_are_read(warm):
    worker = loaded(warm, "PREDICT = {'loss': ..., 'mean': 'same'}")
    assert Returned({"loss": ..., "mean": "same"}) == worker.get("PREDICT")
    assert Missing("PREDICTS", "PREDICT") == worker.get("PREDICTS")
    assert Missing("predict", "") == worker.call("predict")
    worker.kill()


def test_objects_stay_and_are_asked_through_their_handle(one_warm):
    source = """
class Layer:
    units = 3
    def count(self, by=1): return self.units * by
class Model:
    layers = [Layer(), Layer()]
def f(model=None): return Model() if model is None else model.layers[0].units
"""
    worker = loaded(one_warm, source)
    model = worker.call("f").value
    assert ("Model", ("Model", "object")) == (model.type_name, model.bases)
    layers = worker.get("layers", handle=model.id).value
    assert ["Layer", "Layer"] == [layer.type_name for layer in layers]
    assert 6 == worker.call("count", kwargs={"by": 2}, handle=layers[1].id).value
    assert 3 == worker.call("f", (model,)).value
    assert "AttributeError" == worker.get("layer", handle=model.id).type_name
    worker.kill()


def test_an_exception_is_told_with_its_place_in_the_file(one_warm):
    source = "import json\ndef g(x):\n    return json.loads(x)\ndef f():\n    return g('{')\n"
    reply = answer(one_warm, source)
    assert ("JSONDecodeError", 3) == (reply.type_name, reply.line)
    assert "ValueError" in reply.bases
    assert "return json.loads(x)" == reply.source_line
    assert (
        "  line 5, in f\n    return g('{')\n  line 3, in g\n    return json.loads(x)"
        == reply.trace
    )


def test_a_stub_is_told_by_its_tag(one_warm):
    reply = answer(one_warm, "def f():\n    raise NotImplementedError('3e')")
    assert ("NotImplementedError", "3e", 2) == (reply.type_name, reply.tag, reply.line)


SYNTAX = {
    "a bracket that stays open": b"x = (1\n",
    "a NUL": b"x = 1\0\n",
    "a tab among spaces": b"if 1:\n        x = 1\n\ty = 2\n",
    "three megabytes": b"#" * 3_000_000,
}


@pytest.mark.parametrize("source", SYNTAX.values(), ids=SYNTAX)
def test_a_file_that_is_not_python_is_told(one_warm, source):
    worker = one_warm.start(source, "lesson3.py", LIMITS)
    reply = worker.load()
    assert isinstance(reply, Raised)
    assert "SyntaxError" in reply.bases
    worker.kill()


@pytest.mark.parametrize(
    "source",
    [b"\xef\xbb\xbfx = 1", b"x = 1\r\ny = 2\r\n"],
)
def test_odd_but_right_files_load(one_warm, source):
    worker = one_warm.start(source, "lesson3.py", LIMITS)
    assert "x" in worker.load().value
    worker.kill()


def test_no_line_of_a_file_says_how_it_is_read(one_warm):
    source = b"# coding: unicode_escape\n# \\x0ax = 1\n"
    worker = one_warm.start(source, "lesson4.py", LIMITS)
    assert "x" not in worker.load().value
    worker.kill()


MEANS = {
    "annotations are values": "def g(x: int): pass\ndef f(): return g.__annotations__['x'] is int",
    "a class is found in its module": """
from __future__ import annotations
import pickle
from dataclasses import dataclass
@dataclass
class Point:
    x: int
def f(): return pickle.loads(pickle.dumps(Point(1))) == Point(1)
""",
}


@pytest.mark.parametrize("source", MEANS.values(), ids=MEANS)
def test_a_file_means_what_it_means_to_python(one_warm, source):
    assert answer(one_warm, source).value is True


@pytest.mark.promise("output-and-answers")
def test_output_is_kept_up_to_the_limit_and_the_rest_does_no_harm(warm):
    source = "print('loading é')\ndef f():\n    for _ in range(1000): print('x' * 10_000)\n    return 1"
    worker = loaded(warm, source, Limits(cpu_s=5, output_kb=16))
    assert "loading é\n" == worker.output
    assert not worker.output_was_cut
    assert 1 == worker.call("f").value
    assert 16 << 10 == len(worker.output.encode())
    assert worker.output_was_cut
    worker.kill()


def test_callbacks_come_back_to_the_judge(one_warm):
    source = "def f(loss):\n    return [loss(i, scale=2) for i in range(3)]"
    given = {5: lambda i, scale: i * scale}
    reply = answer(one_warm, source, CallbackHandle(5, "loss"), functions=given)
    assert [0, 2, 4] == reply.value


def test_an_exception_in_a_callback_reaches_the_attempt(one_warm):
    source = "def f(loss):\n    try: loss()\n    except ZeroDivisionError as e: return str(e)"
    reply = answer(
        one_warm, source, CallbackHandle(0, "loss"), functions={0: lambda: 1 // 0}
    )
    assert "division" in reply.value


def test_too_many_callbacks_end_the_call(one_warm):
    source = "def f(loss):\n    while True: loss()"
    limits = Limits(cpu_s=5, callbacks=100)
    reply = answer(
        one_warm, source, CallbackHandle(0, "loss"), functions={0: int}, limits=limits
    )
    assert Garbled("it called back more than 100 times") == reply


def test_modified_arguments_are_told(one_warm):
    source = "def f(a, b, *, c):\n    a += 1\n    c.append(1)"
    zeros = np.zeros(2)
    reply = answer(
        one_warm, source, zeros, np.zeros(2), kwargs={"c": []}, watch_inputs=True
    )
    assert (0, "c") == reply.modified
    assert not zeros.any()


def test_a_generator_arrives_as_a_list(one_warm):
    assert [0, 1, 4] == answer(
        one_warm, "def f():\n    for i in range(3): yield i * i"
    ).value


# A closed connection is seen before a worker counts as idle, on a busy machine too.
IDLE_S = 2
ENDINGS = {
    "os._exit(0)": Ended("ended itself with exit code 0"),
    "os._exit(3)": Ended("ended itself with exit code 3"),
    "os.kill(os.getpid(), 9)": Ended("was ended by SIGKILL"),
    "os.abort()": Ended("was ended by SIGABRT"),
    "ctypes.string_at(0)": Ended("was ended by SIGSEGV"),
    "os.closerange(3, 9) or time.sleep(9)": Ended(
        "closed its connection to the grader"
    ),
    "os.write(3, b'no frame at all')": Garbled("it is empty or larger than 8 MB"),
    "os.write(3, bytes(8))": Garbled("it is empty or larger than 8 MB"),
    "np.zeros(9 << 20, 'u1')": Garbled("it is larger than 8 MB"),
    "np.ones(1 << 30)": OutOfMemory(512),
    "[bytes(10**8) for _ in range(99)]": OutOfMemory(512),
    "spin()": TimedOut(0.3, "cpu", 5, "while True: pass"),
    "sum(range(10**12))": TimedOut(0.3, "cpu"),  # all of it inside C
    "time.sleep(60)": TimedOut(IDLE_S, "wall"),
    "threading.Lock().acquire() and threading.Event().wait()": TimedOut(IDLE_S, "wall"),
    "os.kill(os.getpid(), signal.SIGSTOP)": TimedOut(IDLE_S, "wall"),
}


@pytest.mark.promise("limits-of-a-call")
@pytest.mark.parametrize("how", ENDINGS)
def test_every_end_has_its_reply_and_the_next_worker_works(warm, how):
    source = f"""
import ctypes, os, signal, threading, time
import numpy as np
def spin():
    while True: pass
def f(): return {how}
"""
    limits = Limits(cpu_s=0.3, idle_s=IDLE_S, memory_mb=512, reply_mb=8)
    assert ENDINGS[how] == answer(warm, source, limits=limits)
    assert 2 == answer(warm, "def f(): return 2").value


RAISERS = {
    "exit(0)": "SystemExit",
    "sys.exit('100/100')": "SystemExit",
    "deeper()": "RecursionError",
    "input()": "EOFError",
    "raise_(KeyboardInterrupt())": "KeyboardInterrupt",
    "raise_(GeneratorExit())": "GeneratorExit",
    "raise_(type('Odd', (BaseException,), {'__str__': None})())": "Odd",
}


@pytest.mark.parametrize("how", RAISERS)
def test_whatever_is_raised_is_told_and_the_worker_lives(one_warm, how):
    source = f"""
import sys
def raise_(e): raise e
def deeper(): return deeper()
def f(): return {how}
"""
    worker = loaded(one_warm, source)
    reply = worker.call("f")
    assert isinstance(reply, Raised)
    assert RAISERS[how] == reply.type_name
    assert worker.is_alive
    worker.kill()


FORGERIES = {
    "another number": "send((99, 'Returned', 1.0, ()))",
    "no number": "send((True, 'Returned', 1.0, ()))",
    "no tuple": "send([1, 2])",
    "an unknown kind": "send((number(), 'Passed', 1.0))",
    "a question": "send((number(), 'Get', 1.0, 'f', None))",
    "missing fields": "send((number(), 'Raised', 'E'))",
    "too many fields": "send((number(), 'OutOfMemory', 0, 1, 1))",
    "wrong types": "send((number(), 'Missing', 1, 2))",
    "a function that was not given": "send((number(), 'CallbackCalled', 0, (), {}))",
    "odd places": "send((number(), 'Returned', 1.0, (2.5,)))",
    "odd bases": "send((number(), 'Raised', 'E', (1,), '', None, '', '', '', None, '', (), None))",
    "odd names": "send((number(), 'Raised', 'E', (), '', None, '', '', '', None, '', (('n', 1, None, None),), None))",
    "a size that is true": "send((number(), 'Raised', 'E', (), '', None, '', '', '', None, '', (('n', 'list', True, None),), None))",
    "a size far beyond the end": "send((number(), 'Raised', 'E', (), '', None, '', '', '', None, '', (('n', 'list', 10**900, None),), None))",
    "a line that is true": "send((number(), 'At', True, '', None))",
    "a line far beyond the end": "send((number(), 'At', 10**900, '', None))",
    "a line before the first": "send((number(), 'Raised', 'E', (), '', -1, '', '', '', None, '', (), None))",
    "a statement that is true": "send((number(), 'OutOfMemory', 0, True))",
    "a statement far beyond the end": "send((number(), 'At', 1, '', 10**900))",
    "a statement before the first": "send((number(), 'Raised', 'E', (), '', 1, '', '', '', None, '', (), -1))",
    "deep nesting": "raw(b'l\\1\\0\\0\\0' * 100_000 + b'N')",
    "half a message, and the end": "os.write(3, (100).to_bytes(8, 'little') + b'N') and os._exit(0)",
}


@pytest.mark.promise("malformed-messages")
@pytest.mark.parametrize("how", FORGERIES.values(), ids=FORGERIES)
def test_forged_answers_are_no_answers(one_warm, how):
    source = f"""
import os, sys
from grader.sandbox import codec
def raw(body): os.write(3, len(body).to_bytes(8, "little") + body)
def send(message): raw(codec.encode(message))
def number():
    frame = sys._getframe()
    while "self" not in frame.f_locals: frame = frame.f_back
    return frame.f_locals["self"]._question
def f(): {how}
"""
    worker = loaded(one_warm, source)
    reply = worker.call("f")
    assert isinstance(reply, (Garbled, Ended)), reply
    assert not worker.is_alive


LONGEST = {
    "type_name": 200,
    "bases": 50,
    "base": 200,
    "message": 2000,
    "source_line": 400,
    "trace": 8000,
    "tag": 100,
    "part": 400,
    "names": 50,
    "name": 200,
    "kind": 200,
}


def forged_exception(one_warm, long):
    """The reply to an exception whose fields have these lengths."""
    source = f"""
import os, sys
from grader.sandbox import codec
def number():
    frame = sys._getframe()
    while "self" not in frame.f_locals: frame = frame.f_back
    return frame.f_locals["self"]._question
def x(field): return "x" * {long}[field]
def f():
    bases = (x("base"),) * {long["bases"]}
    names = ((x("name"), x("kind"), None, None),) * {long["names"]}
    texts = x("message"), 1, x("source_line"), x("trace"), x("tag"), None, x("part")
    body = codec.encode((number(), "Raised", x("type_name"), bases, *texts, names, None))
    message = memoryview(len(body).to_bytes(8, "little") + body)
    while message: message = message[os.write(3, message):]
    os._exit(0)
"""
    worker = loaded(one_warm, source)
    reply = worker.call("f")
    worker.kill()
    return reply


def lengths_of(raised):
    texts = raised.type_name, raised.message, raised.source_line, raised.trace
    return [*map(len, texts), len(raised.tag), len(raised.part)]


@pytest.mark.promise("limits-of-fields")
def test_the_judge_reads_the_longest_exception_and_refuses_a_longer_one(one_warm):
    longest = forged_exception(one_warm, LONGEST)
    assert isinstance(longest, Raised)
    assert lengths_of(longest) == [200, 2000, 400, 8000, 100, 400]
    assert list(map(len, longest.bases)) == [200] * 50
    assert [list(map(len, one[:2])) for one in longest.names] == [[200, 200]] * 50
    for field, most in LONGEST.items():
        reply = forged_exception(one_warm, LONGEST | {field: most + 1})
        assert reply == Garbled("it is not an answer"), field


def test_an_honest_exception_that_is_too_long_is_cut_by_the_worker(one_warm):
    source = (
        """
Kind = ValueError
for _ in range(60): Kind = type("K" * 300, (Kind,), {})

def f(a_name_of_an_array):
    if a_name_of_an_array: raise NotImplementedError("t" * 5000)
    raise Kind("m" * 5000, """
        + f"{'s' * 3000!r})"
        + """
"""
    )
    worker = loaded(one_warm, source)
    raised, stub = worker.call("f", (0,)), worker.call("f", (1,))
    worker.kill()
    assert isinstance(raised, Raised)
    assert isinstance(stub, Raised)
    assert list(map(len, raised.bases)) == [200] * 50
    assert len(raised.type_name) == 200
    assert 1990 <= len(raised.message) <= 2000
    assert len(raised.source_line) <= 400
    assert len(stub.tag) == 100


def test_an_answer_before_the_question_spoils_the_next_one(one_warm):
    source = """
import os
from grader.sandbox import codec
def f():
    body = codec.encode((3, "Returned", 0.9777, ()))
    import threading
    threading.Timer(0.1, lambda: os.write(3, len(body).to_bytes(8, "little") + body)).start()
"""
    worker = loaded(one_warm, source)
    assert isinstance(worker.call("f"), Returned)
    time.sleep(0.3)
    assert Garbled("it sent an answer that nobody asked for") == worker.call("f")


def test_a_worker_that_does_not_read_costs_its_limit_only(one_warm):
    source = "import os, threading, time\ndef f(x): time.sleep(99)"
    reply = answer(one_warm, source, np.zeros(8 << 20))
    assert TimedOut(1, "wall") == reply


SHARED = """
import ctypes, mmap, sys
ctypes.CDLL(None).prctl(15, b"\\xff\\nRssAnon: 0")  # what it is called
held = mmap.mmap(-1, 200 << 20)
for at in range(0, len(held), 4096): held[at] = 1
print(flush=True)
sys.stdin.read()
"""


@pytest.mark.promise("memory-counts")
@is_linux
def test_memory_is_measured_that_no_limit_counts(monkeypatch):
    monkeypatch.setattr(resource_monitor, "_LIBRARIES_MB", 0)
    ends = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen([sys.executable, "-c", SHARED], **ends) as process:
        process.stdout.readline()
        measured = resource_monitor.ResourceMonitor(process.pid, None)
        assert 200 < measured.memory_mb() < 300
        for most, reply in ((400, None), (150, OutOfMemory(150))):
            watch = measured.watch(Limits(memory_mb=most), 5.0)
            time.sleep(0.06)
            assert reply == watch.check_limits()
        process.stdin.close()
    assert 0 == measured.memory_mb()


def test_the_limit_on_a_whole_life_holds(one_warm):
    limits = Limits(cpu_s=60, total_cpu_s=1)
    reply = answer(one_warm, "def f():\n    while True: pass", limits=limits)
    assert TimedOut(1, "cpu") == reply


@pytest.mark.promise("limits-of-a-call")
def test_threads_count_together(one_warm):
    source = """
import threading
def spin():
    while True: pass
def f():
    for _ in range(4): threading.Thread(target=spin, daemon=True).start()
    spin()
"""
    reply = answer(one_warm, source)
    assert ("cpu", 1) == (reply.kind, reply.limit_s)


def test_workers_side_by_side_do_not_mix(one_warm):
    workers = [loaded(one_warm, f"def f(): return {i}") for i in range(4)]
    assert [0, 1, 2, 3] == [worker.call("f").value for worker in workers]
    workers[1].kill()
    assert [0, 2, 3] == [w.call("f").value for w in workers if w.is_alive]
    for worker in workers:
        worker.kill()


def test_one_warm_process_serves_several_threads(one_warm):
    found = []
    threads = [
        threading.Thread(
            target=lambda i=i: found.append(
                answer(one_warm, f"def f(): return {i}").value
            )
        )
        for i in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert list(range(8)) == sorted(found)


def test_an_error_of_the_judge_ends_the_worker(one_warm):
    worker = loaded(one_warm, "def f(g): return g()")

    def interrupt():
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        worker.call("f", (CallbackHandle(0, "g"),), functions={0: interrupt})
    assert not worker.is_alive


def test_what_the_judge_cannot_send_is_the_judges_fault(one_warm):
    worker = loaded(one_warm, "def f(x): return x()")
    with pytest.raises(CodecError):
        worker.call("f", (object(),))
    assert worker.is_alive
    worker.kill()


UNSENDABLE = {
    "an object": (lambda x: object(), "1"),
    "a long number": (lambda x: x * x, "10 ** 1200"),
    "deep lists": (lambda x: [[[[x]]]], "eval('[' * 62 + ']' * 62)"),
}


@pytest.mark.promise("malformed-messages")
@pytest.mark.parametrize("how", UNSENDABLE)
def test_what_a_callback_cannot_answer_is_its_exception(one_warm, how):
    given, value = UNSENDABLE[how]
    source = f"""
def f(g):
    try: g({value})
    except TypeError as error: return str(error)
"""
    reply = answer(one_warm, source, CallbackHandle(0, "g"), functions={0: given})
    assert "cannot be sent" in reply.value


def budgeted(warm, source, budget):
    worker = warm.start(source.encode(), "attempt.py", LIMITS, budget=budget)
    assert isinstance(worker.load(), Returned)
    return worker


@pytest.mark.promise("limits-of-a-grading")
def test_idling_a_little_in_every_call_ends_the_grading(one_warm):
    source = "import time\ndef f(): time.sleep(0.05)"
    budget = GradingBudget(wall_s=0.7)
    worker = budgeted(one_warm, source, budget)
    replies = [worker.call("f") for _ in range(20)]
    assert Returned(None) == replies[3]
    assert [Spent("wall", 0.7)] * 2 == replies[-2:]
    assert not worker.is_alive
    another = one_warm.start(source.encode(), "attempt.py", LIMITS, budget=budget)
    assert Spent("wall", 0.7) == another.load()
    assert not another.is_alive


@pytest.mark.promise("limits-of-a-grading")
def test_everything_that_is_sent_counts_together(one_warm):
    source = "def f(): return 'x' * 300_000\ndef g(): return [0] * 15_000"
    for name in ("f", "g"):
        worker = budgeted(one_warm, source, GradingBudget(answers_mb=1))
        replies = [worker.call(name) for _ in range(4)]
        assert isinstance(replies[0], Returned)
        assert Spent("answers", 1) == replies[3]
        assert not worker.is_alive


@pytest.mark.promise("limits-of-a-grading")
def test_texts_to_a_callback_count_too(one_warm):
    source = "def f(loss):\n    while True: loss('x' * 10_000)"
    worker = budgeted(one_warm, source, GradingBudget(answers_mb=1))
    reply = worker.call(
        "f", (CallbackHandle(0, "loss"),), functions={0: lambda text: 0}
    )
    assert Spent("answers", 1) == reply


@pytest.mark.promise("limits-of-a-grading")
def test_the_judges_own_time_counts(one_warm):
    def slow(x):
        until_s = time.thread_time() + 0.1
        while time.thread_time() < until_s:
            pass

    source = "def f(loss):\n    while True: loss(1)"
    worker = budgeted(one_warm, source, GradingBudget(judge_s=0.5))
    reply = worker.call("f", (CallbackHandle(0, "loss"),), functions={0: slow})
    assert Spent("judge", 0.5) == reply


def test_another_thread_may_stop_a_call(one_warm):
    worker = loaded(one_warm, "def f():\n    while True: pass", Limits(cpu_s=20))
    threading.Timer(0.2, worker.kill).start()
    assert Lost("the worker was stopped") == worker.call("f")
    assert not worker.is_alive


def test_what_was_printed_before_a_time_out_is_kept(one_warm):
    worker = loaded(
        one_warm, "def f():\n    print('here')\n    while True: pass", Limits(cpu_s=0.3)
    )
    assert isinstance(worker.call("f"), TimedOut)
    assert "here\n" == worker.output


def test_a_dead_worker_says_so(one_warm):
    worker = loaded(one_warm, "def f(): pass")
    worker.kill()
    worker.kill()
    assert isinstance(worker.call("f"), Lost)


def test_libraries_that_are_missing_are_named():
    with (
        pytest.raises(Misuse, match="imports no_such_library, which is not installed"),
        WorkerFactory(("no_such_library",)) as warm,
    ):
        start(warm, "")


def ours(root=None):
    """The processes below this one that belong to the sandbox."""
    return [p for p in psutil.Process(root).children(recursive=True) if is_ours(p)]


def is_ours(process):
    try:
        words = process.cmdline()
    except psutil.Error:
        return False
    return any(
        word
        in ("grader.sandbox.worker.fork_server", "grader.sandbox.worker.spawned_worker")
        for word in words
    )


@pytest.fixture
def own_temporary_folder(tmp_path, monkeypatch):
    """Where others, such as another run of the tests, make no temporary files."""
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    monkeypatch.setattr(tempfile, "tempdir", None)


def scratch_folders():
    return set(Path(tempfile.gettempdir()).glob("lesson-scratch-*"))


@pytest.mark.promise("everything-ends")
@is_linux
@pytest.mark.usefixtures("own_temporary_folder")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_closing_leaves_nothing(way):
    before = set(ours()), scratch_folders()
    with WorkerFactory(**way) as warm:
        worker = loaded(warm, "open('left', 'w').write('x')\ndef f(): pass")
        worker.call("f")
    assert before == (set(ours()), scratch_folders())


def busy(way):
    """A worker in an endless loop, asked from another thread; and its replies."""
    warm = WorkerFactory(**way)
    worker = loaded(warm, "def f():\n    while True: pass", Limits(cpu_s=20))
    replies = []
    thread = threading.Thread(target=lambda: replies.append(worker.call("f")))
    thread.start()
    time.sleep(0.3)
    return warm, thread, replies


@is_linux
@pytest.mark.parametrize(
    "way",
    [WAYS["with bubblewrap"], WAYS["without bubblewrap"]],
    ids=["with bubblewrap", "without bubblewrap"],
)
def test_killing_the_warm_process_is_survived(way):
    before = set(ours())
    warm, thread, replies = busy(way)
    begun = set(ours()) - before
    # bubblewrap's processes come first, then the warm process, then its worker.
    python = [p for p in sorted(begun, key=lambda p: p.pid) if "python" in p.name()]
    python[0].kill()
    thread.join(60)
    assert isinstance(replies[0], (Lost, Ended)), replies
    assert 1 == answer(warm, "def f(): return 1").value
    warm.close()
    assert waited(lambda: before == set(ours()))
    assert not [
        p for p in begun if p.is_running() and p.status() != psutil.STATUS_ZOMBIE
    ]


@is_linux
def test_killing_bubblewrap_is_survived():
    before = set(ours())
    with WorkerFactory() as warm:
        worker = loaded(warm, "def f(): return 1")
        min(set(ours()) - before, key=lambda p: p.pid).kill()
        assert 1 == answer(warm, "def f(): return 1").value
        worker.kill()
    assert waited(lambda: before == set(ours()))


@is_linux
def test_killing_a_worker_from_outside_is_survived():
    before = set(ours())
    warm, thread, replies = busy(WAYS["without bubblewrap"])
    workers = [p for p in set(ours()) - before if p.parent() in ours()]
    workers[0].kill()
    thread.join(60)
    assert [Ended("was ended by SIGKILL")] == replies
    assert 1 == answer(warm, "def f(): return 1").value
    warm.close()


class NeverReady:
    """Starts workers that never say that they are ready."""

    isolation = ()

    def __init__(self) -> None:
        self.ended = threading.Event()

    def start(self, source, limits):
        line, self.kept_open = make_line(limits)

        def end(grace_s):
            self.ended.set()
            return "killed", 0

        return WorkerProcess(line, 0, None, end, lambda: end(0.0))

    def close(self) -> None:
        for end in self.kept_open:
            end.close()


@pytest.mark.parametrize("after_s", [0.0, 0.2])
@pytest.mark.parametrize("how", ["killed", "cancelled"])
def test_nobody_waits_for_a_worker_that_another_thread_has_ended(how, after_s):
    starter, cancel, replies = NeverReady(), threading.Event(), []
    worker = Worker(starter, b"", "a.py", LIMITS, cancel=cancel)
    thread = threading.Thread(target=lambda: replies.append(worker.load()))
    thread.start()
    time.sleep(after_s)  # it has begun to wait, or it hasn't
    worker.kill() if how == "killed" else cancel.set()
    thread.join(60)
    assert not thread.is_alive()
    assert [type(reply) for reply in replies] == [Lost]
    assert starter.ended.is_set()
    assert not worker.is_alive
    starter.close()


JUDGE = """
import sys
from grader.sandbox import Limits, WorkerFactory
warm = WorkerFactory(**{way})
worker = warm.start(b"print('ready', flush=True)\\ndef f():\\n    while True: pass", "a.py", Limits())
worker.load()
print("loaded", flush=True)
worker.call("f")
"""


@pytest.mark.promise("everything-ends")
@is_linux
@pytest.mark.usefixtures("own_temporary_folder")
@pytest.mark.parametrize("way", WAYS.values(), ids=WAYS)
def test_killing_the_judge_leaves_nothing(way):
    before = scratch_folders()
    code = JUDGE.replace("{way}", repr(way))
    with subprocess.Popen(
        [sys.executable, "-c", code], stdout=subprocess.PIPE
    ) as judge:
        assert judge.stdout.readline() == b"loaded\n"
        time.sleep(0.1)
        family = psutil.Process(judge.pid).children(recursive=True)
        assert family
        judge.send_signal(signal.SIGKILL)
    _, alive = psutil.wait_procs(family, timeout=LONGEST_S)
    assert [] == alive
    if way == {"fresh": True}:
        # Confined as it is here, it cannot remove its folder itself; a later one does.
        for folder in scratch_folders() - before:
            shutil.rmtree(folder)
    assert waited(lambda: before == scratch_folders())


def test_a_folder_that_a_killed_process_left_is_removed_later():
    left = Path(tempfile.mkdtemp(prefix="lesson-scratch-999999999-"))
    answer_of_a_fresh_process()
    assert left.exists()
    os.utime(left, (0, 0))
    answer_of_a_fresh_process()
    assert not left.exists()


def answer_of_a_fresh_process():
    with WorkerFactory(fresh=True) as warm:
        return answer(warm, "def f(): return 1").value


@is_linux
def test_hanging_up_ends_the_warm_process_during_its_imports():
    before = set(ours())
    code = "import os\nfrom grader.sandbox import WorkerFactory\nWorkerFactory(('wsgiref.nothing', 'timeit'))\nos._exit(0)"
    subprocess.run([sys.executable, "-c", code], check=True)
    assert waited(lambda: before == set(ours()))


@pytest.mark.parametrize(
    ("line", "part", "is_own"),
    [
        ("    raise ValueError(x)", "", True),
        ("    return 1 / x", "", False),
        ("if x: raise ValueError(x / 0)", "raise ValueError(x / 0)", True),
        ("if x / 0: raise ValueError(x)", "x / 0", False),
        ("raises(x)", "raises(x)", False),
    ],
)
def test_what_a_raise_of_the_attempt_raised_is_told_by_its_part_of_the_line(
    line, part, is_own
):
    raised = Raised("ValueError", ("ValueError",), "x", source_line=line, part=part)
    assert raised.is_own is is_own


@pytest.mark.tensorflow
@pytest.mark.slow
def test_a_network_is_built_and_trained_in_the_worker():
    source = """
import keras
def build():
    keras.utils.set_random_seed(1)
    model = keras.Sequential([keras.Input((4,)), keras.layers.Dense(3, activation="softmax")])
    model.compile("rmsprop", "categorical_crossentropy", metrics=["accuracy"])
    return model
def fit(model, x, y): return model.fit(x, y, epochs=2, batch_size=10).history
"""
    rng = np.random.default_rng(1)
    x, y = rng.random((200, 4), np.float32), np.eye(3)[rng.integers(0, 3, 200)]
    progress = []
    with WorkerFactory(("keras",)) as warm:
        worker = loaded(warm, source, Limits(cpu_s=60))
        model = worker.call("build").value
        assert isinstance(model, Handle)
        assert "Model" in model.bases
        history = worker.call("fit", (model, x, y), on_progress=progress.append).value
        predicted = worker.call("predict", (x,), handle=model.id).value
        worker.kill()
    assert ["accuracy", "loss"] == sorted(history)
    assert {"epoch": 2, "epochs": 2, "step": 20, "steps": 20} == {
        k: progress[-1][k] for k in ("epoch", "epochs", "step", "steps")
    }
    assert ((200, 3), np.float32) == (predicted.shape, predicted.dtype)
    np.testing.assert_allclose(np.ones(200), predicted.sum(axis=1), rtol=1e-5)
    assert "" == worker.output


@pytest.mark.promise("separate-process")
def test_the_environment_of_the_judge_is_not_passed_on(monkeypatch, warm):
    monkeypatch.setenv("SECRET_TOKEN", "x")
    with WorkerFactory(fresh=True) as fresh:
        seen = answer(fresh, "import os\ndef f(): return dict(os.environ)").value
    assert "SECRET_TOKEN" not in seen
    assert os.environ["SECRET_TOKEN"]


@pytest.mark.parametrize("way", [{}, {"fresh": True}], ids=["forked", "fresh"])
def test_what_avoids_a_fault_of_openblas_is_passed_on(way, monkeypatch):
    monkeypatch.setenv("OPENBLAS_CORETYPE", "Haswell")
    source = "import os\ndef f(): return os.environ['OPENBLAS_CORETYPE']"
    with WorkerFactory(**way) as warm:
        assert "Haswell" == answer(warm, source).value


@pytest.mark.parametrize("way", [{}, {"fresh": True}], ids=["forked", "fresh"])
@pytest.mark.parametrize(("lesson", "expected"), [("lesson7", "0"), ("lesson8", "1")])
def test_tensorflow_is_set_up_for_what_a_lesson_does(way, lesson, expected):
    needs = judge.requirements_of(catalog.find(lesson, ROOT))
    with WorkerFactory(("numpy",), needs.trains, **way) as warm:
        source = "import os\ndef f(): return os.environ['TF_ENABLE_ONEDNN_OPTS']"
        assert expected == answer(warm, source).value


def test_what_workers_say_is_kept_for_whoever_asks(tmp_path, monkeypatch):
    monkeypatch.setenv(debug_log.FOLDER, str(tmp_path / "kept"))
    source = b"print('hello')\ndef f(x):\n    return 2 * x\n"
    with WorkerFactory() as warm:
        worker = warm.start(source, "attempt.py", Limits())
        worker.load()
        worker.call("f", (21,))
        worker.kill()
    lines = (tmp_path / "kept" / "messages.txt").read_text().splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == ["attempt.py"] * len(lines)
    assert any("is asked Call(" in line and "(21,)" in line for line in lines)
    assert any(" says (2, 'Returned', 42, ())" in line for line in lines)
    assert "hello" in (tmp_path / "kept" / "printed.txt").read_text()
    assert (tmp_path / "kept" / "starter.txt").is_file()


def test_nothing_is_kept_unless_somebody_asks(tmp_path, monkeypatch):
    monkeypatch.delenv(debug_log.FOLDER, raising=False)
    monkeypatch.chdir(tmp_path)
    debug_log.note("messages.txt", "a")
    assert list(tmp_path.iterdir()) == []
