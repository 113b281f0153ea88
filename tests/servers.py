"""Real servers in threads: our web application and the sandbox network."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from socketserver import ThreadingMixIn
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

from inbox.providers.sandbox.client import SandboxClient
from inbox.providers.sandbox.server import SandboxServer

SANDBOX_KEY = "sandbox-key"


class _Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class _Quiet(WSGIRequestHandler):
    def log_message(self, *_args: Any) -> None:
        pass


def _close_after(application: Any) -> Any:
    """Give each request's thread its connection back, as the end of a request does."""

    def app(environ: Any, start_response: Any) -> Any:
        from django.db import connections

        try:
            response = application(environ, start_response)
            body = [b"".join(response)]
            if hasattr(response, "close"):
                response.close()
            return body
        finally:
            connections.close_all()

    return app


@contextmanager
def running_web() -> Iterator[str]:
    """Our WSGI application on a free port; yields its address. Needs ``committed``."""
    from django.core.wsgi import get_wsgi_application

    server = make_server(
        "127.0.0.1", 0, _close_after(get_wsgi_application()), _Server, handler_class=_Quiet
    )
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


@contextmanager
def running_sandbox() -> Iterator[tuple[str, SandboxClient]]:
    """The sandbox network on a free port; yields its address and its control side."""
    server = SandboxServer(key=SANDBOX_KEY)
    server.start()
    client = SandboxClient(server.base_url, SANDBOX_KEY)
    try:
        yield server.base_url, client
    finally:
        client.close()
        server.stop()
