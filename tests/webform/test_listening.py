"""Who sends or takes slowly is let go after a while, who waits for the application is not, and a server ends when it is told to."""

from __future__ import annotations

import select
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from qmethod_webform import listening, watching
from qmethod_webform.limits import HOLD
from qmethod_webform.listening import CROWDED, EXCHANGE_SECONDS, HURRY, IDLE_SECONDS, Channel, Line, Listener, Told, Turns, all_answered, let_go
from tests.load.stopped import until

LARGE = 40_000_000
IDLE = 1
"""Seconds that the server of these tests lets a connection rest."""


def application(environ: dict[str, Any], start_response: Callable[..., object]) -> list[bytes]:
    """Answers with what it was sent; ``/slow`` after three seconds, ``/large`` with more than any network holds for who does not read.

    ``/held`` answers at once with 50 kB, and has that held back for the seconds it is asked for.
    """
    if environ["PATH_INFO"] == "/held":
        environ[HOLD](float(environ["QUERY_STRING"]))
        start_response("200 OK", [("Content-Length", "50000")])
        return [b"x" * 50_000]
    if environ["PATH_INFO"] == "/slow":
        time.sleep(3)
    body = environ["wsgi.input"].read() if environ["PATH_INFO"] != "/large" else b"x" * LARGE
    start_response("200 OK", [("Content-Length", str(len(body)))])
    return [body]


WAYS = [watching.watch, watching.Polling]
"""The way of waiting that this system has, and the one that all have."""


@pytest.fixture(params=WAYS, ids=["told", "asking"])
def server(monkeypatch: pytest.MonkeyPatch, request: pytest.FixtureRequest) -> Iterator[Listener]:
    monkeypatch.setattr(listening, "watch", request.param)
    monkeypatch.setattr(listening, "EXCHANGE_SECONDS", 1)
    monkeypatch.setattr(listening, "IDLE_SECONDS", IDLE)
    told = Told()
    server = Listener(application, told, host="127.0.0.1", port=0, threads=2, connection_limit=200)
    turning = threading.Thread(target=server.run)
    turning.start()
    yield server
    told.end()
    turning.join(30)
    server.close()
    assert not turning.is_alive()


@pytest.fixture
def port(server: Listener) -> int:
    return server.port


@pytest.fixture
def patient(server: Listener, monkeypatch: pytest.MonkeyPatch) -> int:
    """The port of a server that lets nobody go while a test is under way, however slow this machine is."""
    for name in ("EXCHANGE_SECONDS", "IDLE_SECONDS"):
        monkeypatch.setattr(listening, name, 3600)
    return server.port


def opened(stack: ExitStack, port: int, sent: bytes = b"") -> socket.socket:
    found = stack.enter_context(socket.create_connection(("127.0.0.1", port), timeout=60))
    found.sendall(sent)
    return found


def body_begins(n: int = 1000) -> bytes:
    return b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n" % n


def drip(one: socket.socket) -> bytes:
    """Send a byte every tenth of a second until the connection is closed; what came back."""
    with suppress(OSError):
        for _ in range(600):
            one.sendall(b"x")
            one.settimeout(0.1)
            with suppress(TimeoutError):
                return one.recv(1000)
    return b""


@pytest.mark.parametrize(
    "beginning", [b"", b"GET / HT", b"GET / HTTP/1.1\r\nX-Long: ", body_begins(), body_begins()[:-2] + b"Expect: 100-continue\r\n\r\n"]
)
def test_a_request_that_never_ends_is_let_go(port: int, beginning: bytes) -> None:
    with ExitStack() as stack:
        said = drip(opened(stack, port, beginning))
        if b"100 Continue" not in said:
            assert said == b""


def outlasts(stack: ExitStack, port: int) -> bool:
    """Use a connection until another is closed that rests; not so where this machine stood still for so long that the first was at rest too."""
    rests, used = opened(stack, port), opened(stack, port)
    sent = time.monotonic()
    while not select.select([rests], [], [], 0.2)[0]:
        before, sent = sent, time.monotonic()
        said = b""
        with suppress(OSError):
            used.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            said = used.recv(1000)
        if time.monotonic() - before > 0.9 * IDLE:
            return False
        assert said.startswith(b"HTTP/1.1 200")
    assert rests.recv(10) == b""
    return True


def test_a_connection_at_rest_is_let_go_and_one_that_is_used_stays(port: int) -> None:
    with ExitStack() as stack:
        assert any(outlasts(stack, port) for _ in range(20))


def test_who_waits_for_the_application_is_never_let_go(port: int) -> None:
    with ExitStack() as stack:
        waits = opened(stack, port, b"GET /slow HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert waits.recv(1000).startswith(b"HTTP/1.1 200")


def test_who_takes_no_answer_is_let_go_and_holds_no_thread(server: Listener) -> None:
    """With two threads, four large answers that nobody takes: others are answered, and the rest of those answers is given up."""
    with ExitStack() as stack:
        deaf = [opened(stack, server.port, b"GET /large HTTP/1.1\r\nHost: localhost\r\n\r\n") for _ in range(4)]
        other = opened(stack, server.port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
        assert other.recv(1000).startswith(b"HTTP/1.1 200")
        deadline = time.monotonic() + 60
        while server.n_open and time.monotonic() < deadline:
            time.sleep(0.1)  # nobody reads meanwhile
        for one in deaf:
            taken = 0
            with suppress(OSError):
                while piece := one.recv(2**20):
                    taken += len(piece)
            assert taken < LARGE


def test_many_that_are_slow_keep_nobody_waiting(port: int) -> None:
    with ExitStack() as stack:
        for i in range(150):
            opened(stack, port, (b"", b"GET / HT", body_begins() + b"xx")[i % 3])
        for _ in range(50):
            other = opened(stack, port, b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\nConnection: close\r\n\r\nhello")
            said = b""
            while piece := other.recv(1000):
                said += piece
            assert said.endswith(b"hello")


@pytest.mark.skipif(not hasattr(select, "epoll"), reason="only Linux tells")
def test_connections_at_rest_are_not_asked_in_every_turn(server: Listener, monkeypatch: pytest.MonkeyPatch) -> None:
    """Beside a hundred browsers at rest a request costs the loop no more questions than beside one; where it is told nothing, it asks all of them."""
    monkeypatch.setattr(listening, "IDLE_SECONDS", 60)
    monkeypatch.setattr(listening, "LOOK_SECONDS", 60)
    asked = Counter[str]()
    readable = Channel.readable

    def counted(channel: Channel) -> Any:
        asked[str(channel.addr)] += 1
        return readable(channel)

    with ExitStack() as stack:
        for _ in range(100):
            resting = opened(stack, server.port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert resting.recv(1000).startswith(b"HTTP/1.1 200")
        used = opened(stack, server.port)
        used_address = used.getsockname()
        until(lambda: all(channel.at_rest() for channel in server._channels()))  # no thread still has to put away what it answered
        monkeypatch.setattr(Channel, "readable", counted)
        for _ in range(20):
            used.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert used.recv(1000).startswith(b"HTTP/1.1 200")
    of_others = sum(asked.values()) - asked[str(used_address)]
    # Once each, as the loop looks who has waited too long.
    assert of_others <= 100 * 2 if isinstance(server.watch, watching.Epoll) else of_others >= 100 * 20


def test_what_is_sent_while_an_answer_is_made_is_answered_in_its_turn(port: int) -> None:
    """Requests that come one upon the other, whole and in parts, from many at once."""
    one = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"
    with ExitStack() as stack:
        many = [opened(stack, port, b"".join(one + b"%05d" % i for i in range(40))) for _ in range(20)]
        for i in range(40, 60):
            for sender in many:
                whole = one + b"%05d" % i
                sender.sendall(whole[:30])
                sender.sendall(whole[30:])
        for sender in many:
            said = b""
            while b"00059" not in said:
                piece = sender.recv(2**16)
                assert piece
                said += piece
            assert [int(part[:5]) for part in said.split(b"\r\n\r\n")[1:]] == list(range(60))


@pytest.mark.parametrize("under_way", [True, False])
def test_for_how_long_is_waited(under_way: bool) -> None:
    seconds = EXCHANGE_SECONDS if under_way else IDLE_SECONDS
    line, crowded = Line(False, under_way, 100.0), round(CROWDED * 4000)
    assert [let_go(line, 100 + after, 10, 4000) for after in (0, seconds - 1, seconds + 1)] == [False, False, True]
    assert [let_go(line, 100 + after, crowded, 4000) for after in (0, seconds / HURRY - 0.1, seconds / HURRY + 0.1)] == [False, False, True]
    assert not let_go(Line(True, under_way, 100.0), 10**9, 4000, 4000)


# ---- the end


@contextmanager
def ending(seconds: float = 30) -> Iterator[tuple[int, Callable[[], None]]]:
    """The port of a server, and what tells it to end and waits until it listens no more."""
    told = Told()
    server = Listener(application, told, host="127.0.0.1", port=0, threads=1, connection_limit=200)

    def turn() -> None:
        server.run()
        server.close()

    turning = threading.Thread(target=turn)
    turning.start()

    def end() -> None:
        told.end()
        with suppress(OSError):
            for _ in range(3000):
                socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
                time.sleep(0.01)

    yield server.port, end
    turning.join(seconds)
    assert not turning.is_alive()


ASKED = b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: 5\r\n\r\n"


def test_a_server_that_is_told_to_end_answers_all_that_it_was_asked_and_listens_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """One works, another waits for the one thread, a third is still sending, and a fourth has connected and not said a word."""
    for name, seconds in (("QUIET_SECONDS", 4), ("ENDING_SECONDS", 60)):  # this machine may stand still for longer than a server waits
        monkeypatch.setattr(listening, name, seconds)
    with ExitStack() as stack, ending() as (port, end):
        works = opened(stack, port, ASKED.replace(b"/ ", b"/slow ", 1) + b"first")
        time.sleep(0.3)
        waits, sends, quiet = opened(stack, port, ASKED + b"other"), opened(stack, port, ASKED + b"th"), opened(stack, port)
        end()
        with pytest.raises(ConnectionRefusedError):
            opened(stack, port)
        sends.sendall(b"ird")
        quiet.sendall(ASKED + b"again")
        for one, word in ((works, b"first"), (waits, b"other"), (sends, b"third"), (quiet, b"again")):
            said = b""
            while piece := one.recv(1000):
                said += piece
            assert said.startswith(b"HTTP/1.1 200")
            assert said.endswith(word)
            assert b"Connection: close" in said or one is works  # which was worked on before anybody told


def test_a_server_that_is_told_to_end_waits_for_nobody_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(listening, "ENDING_SECONDS", 1)
    with ExitStack() as stack, ending(20) as (port, end):
        opened(stack, port, ASKED)
        end()


@given(
    lines=st.lists(st.builds(Line, st.booleans(), st.booleans(), st.floats(0, 100)), max_size=5),
)
def test_all_are_answered_where_nobody_waits_and_nobody_has_just_come(lines: list[Line]) -> None:
    waiting = [line for line in lines if line.answering or line.under_way or line.since > 100 - listening.QUIET_SECONDS]
    assert all_answered(lines, 100.0) == (not waiting)


def test_clocks_that_are_set_let_nobody_go(port: int, monkeypatch: pytest.MonkeyPatch) -> None:
    real = time.time
    with ExitStack() as stack:
        for seconds in (0, 10**6, -(10**6), 0):
            monkeypatch.setattr(time, "time", lambda seconds=seconds: real() + seconds)
            assert any(outlasts(stack, port) for _ in range(20))  # and who rests goes all the same


def held(seconds: float) -> bytes:
    return b"GET /held?%.3f HTTP/1.1\r\nHost: localhost\r\n\r\n" % seconds


def test_answers_that_are_held_back_keep_nobody_else_waiting(patient: int) -> None:
    """Two threads, thirty answers held back for longer than the whole test: the connections wait, and no thread does."""
    with ExitStack() as stack:
        waiting = [opened(stack, patient, held(600)) for _ in range(30)]
        for _ in range(20):
            other = opened(stack, patient, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert other.recv(1000).startswith(b"HTTP/1.1 200")
        for one in waiting:
            one.setblocking(False)
            with pytest.raises(BlockingIOError):
                one.recv(10)


def test_an_answer_that_is_held_back_comes_whole_and_not_before(patient: int) -> None:
    with ExitStack() as stack:
        for seconds in (0.05, 0.4, 0.0):
            begun = time.monotonic()
            one = opened(stack, patient, held(seconds))
            taken = len(one.recv(2**20))
            assert time.monotonic() - begun >= seconds
            while taken < 50_000:
                taken += len(one.recv(2**20))
            one.sendall(b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")  # and the connection goes on
            assert b"200" in one.recv(1000)


def test_requests_sent_without_waiting_wait_for_the_last_of_them(patient: int) -> None:
    with ExitStack() as stack:
        begun = time.monotonic()
        one, taken = opened(stack, patient, held(0.2) + held(0.6) + held(0.4)), 0
        while taken < 150_000:
            taken += len(one.recv(2**20))
            assert time.monotonic() - begun >= 0.6  # what came before it too: they go in one piece


def test_who_goes_while_an_answer_is_held_back_is_let_go(port: int) -> None:
    """More than the server takes at once, one after the other: none of them stays for long."""
    with ExitStack() as stack:
        for _ in range(150):
            opened(stack, port, held(600)).close()
        for _ in range(100):
            other = opened(stack, port, b"GET / HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert other.recv(1000).startswith(b"HTTP/1.1 200")
            other.close()


def test_a_server_that_is_to_end_holds_nothing_back() -> None:
    told = Told()
    server = Listener(application, told, host="127.0.0.1", port=0, threads=2)
    turning = threading.Thread(target=server.run)
    turning.start()
    with ExitStack() as stack:
        one = opened(stack, server.port, held(600))
        time.sleep(0.3)
        told.end()
        taken = 0
        while taken < 50_000:
            piece = one.recv(2**20)
            assert piece, "it was closed before the answer was there"
            taken += len(piece)
    turning.join(30)
    assert not turning.is_alive()
    server.close()


@given(st.lists(st.floats(0, 10), max_size=8), st.floats(0, 10))
def test_the_next_turn_comes_when_the_first_answer_is_due(due: list[float], now: float) -> None:
    turns = Turns()
    for moment in due:
        turns.expect(moment)
    rest = turns.rest(1.0, now)
    later = [moment for moment in due if moment > now]
    if later and min(later) - now < 0.99:
        assert min(later) <= now + rest <= min(later) + 0.003
    else:
        assert rest == 1.0 or later
    assert 0 < rest <= 1
    assert turns.rest(1.0, now + 11) == 1.0  # nothing is due twice
