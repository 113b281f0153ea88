"""Closed-loop clients of the webhook measurement, the same for the product and for the baseline.

``python -m bench.clients`` reads one JSON line (``Job``), connects, says ``ready``, waits
for a line on stdin, works for the given seconds in its threads and answers with the latencies.
Imports nothing of the product.
"""

import json
import os
import socket
import subprocess
import sys
import threading
import time
from dataclasses import asdict, dataclass
from typing import Any, Self
from uuid import UUID

import psycopg


@dataclass(frozen=True, slots=True)
class Job:
    """``requests``: what to send in turns (``http``), latin-1. ``row``: parameters (``insert``)."""

    kind: str
    threads: int
    seconds: float
    port: int = 0
    requests: tuple[str, ...] = ()
    conninfo: str = ""
    statement: str = ""
    row: tuple[str, ...] = ()


class _Http:
    """One keep-alive connection that posts prepared requests and wants 200."""

    def __init__(self, job: Job, number: int) -> None:
        self._socket = socket.create_connection(("127.0.0.1", job.port))
        self._socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self._requests = [one.encode("latin-1") for one in job.requests]
        self._next = number

    def work(self) -> None:
        self._socket.sendall(self._requests[self._next % len(self._requests)])
        self._next += 1
        answer = b""
        while b"\r\n\r\n" not in answer:
            answer += self._more()
        head, _gap, body = answer.partition(b"\r\n\r\n")
        if not head.startswith(b"HTTP/1.1 200"):
            raise RuntimeError(head.decode("latin-1"))
        length = int(head.lower().partition(b"content-length:")[2].split(b"\r\n", 1)[0])
        while len(body) < length:
            body += self._more()

    def _more(self) -> bytes:
        data = self._socket.recv(65536)
        if not data:
            raise RuntimeError("the server closed the connection")
        return data


def _new_id() -> UUID:
    """Time-ordered like the product's keys, so that both fill the index at its end."""
    return UUID(int=((time.time_ns() // 1_000_000) << 80) | int.from_bytes(os.urandom(10)))


class _Insert:
    """One connection that inserts and commits one prepared row at a time."""

    def __init__(self, job: Job, _number: int) -> None:
        self._connection = psycopg.connect(job.conninfo, autocommit=True)
        self._statement = job.statement
        agency, app, channel, body, *rest = job.row
        self._row: list[Any] = [agency, app, channel, body.encode("latin-1"), *rest]

    def work(self) -> None:
        self._connection.execute(self._statement, [_new_id(), *self._row], prepare=True)


def run(job: Job, *, wait: Any, tell: Any) -> list[float]:
    """Seconds of every finished piece of work. Raises what any thread raised."""
    make = {"http": _Http, "insert": _Insert}[job.kind]
    workers = [make(job, number) for number in range(job.threads)]
    for worker in workers:
        worker.work()  # the first one connects, prepares and plans
    tell()
    wait()
    ends_at = time.perf_counter() + job.seconds
    found: list[list[float]] = [[] for _worker in workers]
    errors: list[BaseException] = []

    def loop(worker: Any, times: list[float]) -> None:
        try:
            began = time.perf_counter()
            while began < ends_at:
                worker.work()
                ended = time.perf_counter()
                times.append(ended - began)
                began = ended
        except BaseException as error:
            errors.append(error)

    threads = [
        threading.Thread(target=loop, args=pair) for pair in zip(workers, found, strict=True)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    if errors:
        raise errors[0]
    return [one for times in found for one in times]


class Clients:
    """Several client processes that start together."""

    def __init__(self, job: Job, *, processes: int) -> None:
        self._job = job
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-m", "bench.clients"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
            )
            for _number in range(processes)
        ]

    def run(self) -> list[float]:
        """All latencies in seconds, sorted. Raises: RuntimeError (a client failed)."""
        for process in self._processes:
            self._say(process, json.dumps(asdict(self._job)))
        for process in self._processes:
            self._hear(process)
        for process in self._processes:
            self._say(process, "go")
        times = [one for process in self._processes for one in json.loads(self._hear(process))]
        return sorted(times)

    @staticmethod
    def _say(process: subprocess.Popen[str], line: str) -> None:
        if process.stdin is None:
            raise RuntimeError("no way to the client")
        process.stdin.write(line + "\n")
        process.stdin.flush()

    @staticmethod
    def _hear(process: subprocess.Popen[str]) -> str:
        line = process.stdout.readline() if process.stdout else ""
        if not line:
            raise RuntimeError("a client ended early")
        return line

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        for process in self._processes:
            process.kill()
            process.communicate()


def _main() -> None:
    values = json.loads(sys.stdin.readline())
    job = Job(**values)

    def tell() -> None:
        sys.stdout.write("ready\n")
        sys.stdout.flush()

    times = run(job, wait=sys.stdin.readline, tell=tell)
    sys.stdout.write(json.dumps(times) + "\n")


if __name__ == "__main__":
    _main()
