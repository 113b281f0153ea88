"""Tell whether a process id still means the process it was written down for."""

import subprocess
from pathlib import Path


def started_at(pid: int) -> str | None:
    """An opaque mark of when process ``pid`` started; ``None`` if there is no such process.

    A process id is reused by the system, the pair of id and start is not. Linux: field 22 of
    ``/proc/<pid>/stat`` (clock ticks since boot); elsewhere ``ps -o lstart=``.
    """
    if Path("/proc/self/stat").exists():
        try:
            line = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return None
        # The command name (field 2) is in brackets and may hold blanks and brackets itself.
        state, *fields = line.rpartition(")")[2].split()
        return None if state == "Z" else fields[18]
    return _ask_ps("lstart=", pid) or None


def command_line(pid: int) -> str:
    """Program and arguments of process ``pid``, separated by blanks; empty if there is none."""
    if Path("/proc/self/cmdline").exists():
        try:
            return Path(f"/proc/{pid}/cmdline").read_text(errors="replace").replace("\0", " ")
        except OSError:
            return ""
    return _ask_ps("command=", pid)


def _ask_ps(column: str, pid: int) -> str:
    answer = subprocess.run(  # noqa: S603 -- fixed command, a number as argument
        ["/bin/ps", "-o", column, "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return answer.stdout.strip()
