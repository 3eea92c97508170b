"""The job runner: threads work, one pump calls back, each job ends once."""

import threading
import weakref

from client.api.failures import TooMany
from client.api.retries import Patience, with_retries
from client.errors import NotFound
from client.gui.jobs import Job, Jobs, Lane, Question, Stopped
from client.gui.problem import Kind, Problem
from tests.gui.clock import FakeClock


def test_a_result_comes_back_on_the_main_thread(clock: FakeClock) -> None:
    """The work runs in another thread, `done` in the one that pumps."""
    jobs, threads = Jobs(clock), []
    jobs.run(
        lambda _job: threading.current_thread(),
        done=lambda worker: threads.extend([worker, threading.current_thread()]),
    )
    clock.until(lambda: threads)
    assert threads[0] is not threads[1]
    assert threads[1] is threading.current_thread()
    assert jobs.running == 0


class _Secret:
    """Something that a job was given."""


def test_what_a_job_was_given_goes_with_it(clock: FakeClock) -> None:
    """Not only with the next job, which may be long in coming."""
    jobs = Jobs(clock)

    def begin() -> weakref.ref[_Secret]:
        secret = _Secret()
        jobs.run(lambda _job: str(secret))
        return weakref.ref(secret)

    secret = begin()
    clock.until(lambda: secret() is None)


def test_an_exception_becomes_a_problem(clock: FakeClock) -> None:
    """Only `failed` is called, with what a person can read; whoever watches failures hears of it first."""
    jobs, heard = Jobs(clock), []
    jobs.on_failure(lambda problem: heard.append(("watcher", problem.kind)))

    def work(_job: Job) -> None:
        raise NotFound("there is no such file. Look at `sealcase ls`")

    def failed(problem: Problem) -> None:
        heard.append((problem.specifics, problem.kind))

    jobs.run(work, done=lambda _nothing: heard.append(("done", Kind.BUG)), failed=failed)
    clock.until(lambda: jobs.running == 0)
    assert heard == [("watcher", Kind.NOT_FOUND), ("There is no such file.", Kind.NOT_FOUND)]


def test_progress_is_the_newest_only(clock: FakeClock) -> None:
    """A million reports under one name cost one call a tick; others are all delivered, in their order."""
    jobs, all_said = Jobs(clock), threading.Event()
    heard: list[object] = []

    def work(job: Job) -> None:
        job.report("begin")
        for number in range(10_000):
            job.report(number, latest="progress")
        job.report("end")
        all_said.set()

    jobs.run(work, heard=heard.append)
    assert all_said.wait(20)
    clock.until(lambda: jobs.running == 0)
    assert heard == ["begin", 9_999, "end"]


def test_a_cancelled_job_stops_at_its_next_word(clock: FakeClock) -> None:
    """And ends with `stopped`, whatever else it would have raised or returned."""
    jobs, ended, began, go_on = Jobs(clock), [], threading.Event(), threading.Event()

    def work(job: Job) -> None:
        began.set()
        go_on.wait(20)
        job.report("never heard")

    job = jobs.run(
        work,
        done=lambda _nothing: ended.append("done"),
        failed=lambda _problem: ended.append("failed"),
        stopped=lambda: ended.append("stopped"),
        heard=lambda _event: ended.append("heard"),
    )
    assert began.wait(20)
    job.cancel()
    go_on.set()
    clock.until(lambda: jobs.running == 0)
    assert ended == ["stopped"]


def test_a_job_that_was_cancelled_while_it_waited_never_begins(clock: FakeClock) -> None:
    """Its lane is full; once there is room, it is not run any more."""
    jobs, hold, ran = Jobs(clock), threading.Event(), []
    for _ in range(Lane.PATIENT.most):
        jobs.run(lambda _job: hold.wait(20), lane=Lane.PATIENT)
    waiting = jobs.run(lambda _job: ran.append(True), stopped=lambda: ran.append(False), lane=Lane.PATIENT)
    waiting.cancel()
    hold.set()
    clock.until(lambda: jobs.running == 0)
    assert ran == [False]


def test_a_lane_runs_no_more_than_its_number_at_once(clock: FakeClock) -> None:
    """Transfers never take the threads of quick questions."""
    jobs, lock, hold = Jobs(clock), threading.Lock(), threading.Event()
    now, most = 0, 0
    quick: list[str] = []

    def work(_job: Job) -> None:
        nonlocal now, most
        with lock:
            now += 1
            most = max(most, now)
        hold.wait(20)
        with lock:
            now -= 1

    for _ in range(Lane.TRANSFER.most + 3):
        jobs.run(work, lane=Lane.TRANSFER)
    jobs.run(lambda _job: "answer", done=quick.append)
    clock.until(lambda: quick)
    hold.set()
    clock.until(lambda: jobs.running == 0)
    assert most == Lane.TRANSFER.most


def test_a_job_asks_and_waits(clock: FakeClock) -> None:
    """The presenter answers when it likes; meanwhile the main thread is free."""
    jobs = Jobs(clock)
    asked: list[Question[object]] = []
    result: list[str] = []

    def work(job: Job) -> str:
        return "got " + job.ask(Question[str]("colour"))

    jobs.run(work, done=result.append, asked=asked.append, lane=Lane.PATIENT)
    clock.until(lambda: asked)
    assert asked[0].about == "colour"
    asked[0].answer("green")
    clock.until(lambda: jobs.running == 0)
    assert result == ["got green"]


def test_a_question_is_withdrawn_with_its_job(clock: FakeClock) -> None:
    """A dialog that nobody answers keeps no thread for ever."""
    jobs = Jobs(clock)
    asked: list[Question[object]] = []
    ended: list[str] = []
    job = jobs.run(
        lambda job: job.ask(Question[str]("colour")),
        asked=asked.append,
        stopped=lambda: ended.append("stopped"),
        lane=Lane.PATIENT,
    )
    clock.until(lambda: asked)
    job.cancel()
    clock.until(lambda: jobs.running == 0)
    assert ended == ["stopped"]


def test_nothing_ticks_while_nothing_runs(clock: FakeClock) -> None:
    """An idle window costs no processor time."""
    jobs = Jobs(clock)
    jobs.run(lambda _job: None)
    clock.until(lambda: jobs.running == 0)
    clock.advance(1)
    assert not clock._timers


def test_after_closing_nothing_is_called_back(clock: FakeClock) -> None:
    """What still runs hears that it is cancelled."""
    jobs, stopped = Jobs(clock), threading.Event()
    called: list[object] = []

    def work(job: Job) -> None:
        try:
            job.ask(Question[str]("anything"))
        except Stopped:
            stopped.set()
            raise

    jobs.run(work, asked=called.append, stopped=lambda: called.append("stopped"), lane=Lane.PATIENT)
    clock.until(lambda: called)
    called.clear()
    jobs.close()
    assert stopped.wait(20)
    clock.advance(1)
    assert not called


def test_closing_waits_for_what_must_be_taken_back(clock: FakeClock) -> None:
    """A job that cleans up when it is cancelled has done so before the end; one that hangs does not hold on."""
    jobs, began, cleaned, hang = Jobs(clock), threading.Event(), threading.Event(), threading.Event()

    def work(job: Job) -> None:
        try:
            job.ask(Question[str]("anything"))
        finally:
            cleaned.set()

    jobs.run(work, asked=lambda _question: began.set(), lane=Lane.PATIENT)
    clock.until(began.is_set)
    jobs.close(20)
    assert cleaned.is_set()
    other = Jobs(clock)
    other.run(lambda _job: hang.wait(20))
    other.close(0.05)
    hang.set()


def test_what_is_held_waits_until_the_window_is_drawn(clock: FakeClock) -> None:
    """And then runs as ever; what is closed before that never begins."""
    jobs, ran = Jobs(clock), threading.Event()
    jobs.hold()
    done: list[None] = []
    jobs.run(lambda _job: ran.set(), done=done.append)
    clock.advance(1.0)
    assert not ran.is_set()
    jobs.release()
    clock.until(lambda: done)
    assert ran.is_set()


def test_a_cancelled_job_no_longer_waits_for_the_network(clock: FakeClock) -> None:
    """A minute that a server asked for is over at once; the job was stopped, it did not fail."""
    jobs, waiting, ends = Jobs(clock), threading.Event(), []

    def request() -> None:
        raise TooMany("asked too often", after=55.0)

    def work(_job: Job) -> None:
        with_retries(request, lambda _reason, _seconds: waiting.set(), Patience.of_transfers())

    job = jobs.run(work, failed=lambda _problem: ends.append("failed"), stopped=lambda: ends.append("stopped"))
    assert waiting.wait(30)
    job.cancel()
    clock.until(lambda: ends)
    assert ends == ["stopped"]
