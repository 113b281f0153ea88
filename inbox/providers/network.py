"""The guarded way out: which addresses our HTTP client may reach.

The address of an account is data that people type in. Without a guard a brand could point it
at the cloud's metadata service or at our own database.
"""

import ipaddress
import socket
import ssl
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import cache
from typing import override

import httpcore
import httpx

from inbox.providers.errors import ErrorClass, PlatformFailure

type SocketOption = (
    tuple[int, int, int] | tuple[int, int, bytes | bytearray] | tuple[int, int, None, int]
)


def is_allowed_address(address: str, *, sandbox: bool) -> bool:
    """Public addresses always; loopback for the sandbox network only; nothing else."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address) and ip.ipv4_mapped is not None:
        ip = ip.ipv4_mapped
    if ip.is_loopback:
        return sandbox
    return ip.is_global and not ip.is_multicast


class GuardedBackend(httpcore.SyncBackend):
    """Resolves a name once, checks every answer and connects to a checked address.

    Checking and connecting in one place leaves no gap for a name that changes in between.
    """

    def __init__(self, *, sandbox: bool) -> None:
        self.sandbox = sandbox

    @override
    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,
        local_address: str | None = None,
        socket_options: Iterable[SocketOption] | None = None,
    ) -> httpcore.NetworkStream:
        """Raises: httpcore.ConnectError (unknown name), PlatformFailure(INVALID)."""
        try:
            found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        except OSError as error:
            raise httpcore.ConnectError(f"{host}: {error}") from error
        addresses = list(dict.fromkeys(str(entry[4][0]) for entry in found))
        refused = [a for a in addresses if not is_allowed_address(a, sandbox=self.sandbox)]
        if refused or not addresses:
            raise _refused(f"{host} leads to {refused}, which is not allowed")
        for address in addresses[:-1]:
            try:
                return super().connect_tcp(address, port, timeout, local_address, socket_options)
            except (httpcore.ConnectError, httpcore.ConnectTimeout):
                continue
        return super().connect_tcp(addresses[-1], port, timeout, local_address, socket_options)


@contextmanager
def _httpx_errors() -> Iterator[None]:
    """httpcore's errors under their namesakes in httpx."""
    try:
        yield
    except httpcore.UnsupportedProtocol as error:
        raise httpx.UnsupportedProtocol(str(error)) from error
    except (
        httpcore.TimeoutException,
        httpcore.NetworkError,
        httpcore.ProtocolError,
        httpcore.ProxyError,
    ) as error:
        name = type(error).__name__
        namesake: type[httpx.TransportError] = getattr(httpx, name, httpx.TransportError)
        raise namesake(str(error) or name) from error


class _Body(httpx.SyncByteStream):
    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        with _httpx_errors():
            yield from self._response.iter_stream()

    def close(self) -> None:
        self._response.close()


@cache
def _ssl_context() -> ssl.SSLContext:
    """Reading the list of authorities takes longer than a call, so it is read once."""
    return httpx.create_ssl_context(trust_env=False)


class GuardedTransport(httpx.BaseTransport):
    """httpx transport over the guarded backend. One connection per request.

    An idle connection that the other side has closed looks like a lost answer, and a lost
    answer must be reconciled; so connections are not kept.
    """

    def __init__(self, *, sandbox: bool) -> None:
        self._pool = httpcore.ConnectionPool(
            ssl_context=_ssl_context(),
            max_keepalive_connections=0,
            network_backend=GuardedBackend(sandbox=sandbox),
        )

    @override
    def handle_request(self, request: httpx.Request) -> httpx.Response:
        outgoing = httpcore.Request(
            method=request.method,
            url=httpcore.URL(
                scheme=request.url.raw_scheme,
                host=request.url.raw_host,
                port=request.url.port,
                target=request.url.raw_path,
            ),
            headers=request.headers.raw,
            content=request.stream,
            extensions=request.extensions,
        )
        with _httpx_errors():
            response = self._pool.handle_request(outgoing)
        return httpx.Response(
            status_code=response.status,
            headers=response.headers,
            stream=_Body(response),
            extensions=response.extensions,
        )

    @override
    def close(self) -> None:
        self._pool.close()


def checked_base_url(base_url: str, *, sandbox: bool) -> httpx.URL:
    """The address of an API, without query and sign-in part.

    Raises: PlatformFailure(INVALID, "address_refused").
    """
    try:
        url = httpx.URL(base_url)
    except (httpx.InvalidURL, TypeError) as error:
        raise _refused(f"{base_url!r} is no address") from error
    host = url.host.lower()
    if not host or url.userinfo or url.query or url.fragment:
        raise _refused("an API address has a host and no user, query or fragment")
    try:
        loopback = host == "localhost" or ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        loopback = False
    if loopback and not sandbox:
        raise _refused(f"{host} is this machine; only a sandbox account may use it")
    if url.scheme != "https" and not (url.scheme == "http" and loopback):
        raise _refused(f"{base_url!r} must begin with https://")
    return url


def _refused(message: str) -> PlatformFailure:
    return PlatformFailure(ErrorClass.INVALID, "address_refused", message)


def read_bounded(response: httpx.Response, *, limit_bytes: int, deadline: float) -> bytes:
    """The body, at most ``limit_bytes`` long and read before ``deadline`` (time.monotonic).

    A read timeout alone would let a slow sender hold us for ever, one byte at a time.
    Raises: httpx.ReadTimeout, httpx.ReadError (too large), httpx.TransportError.
    """
    body = bytearray()
    # Raw: an answer that unpacks to more than it weighs is not wanted, and none was asked for.
    for chunk in response.iter_raw():
        body += chunk
        if len(body) > limit_bytes:
            raise httpx.ReadError(f"answer is larger than {limit_bytes} bytes")
        if time.monotonic() > deadline:
            raise httpx.ReadTimeout("answer took too long")
    return bytes(body)
