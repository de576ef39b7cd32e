"""addresses: where a room is found on the networks of this machine, as QR code, too."""

from __future__ import annotations

import ipaddress
import socket

import psutil
import segno

HERE = "127.0.0.1"


def find_addresses() -> tuple[str, ...]:
    """Return this machine's addresses; those of a room's wifi come first."""
    up = {name for name, one in psutil.net_if_stats().items() if one.isup}
    found = {
        one.address
        for name, several in psutil.net_if_addrs().items()
        for one in several
        if name in up and one.family == socket.AF_INET
    }
    others = (x for x in found if not ipaddress.ip_address(x).is_loopback)
    return tuple(sorted(others, key=_order))


def hosts_for(addresses: tuple[str, ...], port: int) -> frozenset[str]:
    """Return the names that a server answers to, with its port."""
    # `.local`: what a machine calls itself in a network without names (mDNS).
    names = (HERE, "localhost", *addresses, f"{socket.gethostname()}.local")
    return frozenset(f"{name}:{port}" for name in names)


def _order(address: str) -> tuple[bool, str]:
    """Put home and hotspot networks before those of containers and tunnels."""
    return not address.startswith("192.168."), address


def make_qr(text: str) -> tuple[tuple[bool, ...], ...]:
    """Return what of the code is dark, row by row, with its margin."""
    # Phones do not read a Micro QR code. The least correction has the largest modules.
    made = segno.make(text, error="l", micro=False)
    return tuple(tuple(bool(x) for x in row) for row in made.matrix_iter(border=4))
