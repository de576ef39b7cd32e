"""addresses: the addresses of a room on this machine's networks, also as a QR code."""

from __future__ import annotations

import ipaddress
import socket

import psutil
import segno

HERE = "127.0.0.1"


def find_addresses() -> tuple[str, ...]:
    """Return this machine's addresses; those of a room's wifi come first."""
    up = {name for name, one in psutil.net_if_stats().items() if one.isup}
    addresses = {
        one.address
        for name, several in psutil.net_if_addrs().items()
        for one in several
        if name in up and one.family == socket.AF_INET
    }
    others = (x for x in addresses if not ipaddress.ip_address(x).is_loopback)
    return tuple(sorted(others, key=_sort_key))


def hosts_for(addresses: tuple[str, ...], port: int) -> frozenset[str]:
    """Return the names that a server answers to, with its port."""
    # `.local` is this machine's name in a network without a name server (mDNS).
    names = (HERE, "localhost", *addresses, f"{socket.gethostname()}.local")
    return frozenset(f"{name}:{port}" for name in names)


def _sort_key(address: str) -> tuple[bool, str]:
    """Put home and hotspot networks before those of containers and tunnels."""
    return not address.startswith("192.168."), address


def make_qr(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return which modules of the code are dark, row by row, including the margin."""
    # Phones don't read a Micro QR code. The lowest error correction has the largest
    # modules.
    code = segno.make(text, error="l", micro=False)
    return tuple(tuple(bool(x) for x in row) for row in code.matrix_iter(border=4))
