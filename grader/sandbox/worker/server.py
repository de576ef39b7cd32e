"""server: the untrusted side; loads one attempt and answers questions about it.

It runs in its own process, and only that process imports it. Nothing here protects the
judge, which trusts none of it: this module only has to work for honest attempts. A
hostile attempt can change everything in this process.
"""

from __future__ import annotations
import __future__

import ast
import builtins
import contextlib
import dataclasses
import functools
import itertools
import linecache
import operator
import select
import signal
import socket
import sys
import threading
import types
import warnings
import zlib
from collections.abc import Callable, Iterator
from types import FrameType
from typing import TYPE_CHECKING, Any

import numpy as np

from grader.course.document.source import split_lines
from grader.sandbox import codec
from grader.sandbox.codec import messages
from grader.sandbox.codec.messages import from_fields, to_fields
from grader.sandbox.codec.values import MAX_HANDLES
from grader.sandbox.replies import Garbled, Missing, Returned
from grader.sandbox.sympy_serialization import (
    drain,
    entries,
    from_table,
    is_shaped,
    is_symbolic,
    to_table,
)
from grader.sandbox.worker import author_functions, keras_hooks
from grader.sandbox.worker.exception_messages import (
    exception_message,
    line_at,
    safe_text,
)
from grader.sandbox.worker.warm_up import warm_up

if TYPE_CHECKING:
    from grader.sandbox.worker.cell_runner import CellRunner


# The fraction of a call's CPU time after which it reports its line.
_NEARLY = 0.8


@contextlib.contextmanager
def report_before_timeout(
    cpu_s: float, look: Callable[[FrameType | None], None]
) -> Iterator[None]:
    """Call `look` with the running frame once most of `cpu_s` is used up.

    Args:
        cpu_s: CPU seconds that the block may take, summed over all threads.
        look: called in the middle of whatever is running.
    """
    if not hasattr(signal, "setitimer"):
        yield
        return
    signal.signal(signal.SIGPROF, lambda _, frame: look(frame))
    # Restart interrupted system calls in libraries; Python restarts its own anyway.
    signal.siginterrupt(signal.SIGPROF, False)
    # This counts CPU time of all threads, as the judge does.
    signal.setitimer(signal.ITIMER_PROF, _NEARLY * cpu_s)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)


def find_lines(frame: FrameType | None, filename: str) -> list[int]:
    """Return the lines of a file on the call stack of `frame`, innermost first."""
    lines = []
    while frame is not None:
        if frame.f_code.co_filename == filename:
            lines.append(frame.f_lineno)
        frame = frame.f_back
    return lines


class Connection:
    """The worker's end of the line to the judge; sends and receives whole messages."""

    def __init__(self, line: socket.socket, reply_mb: int) -> None:
        self._line = line
        self._max_bytes = reply_mb << 20
        self._is_sending = threading.Lock()
        self._objects: list[Any] = []
        self._most = MAX_HANDLES

    def has_message_within(self, seconds: float) -> bool:
        """Return whether the judge sends something within `seconds`."""
        return bool(select.select([self._line], [], [], seconds)[0])

    def receive(self, kinds: Any) -> Any:
        """Return the judge's next message, of one of the given kinds.

        Raises:
            EOFError: the judge has gone.
        """
        (size,) = codec.FRAME_LENGTH.unpack(self._exactly(codec.FRAME_LENGTH.size))
        return from_fields(kinds, codec.decode(self._exactly(size)))

    def send(
        self, question: int, message: messages.WorkerMessage | messages.Ready
    ) -> None:
        """Send a message; objects that can't be sent stay here and become handles."""
        self._most = len(self._objects) + MAX_HANDLES
        fields = question, *to_fields(message)
        buffers = codec.frame(fields, self._keep, self._max_bytes)
        with self._is_sending:
            self._send_all(buffers)

    def send_if_free(self, question: int, message: messages.WorkerMessage) -> None:
        """Send plain data, unless something is being sent at this very moment."""
        # A signal handler calls this, perhaps in the thread that is sending right now,
        # so waiting for the lock could block for ever.
        if self._is_sending.acquire(blocking=False):
            try:
                self._send_all(codec.frame((question, *to_fields(message))))
            finally:
                self._is_sending.release()

    def _send_all(self, buffers: list[memoryview]) -> None:
        for buffer in buffers:
            self._line.sendall(buffer)

    def object_of(self, handle: int) -> Any:
        """Return the object behind a handle."""
        return self._objects[handle]

    def _exactly(self, size: int) -> bytearray:
        data = bytearray(size)
        view = memoryview(data)
        while view:
            count = self._line.recv_into(view)
            if count == 0:
                raise EOFError
            view = view[count:]
        return data

    def _keep(self, value: Any) -> Any:
        plain = _as_plain(value)
        if plain is not None:
            return plain
        if len(self._objects) >= self._most:
            raise codec.CodecError(f"it contains more than {MAX_HANDLES} objects")
        self._objects.append(value)
        kind = type(value)
        bases = tuple(base.__name__ for base in kind.__mro__)
        number = len(self._objects) - 1
        return codec.Handle(number, kind.__name__, bases, safe_text(repr, value, 200))


def _as_plain(value: Any) -> Any:
    """Return the plain data for `value`, or None if it has to stay in the worker."""
    if "sympy" in sys.modules:
        symbolic = _as_symbolic(value)
        if symbolic is not None:
            return symbolic
    # A class has its instances' `__array__`, but isn't an array itself.
    if isinstance(value, (type, np.ndarray)) or not hasattr(value, "__array__"):
        return None
    # An array would lose the labels of a Series or a DataFrame, which may be wrong.
    if codec.has_labels(value):
        return None
    try:
        array = np.asarray(value)
    except Exception:
        return None
    is_plain = array.dtype.kind in "biufcUS" and array.dtype.fields is None
    return array if is_plain else None


def _as_symbolic(value: Any) -> Any:
    """Return a SymPy expression as a table, and sequences and matrices as lists."""
    try:
        if is_shaped(value):
            return entries(value)
        return codec.ExpressionText(to_table(value)) if is_symbolic(value) else None
    except Exception:
        return None


# After waiting this long, a worker does once what takes longer the first time.
IDLE_S = 0.1
MAX_GENERATED = 10_000
_SMALL_BYTES = 1 << 16
_FUTURE_FLAGS = functools.reduce(
    operator.or_,
    (getattr(__future__, name).compiler_flag for name in __future__.all_feature_names),
)
_MAX_NAMES = 20_000


class RemoteFunction:
    """One of the judge's functions, as the learner's code sees it."""

    def __init__(self, server: AttemptServer, function: codec.CallbackHandle) -> None:
        self._server = server
        self._function = function
        self.__name__ = function.name

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self._server.call_judge(self._function.id, args, kwargs)

    def __repr__(self) -> str:
        return f"<function {self._function.name}>"


class _NoSuchName(Exception):
    """The attempt doesn't have this name; `nearest` is the most similar one, or ""."""

    def __init__(self, target: str, nearest: str) -> None:
        super().__init__(target)
        self.target, self.nearest = target, nearest


class AttemptServer:
    """Serves one attempt and answers the questions about it."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self._module = types.ModuleType("attempt")
        self._filename = ""
        self._lines: list[str] = []
        self._question = 0
        self._is_loading = False
        self._cells: CellRunner | None = None

    def serve(self) -> None:
        """Answer until the judge hangs up."""
        while True:
            try:
                question = self.connection.receive(messages.Question)
            except (EOFError, OSError):
                return
            self._question = question.number
            self._is_loading = isinstance(question, messages.Load)
            self._answer(question)

    def _answer(self, question: messages.Question) -> None:
        try:
            with report_before_timeout(question.cpu_s, self._send_location):
                answer = self._answer_to(question)
            # Flush before the answer, so that the judge reads all output up to it.
            _flush_output()
            self.connection.send(self._question, answer)
        except codec.CodecError as error:
            self.connection.send(self._question, Garbled(str(error)))
        except BaseException as error:  # an attempt may raise SystemExit, too
            message = exception_message(
                error, self._filename, self._lines, self._is_loading
            )
            _flush_output()
            self.connection.send(self._question, message)

    def _answer_to(self, question: messages.Question) -> Returned | Missing:
        try:
            match question:
                case messages.Load():
                    return self.load(question)
                case messages.Get():
                    return self.get(question)
                case messages.Call():
                    return self.call(question)
                case messages.Convert():
                    return self.convert(question)
                case messages.Run():
                    return self.run(question)
                case messages.Settle():
                    return self.settle()
        except _NoSuchName as error:
            return Missing(error.target, error.nearest)

    def _send_location(self, frame: types.FrameType | None) -> None:
        # It runs in the middle of the attempt, which mustn't suffer if this fails.
        with contextlib.suppress(Exception):
            if lines := find_lines(frame, self._filename):
                shown = line_at(self._lines, lines[0]).strip()
                statement = lines[-1] if self._is_loading else None
                at = messages.At(lines[0], shown, statement)
                self.connection.send_if_free(self._question, at)

    def load(self, question: messages.Load) -> Returned:
        """Execute the attempt's file."""
        source, filename = question.source, question.filename
        self._filename = filename
        self._lines = split_lines(source.decode("utf-8", "replace"))
        # Needed for the source lines in tracebacks that the learner prints.
        linecache.cache[filename] = (len(source), None, self._lines, filename)
        name = filename.removesuffix(".py").removesuffix(".ipynb")
        self._module.__dict__.update(__name__=name, __file__=filename)
        # Dataclasses and pickle look up a class's module here.
        sys.modules[name] = self._module
        # Compile text, so that an encoding comment has no effect: the judge reads the
        # same text, and so sees what runs here.
        text = source.decode("utf-8-sig")
        try:
            # Otherwise this module's `__future__` imports would apply to the file.
            code = compile(text, filename, "exec", dont_inherit=True)
        except ValueError as error:  # a NUL byte, in early releases of Python 3.11
            raise SyntaxError(str(error)) from None
        if question.announces:
            self._execute_by_statement(text, filename)
        else:
            exec(code, self._module.__dict__)
        names = [name for name in list(vars(self._module)) if isinstance(name, str)]
        return Returned(names[:_MAX_NAMES])

    def _execute_by_statement(self, text: str, filename: str) -> None:
        """Execute a file, and send the line of each statement before it runs."""
        flags = 0
        for node in ast.parse(text, filename).body:
            line = node.lineno
            shown = line_at(self._lines, line).strip()
            self.connection.send(self._question, messages.At(line, shown, line))
            module = ast.Module([node], [])
            code = compile(module, filename, "exec", flags=flags, dont_inherit=True)
            # A statement's `__future__` imports apply to those below it.
            flags |= code.co_flags & _FUTURE_FLAGS
            exec(code, self._module.__dict__)

    def get(self, question: messages.Get) -> Returned:
        """Read a name of the attempt, or an attribute of an object that stayed here."""
        value = self._find(question.target, question.handle)
        return Returned(value)

    def call(self, question: messages.Call) -> Returned:
        """Call a function of the attempt, or a method of an object that stayed here."""
        function = self._find(question.target, question.handle)
        watches = question.watches_inputs
        args = tuple(self._receive(value) for value in question.args)
        given = question.kwargs.items()
        kwargs = {name: self._receive(value) for name, value in given}
        before = _snapshot(args, kwargs) if watches else {}
        value = function(*args, **kwargs)
        if isinstance(value, types.GeneratorType):
            value = _run_through(value)
        after = _snapshot(args, kwargs) if watches else {}
        modified = tuple(place for place in before if before[place] != after[place])
        return Returned(value, modified)

    def convert(self, question: messages.Convert) -> Returned:
        """Call a function of the author's with a value."""
        function = author_functions.make(question.function)
        value = function(self._receive(question.value))
        return Returned(value)

    def run(self, question: messages.Run) -> Returned:
        """Run cells of the page, and return the events of the last one."""
        self._filename = question.filename
        self._lines = split_lines(question.text)
        # Workers that run cells have imported it already. Others don't need it, and its
        # import takes a fifth as long as NumPy's.
        from grader.sandbox.worker.cell_runner import CellRunner

        if self._cells is None or not question.goes_on:
            self._cells = CellRunner(question.filename, self.report_progress)
        lines = self._cells.run(question.text, question.cells, question.keeps)
        return Returned(lines)

    def settle(self) -> Returned:
        """Note what the cells have left behind; return whether a run can go on."""
        return Returned(self._cells is not None and self._cells.settle())

    def call_judge(
        self, function: int, args: tuple[Any, ...], kwargs: dict[str, Any]
    ) -> Any:
        """Have the judge call one of its functions, and wait for the answer."""
        call = messages.CallbackCalled(function, args, kwargs)
        self.connection.send(self._question, call)
        match self.connection.receive(messages.CallbackAnswer):
            case messages.CallbackReturned(value):
                return self._receive(value)
            case messages.CallbackRaised(type_name, message):
                raise _exception_named(type_name)(message)

    def report_progress(self, progress: dict[str, Any]) -> None:
        """Report the progress of a training run to the judge."""
        self.connection.send(self._question, messages.Progress(progress))

    def _find(self, target: str, handle: int | None) -> Any:
        """Return the object with this name.

        Raises:
            _NoSuchName: the attempt's file doesn't define it.
        """
        value = self._module if handle is None else self.connection.object_of(handle)
        for name in target.split("."):
            try:
                value = getattr(value, name)
            except AttributeError:
                # The object doesn't have it, or a property raised AttributeError.
                if handle is not None or name in dir(value):
                    raise
                # Imported here, because few attempts lack a name.
                import difflib

                near = difflib.get_close_matches(name, dir(value), 1)
                raise _NoSuchName(target, near[0] if near else "") from None
        return value

    def _receive(self, value: Any) -> Any:
        """Return a value from the judge, with objects and functions for its handles."""
        match value:
            case codec.Handle():
                return self.connection.object_of(value.id)
            case codec.CallbackHandle():
                return RemoteFunction(self, value)
            case codec.ExpressionText():
                return from_table(value.text)
            case codec.Record():
                return self._make_instance(value)
            case list() | tuple():
                return type(value)(self._receive(item) for item in value)
            case dict():
                return {key: self._receive(item) for key, item in value.items()}
        return value

    def _make_instance(self, record: codec.Record) -> Any:
        """Return an instance of the file's dataclass of this name, or of a new one."""
        given = {name: self._receive(item) for name, item in record.fields.items()}
        kind = getattr(self._module, record.type_name, None)
        if not (isinstance(kind, type) and dataclasses.is_dataclass(kind)):
            kind = dataclasses.make_dataclass(record.type_name, given)
        instance: Any = object.__new__(kind)
        for name, item in given.items():
            object.__setattr__(instance, name, item)
        return instance


def _snapshot(args: tuple[Any, ...], kwargs: dict[str, Any]) -> dict[int | str, Any]:
    """Return a fingerprint of each argument, to notice changes in place.

    Networks and functions are left out.
    """
    places: Iterator[tuple[int | str, Any]] = iter([*enumerate(args), *kwargs.items()])
    return {place: _content(value) for place, value in places}


def _content(value: Any) -> Any:
    """Return the bytes of a small array, which is fast, or a digest of the value."""
    is_small = type(value) is np.ndarray and value.nbytes <= _SMALL_BYTES
    if is_small and not value.dtype.hasobject:
        return value.dtype.str, value.shape, value.tobytes()
    return _digest(value)


def _digest(value: Any) -> tuple[int, int]:
    size = checksum = 0
    try:
        for part in codec.frame(value, _nothing):
            size, checksum = size + len(part), zlib.crc32(part, checksum)
    except codec.CodecError:  # the judge could send it, so it has changed
        return 0, 0
    return size, checksum


def _nothing(_: Any) -> None:
    """Return None instead of a value that isn't compared."""


def _run_through(generator: types.GeneratorType[Any, Any, Any]) -> Any:
    """Return all that a generator yields; for a derivation, its steps with lines."""
    if "sympy" in sys.modules:
        return drain(generator)
    return list(itertools.islice(generator, MAX_GENERATED))


def _exception_named(name: str) -> type[Exception]:
    kind = getattr(builtins, name, None)
    is_exception = isinstance(kind, type) and issubclass(kind, Exception)
    return kind if is_exception else RuntimeError  # type: ignore[return-value]


def _flush_output() -> None:
    for stream in (sys.stdout, sys.stderr):
        try:
            stream.flush()
        except Exception:  # the learner may have replaced or closed it
            continue


def serve(line: socket.socket, reply_mb: int) -> None:
    """Serve the judge at the other end of `line` until it hangs up."""
    # The judge decides how to react to Ctrl-C.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    warnings.simplefilter("ignore")
    server = AttemptServer(Connection(line, reply_mb))
    if "keras" in sys.modules:
        keras_hooks.watch_training(server.report_progress)
    server.connection.send(0, messages.Ready())
    if not server.connection.has_message_within(IDLE_S):
        warm_up(lambda line: AttemptServer(Connection(line, reply_mb)).serve())
    server.serve()
