"""A running fit, and what can end it."""

from __future__ import annotations

import _thread
import signal
import threading
from queue import Empty, SimpleQueue
from types import FrameType
from typing import Any, Callable, NamedTuple, TypeVar

import numpy as np

from ._library import ProgressFunction

_Result = TypeVar("_Result")


class Progress(NamedTuple):
    """How far a fit is."""

    #: In [0, 1]; never decreases.
    fraction: float
    step: int
    #: NaN while there is none.
    loss: float
    #: Of training so far.
    seconds: float


class Watch:
    """Runs the library in a thread of its own, and calls ``progress`` in the caller's.

    An exception would be lost on its way through C. So nothing of the caller's runs inside the library's call: its thread asks and waits, and the
    caller's thread answers. What is raised there, by ``progress`` or by a handler of a signal, is kept, ends the fit, and is raised afterwards.

    Python's own answer to Ctrl-C is an exception that can come between any two instructions. A fit in the main thread has a handler instead that
    only takes note.
    """

    def __init__(self, progress: Callable[[Progress], Any] | None) -> None:
        self._progress = progress
        self._fraction = 0.0
        # What the library's thread asks, None before it begins and once it has ended; and whether it shall stop.
        self._questions: SimpleQueue[Progress | None] = SimpleQueue()
        self._answers: SimpleQueue[bool] = SimpleQueue()
        self._stops = False
        self._has_ended = False
        self._errors: list[BaseException] = []
        self.is_interrupted = False

    def run(self, work: Callable[[Any], _Result]) -> _Result:
        """What ``work`` makes of the function that the library is to call. Raises what ended it."""
        function = ProgressFunction(self._called)
        results: list[_Result] = []
        failures: list[BaseException] = []

        def work_and_tell() -> None:
            try:
                if not self._ask(None):
                    results.append(work(function))
            except BaseException as error:
                failures.append(error)
            finally:
                self._has_ended = True
                self._questions.put(None)

        former = signal.getsignal(signal.SIGINT)
        try:
            if threading.current_thread() is threading.main_thread() and _may_be_replaced(former):
                signal.signal(signal.SIGINT, self._take_note)
            # Not of `threading`, whose start a handler that raises can leave half done.
            _thread.start_new_thread(work_and_tell, ())
            self._answer_until_it_ends()
        finally:
            # Where a handler raised between the lines above, the thread has not begun, or ends by itself.
            self._stop()
            if signal.getsignal(signal.SIGINT) == self._take_note:
                signal.signal(signal.SIGINT, former)
        if self._errors:
            raise self._errors.pop(0)
        if self.is_interrupted and not results:
            raise KeyboardInterrupt
        if failures:
            raise failures.pop()
        return results.pop()

    def _called(self, _context: int | None, fraction: float, step: int, loss: float, seconds: float) -> int:
        # In the library's thread.
        self._fraction = max(self._fraction, fraction)
        if self._stops or self._progress is None:
            return int(self._stops)
        return int(self._ask(Progress(self._fraction, step, loss, seconds)))

    def _ask(self, state: Progress | None) -> bool:
        # In the library's thread too.
        self._questions.put(state)
        return self._answers.get()

    def _answer_until_it_ends(self) -> None:
        while not self._has_ended:
            try:
                # A handler may raise where a loop begins again, so this one is inside.
                while not self._has_ended:
                    self._answer()
            except BaseException as error:
                self._errors.append(error)
                self._stop()

    def _answer(self) -> None:
        try:
            # Now and then without a question, as a signal need not wake this thread.
            state = self._questions.get(timeout=0.5)
        except Empty:
            return
        self._answers.put(self._stops or (state is not None and self._is_told_to_stop(state)))

    def _is_told_to_stop(self, state: Progress) -> bool:
        answer = self._progress(state) if self._progress is not None else None
        self._stops = self._stops or (isinstance(answer, (bool, np.bool_)) and not answer)
        return self._stops

    def _stop(self) -> None:
        # Also where nothing was asked: from now on every answer is the same.
        self._stops = True
        self._answers.put(True)

    def _take_note(self, _number: int, _frame: FrameType | None) -> None:
        self.is_interrupted = self._stops = True


def _may_be_replaced(handler: Any) -> bool:
    """Whether a handler of Ctrl-C is Python's own, or that of a fit in whose ``progress`` this one runs."""
    return handler is signal.default_int_handler or getattr(handler, "__func__", None) is Watch._take_note
