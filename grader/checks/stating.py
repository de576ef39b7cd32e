"""stating: `expect`, with which a check says what it asks for."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from msgspec.structs import replace

from grader.attempt import Answer, AttemptFunction, RemoteObject, Stopped
from grader.attempt.failure_messages import describe_in_one_line
from grader.checks.expectations import Expectation
from grader.checks.wrong import Wrong
from grader.report import Finding, Outcome, wording
from grader.sandbox import Raised


def _which_came(raised: Raised, wanted: str) -> str:
    """Return what came in the place of an exception, as far as the line tells."""
    if raised.type_name == "AssertionError" and raised.source_line.startswith("assert"):
        return f"an assert raises an AssertionError. raise {wanted}(...) raises one."
    if "exceptions must derive from BaseException" in raised.message:
        return f"raise takes an exception, and no text: raise {wanted}(...)."
    return "another exception came."


class _Expect:
    """``expect(answer)`` and ``expect.raises(...)``."""

    def __call__(self, answer: Answer, **facts: Any) -> Expectation:
        return Expectation(answer, facts)

    def raises(
        self,
        types: str | Sequence[str],
        function: AttemptFunction,
        /,
        *args: Any,
        **kwargs: Any,
    ) -> Answer:
        """Require that the learner's code raises one of these exceptions.

        Args:
            types: their names; a class derived from one of them is one too.
            function: what is called, such as ``attempt.mean``.
            args: what it is called with.
            kwargs: the same, by name.

        Raises:
            Wrong: it raises none, or another one.
            Stopped: no answer came for another reason.
        """
        names = (types,) if isinstance(types, str) else tuple(types)
        wanted = " or ".join(names)
        try:
            answer = function(*args, **kwargs)
        except Stopped as stopped:
            answer = stopped.answer or Answer("")
            raised = answer.raised
            if stopped.outcome is not Outcome.RAISED or raised is None:
                raise
            if set(names) & set(raised.bases):
                return answer
            got = describe_in_one_line(raised)
            came = _which_came(raised, names[0])
            finding = replace(
                stopped.finding,
                sentence=f"Raise a {wanted} here; {came}",
                expected=wanted,
                got=got,
            )
            raise Wrong(finding, answer) from None
        value = answer.value
        sentence = f"Raise a {wanted} here; none was raised."
        if isinstance(value, RemoteObject) and "BaseException" in value.bases:
            sentence = f"A {wanted} is returned here. Write raise in place of return."
        elif isinstance(value, str) and value.strip().startswith(names):
            sentence = f"Text is returned here. raise {names[0]}(...) raises one."
        finding = Finding(
            sentence,
            **answer.asked,
            expected=wanted,
            got=wording.typed(value),
        )
        raise Wrong(finding, answer)


expect = _Expect()
