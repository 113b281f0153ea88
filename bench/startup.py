"""Start: seconds of the second ``make run`` until it is ready.

Measured: ``python -m engage.startup run`` on a data directory that an earlier start prepared, from
starting the process to ``/readyz`` answering that database, broker, worker and tables are well.
``make`` itself (a check of the virtual environment) comes on top.

Baseline: starting only the embedded PostgreSQL on the same directory, roles and broker checked.
"""

import os
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from bench.report import Options, Result
from engage.startup import environment
from engage.startup.postgres import HOST, EmbeddedPostgres, free_port
from engage.startup.readiness import ask_ready, problems

TIMEOUT_S = 180.0
TARGET_S = 15.0


def measure(options: Options) -> list[Result]:
    starts = 1 if options.quick else 3
    directory = Path(tempfile.mkdtemp(prefix="engage-bench-start-"))
    try:
        first = _start_until_ready(directory)
        ready, bare = [], []
        for _turn in range(starts):
            ready.append(_start_until_ready(directory))
            bare.append(_bare_start(directory))
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    value, baseline = statistics.median(ready), statistics.median(bare)
    return [
        Result(
            "second make run to ready",
            value,
            "s",
            baseline,
            value / baseline,
            target=f"<= {TARGET_S:.0f} s",
            is_met=value <= TARGET_S,
            notes=[f"first start on an empty directory {first:.1f} s, without the demo"],
        )
    ]


def _start_until_ready(directory: Path) -> float:
    port = free_port()
    # Without what this process has of another installation.
    env = {
        name: value
        for name, value in os.environ.items()
        if name not in {"DATABASE_URL", "CELERY_BROKER_URL", "DATA_DIR", "PUBLIC_URL"}
    }
    command = [sys.executable, "-m", "engage.startup", "run", "--no-demo"]
    command += ["--port", str(port), "--data-dir", str(directory)]
    began = time.perf_counter()
    process = subprocess.Popen(command, env=env, cwd=environment.ROOT, stdout=subprocess.DEVNULL)
    try:
        while True:
            answer = ask_ready(HOST, port)
            if answer and not problems(answer):
                return time.perf_counter() - began
            if process.poll() is not None or time.perf_counter() - began > TIMEOUT_S:
                raise RuntimeError(f"not ready: {problems(answer) if answer else 'no answer'}")
            time.sleep(0.05)
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(60)


def _bare_start(directory: Path) -> float:
    server = EmbeddedPostgres(directory)
    began = time.perf_counter()
    server.start()
    took = time.perf_counter() - began
    server.stop()
    return took
