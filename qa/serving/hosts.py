"""Host names: which of them a server on a loopback address answers to.

A page on the web can point a name of its own at 127.0.0.1 and then read what is served there as its
own origin. It cannot forge the Host header, so a local server answers only to local names.
"""

import ipaddress
from collections.abc import Callable
from functools import lru_cache


def served_names(host: str | None) -> Callable[[str], bool]:
    """Return whether a Host header names a server on this address; any does unless it is local."""
    if host is None or not is_local(host):
        return lambda header: True
    return lru_cache(maxsize=64)(lambda header: is_local(_without_port(header)))


def is_local(name: str) -> bool:
    """Return whether the name or address can only mean this machine.

    >>> is_local("127.0.0.1"), is_local("localhost"), is_local("0.0.0.0"), is_local("evil.example")
    (True, True, False, False)
    """
    plain = name.strip("[]").lower().rstrip(".")
    if plain == "localhost" or plain.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(plain).is_loopback
    except ValueError:
        return False


def _without_port(header: str) -> str:
    name, colon, port = header.rpartition(":")
    return name if colon and port.isdigit() else header
