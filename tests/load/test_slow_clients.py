"""A real server beside clients that send a byte now and then, or take nothing of what they are sent; and one that is told to end at a bad moment."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest

from benchmarks.serving import STUDY, Server, free_port
from tests.load.test_copies import acknowledged, sort_a_little

SLOW = 300
BEGINNINGS = (
    b"",
    b"GET /lea",
    f"POST /{STUDY}/consent HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: 5000\r\n\r\n".encode(),
    f"POST /{STUDY}/acts HTTP/1.1\r\nHost: localhost\r\nTransfer-Encoding: chunked\r\n\r\n1388\r\n".encode(),
    f"GET /{STUDY}/ HTTP/1.1\r\nHost: localhost\r\n\r\n".encode() * 20,
)


def test_clients_that_send_a_byte_now_and_then_hold_no_thread(tmp_path: Path) -> None:
    """With three threads, and a hundred times as many clients that never end their request or take no answer, a person begins and sorts."""
    url = f"sqlite:///{tmp_path / 'a.sqlite3'}"
    server = Server(url, tmp_path / "server.log", threads=3)
    server.start()
    over = threading.Event()
    try:
        with ExitStack() as stack:
            slow = [stack.enter_context(socket.create_connection(("127.0.0.1", server.port), timeout=30)) for _ in range(SLOW)]
            for i, one in enumerate(slow):
                one.sendall(BEGINNINGS[i % len(BEGINNINGS)])

            def drip() -> None:
                while not over.wait(0.5):
                    for i, one in enumerate(slow):
                        if i % len(BEGINNINGS) != 4:
                            with suppress(OSError):
                                one.sendall(b"x")

            dripping = threading.Thread(target=drip)
            dripping.start()
            stack.callback(dripping.join)
            stack.callback(over.set)
            person = sort_a_little(server)
            assert len(person.acknowledged) >= 20
    finally:
        server.stop()
    person.join(30)
    assert acknowledged(url, person)
    assert "Traceback" not in (tmp_path / "server.log").read_text()


FINALISER = """
import sys, time
from qmethod_webform import listening, serve

class Late:
    def __del__(self):
        time.sleep(0.2)  # whatever a handler raises meanwhile is swallowed

real = listening.Listener.turn

def turn(listener, seconds):
    Late()
    real(listener, seconds)

listening.Listener.turn = turn
serve.command.main(sys.argv[1:])
"""


@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP], ids=lambda how: how.name)
def test_a_signal_that_comes_within_a_finaliser_is_not_lost(how: signal.Signals, tmp_path: Path) -> None:
    server = Server(f"sqlite:///{tmp_path / 'a.sqlite3'}", tmp_path / "server.log")
    server.port = free_port()
    server._command = [sys.executable, "-c", FINALISER, STUDY, "--port", str(server.port), "--database", f"sqlite:///{tmp_path / 'a.sqlite3'}"]
    server.start()
    process = server._process
    assert isinstance(process, subprocess.Popen)
    process.send_signal(how)
    assert process.wait(30) == 0
    server._process = None
    log = (tmp_path / "server.log").read_text()
    assert "Traceback" not in log
    assert "Exception ignored" not in log
