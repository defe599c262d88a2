"""What is raised while a fit runs: by `progress`, by handlers of signals, by Ctrl-C; and where `progress` is called."""

import contextlib
import multiprocessing
import os
import signal
import threading
import time

import numpy as np
import pytest
from conftest import points_around, torus

import shapefit as sf

pytestmark = pytest.mark.skipif(os.name != "posix", reason="signals")
LONG = 60


@contextlib.contextmanager
def alarm(handler, seconds, interval=0.0):
    former = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, seconds, interval)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, former)


def too_late(_number, _frame):
    raise TimeoutError("too late")


def long_fit(progress=None, mesh=None):
    return sf.fit(mesh or torus(), "fast", seconds=LONG, progress=progress)


@pytest.mark.parametrize("progress", [None, lambda state: None], ids=["alone", "with progress"])
@pytest.mark.parametrize("moment", [0.01, 0.3, 1.0])
def test_what_a_handler_raises_ends_the_fit_and_is_raised(progress, moment):
    start = time.monotonic()
    with alarm(too_late, moment), pytest.raises(TimeoutError, match="too late"):
        long_fit(progress)
    assert time.monotonic() - start < LONG / 3


def test_a_handler_may_raise_again_and_again():
    raised = []

    def handler(_number, _frame):
        raised.append(TimeoutError(len(raised)))
        raise raised[-1]

    start = time.monotonic()
    with pytest.raises(TimeoutError) as caught:
        try:
            with alarm(handler, 0.5, 0.03):
                long_fit(lambda state: None)
        except TimeoutError as error:
            first = error
            while first.__context__ is not None:
                first = first.__context__
            raise first from None
    assert caught.value is raised[0] and time.monotonic() - start < LONG / 3


def test_a_handler_that_raises_interrupts_progress():
    calls = []

    def progress(state):
        calls.append(state)
        time.sleep(LONG)

    start = time.monotonic()
    with alarm(too_late, 0.5), pytest.raises(TimeoutError):
        long_fit(progress)
    assert len(calls) == 1 and time.monotonic() - start < LONG / 3


def test_a_handler_of_ctrl_c_may_raise():
    def handler(_number, _frame):
        raise LookupError("mine")

    former = signal.signal(signal.SIGINT, handler)
    timer = threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT))
    try:
        timer.start()
        with pytest.raises(LookupError, match="mine"):
            long_fit()
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        timer.join()
        signal.signal(signal.SIGINT, former)


def test_a_handler_that_only_takes_note_changes_nothing():
    noted = []
    plain = sf.fit(torus(), "fast", steps=300, seed=1)
    with alarm(lambda *_: noted.append(1), 0.05, 0.01):
        field = sf.fit(torus(), "fast", steps=300, seed=1)
    points = points_around(100)
    assert len(noted) > 3 and field(points).tobytes() == plain(points).tobytes()


@pytest.mark.parametrize("answer", [False, np.False_])
def test_nothing_is_asked_after_a_false(answer):
    seen = []

    def progress(state):
        seen.append(state)
        return answer

    field = long_fit(progress)
    assert len(seen) == 1 and field.report["training"]["wasStopped"]


def test_nothing_is_asked_after_an_error():
    seen = []

    def progress(state):
        seen.append(state)
        raise LookupError("mine")

    with pytest.raises(LookupError, match="mine"):
        long_fit(progress)
    assert len(seen) == 1


def test_what_is_no_false_goes_on():
    for answer in (None, True, np.True_, 0, ""):
        field = sf.fit(torus(), "fast", steps=20, progress=lambda state: answer)
        assert not field.report["training"]["wasStopped"]


@pytest.mark.parametrize("settings", [{"tolerance": 0.02}, {"preset": "instant"}, {"preset": "fast", "sigma": "auto", "steps": 100}])
def test_the_fraction_never_decreases(settings):
    seen = []
    sf.fit(torus(), progress=lambda state: seen.append(state.fraction), **settings)
    assert seen == sorted(seen) and 0 <= seen[0] and seen[-1] <= 1


def test_progress_is_called_where_the_fit_was():
    seen, own, fields = set(), [], []

    def work():
        own.append(threading.get_ident())
        fields.append(sf.fit(torus(), "fast", steps=60, progress=lambda state: seen.add(threading.get_ident())))

    work()
    assert seen == set(own)
    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert seen == set(own) and len(fields) == 2


def test_an_error_in_another_thread_is_raised_there():
    errors = []

    def progress(state):
        raise LookupError("mine")

    def work():
        try:
            long_fit(progress)
        except LookupError as error:
            errors.append(str(error))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert errors == ["mine"]


def test_a_fit_may_run_in_the_progress_of_another():
    inner, points = [], points_around(50)

    def progress(state):
        if not inner:
            inner.append(sf.fit(torus(), "fast", steps=30, seed=2, progress=lambda state: True))
            with pytest.raises(sf.InvalidArgumentError, match="preset"):
                sf.fit(torus(), "best")

    outer = sf.fit(torus(), "fast", steps=60, seed=2, progress=progress)
    assert inner[0](points).tobytes() == sf.fit(torus(), "fast", steps=30, seed=2)(points).tobytes()
    assert outer(points).tobytes() == sf.fit(torus(), "fast", steps=60, seed=2)(points).tobytes()


def test_ctrl_c_ends_a_fit_in_the_progress_of_another():
    timers = []

    def progress(state):
        timers.append(threading.Timer(0.5, os.kill, (os.getpid(), signal.SIGINT)))
        timers[-1].start()
        long_fit()

    start = time.monotonic()
    with pytest.raises(sf.FitInterrupted):
        long_fit(progress)
    assert len(timers) == 1 and time.monotonic() - start < LONG / 3
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_what_progress_does_with_ctrl_c_stays():
    def handler(_number, _frame):
        pass

    former = signal.getsignal(signal.SIGINT)
    try:
        sf.fit(torus(), "fast", steps=20, progress=lambda state: signal.signal(signal.SIGINT, handler) and None)
        assert signal.getsignal(signal.SIGINT) is handler
    finally:
        signal.signal(signal.SIGINT, former)


def test_ctrl_c_while_there_is_no_field(monkeypatch):
    from shapefit import _field

    class Failing(_field.Handle):
        def __init__(self, *arguments):
            super().__init__(*arguments)
            raise sf.NotLearntError("nothing was learnt")

    def progress(state):
        os.kill(os.getpid(), signal.SIGINT)
        time.sleep(0.05)

    monkeypatch.setattr(_field, "Handle", Failing)
    with pytest.raises(sf.NotLearntError):
        sf.fit(torus(), "fast", steps=5)
    with pytest.raises(KeyboardInterrupt) as stop:
        long_fit(progress)
    assert not isinstance(stop.value, sf.FitInterrupted)


@pytest.mark.skipif("fork" not in multiprocessing.get_all_start_methods(), reason="no fork here")
def test_a_child_that_progress_makes_can_fit():
    answers = []

    def progress(state):
        if not answers:
            with multiprocessing.get_context("fork").Pool(1) as pool:
                answers.append(pool.apply_async(_stopped_in_child).get(timeout=60))

    sf.fit(torus(), "fast", steps=40, progress=progress)
    assert answers == ["too late"]


def _stopped_in_child():
    with alarm(too_late, 0.3):
        try:
            long_fit(lambda state: None)
        except TimeoutError as error:
            return str(error)
