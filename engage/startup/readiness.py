"""Ask a running web server whether it is ready."""

import json
import urllib.error
import urllib.request

TIMEOUT_S = 3.0


def ask_ready(host: str, port: int) -> dict[str, dict[str, object]] | None:
    """The parts of ``/readyz`` (name → ``{"ok", "why"}``); ``None`` without a proper answer."""
    # Asked on the spot, never through a proxy of the environment.
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    address = f"http://{host}:{port}/readyz"
    try:
        with opener.open(address, timeout=TIMEOUT_S) as answer:
            body = answer.read()
    except urllib.error.HTTPError as error:
        with error:
            body = error.read()
    except OSError:
        return None
    try:
        parts = json.loads(body)
    except ValueError:
        return None
    return parts if isinstance(parts, dict) else None


def problems(parts: dict[str, dict[str, object]]) -> str:
    """What is not ready, in words; empty if all is well."""
    return "; ".join(
        f"{name}: {part.get('why') or 'not ready'}"
        for name, part in parts.items()
        if not part.get("ok")
    )
