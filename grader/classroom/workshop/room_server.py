"""room_server: serve a room until Ctrl-C."""

from __future__ import annotations

import functools
import ssl
from collections.abc import Callable
from ipaddress import IPv4Address
from pathlib import Path

import msgspec

from grader import judge
from grader.classroom.workshop.addresses import HERE, find_addresses, hosts_for, make_qr
from grader.classroom.workshop.app import make_room_app
from grader.classroom.workshop.membership import ROSTER, Membership, read_rosters
from grader.classroom.workshop.room_store import claim, read_state
from grader.common.errors import Misuse
from grader.course.installation import format_command
from grader.sandbox import WorkerFactory
from grader.sandbox.exposed_files import find_exposed_file
from grader.sandbox.isolation.policy import Isolation
from grader.web.http_server import FIRST_PORT, listen, run_server


class Settings(msgspec.Struct, frozen=True):
    """The settings of a room's server.

    Attributes:
        folder: contains the learners' files.
        roster: a CSV file with the people who may choose their name from a list, or
            None.
        port: the port; 0 for the previous one, or one that is free.
        certificate: a file with a certificate for https, or None.
        key: the file with its key.
        is_local: whether to serve only this machine.
        proxy: the IP address of the proxy in front of it, or "".
    """

    folder: Path
    roster: Path | None = None
    port: int = 0
    certificate: Path | None = None
    key: Path | None = None
    is_local: bool = False
    proxy: str = ""

    @property
    def scheme(self) -> str:
        """The scheme of its addresses."""
        return "https" if self.certificate else "http"


class Opened(msgspec.Struct, frozen=True):
    """A room that can be reached.

    Attributes:
        addresses: the learners' addresses, the likeliest first.
        code: the code that they type.
        board: the projector's page.
        instructor: the page that is only for the instructor.
        taken: the previous port if that is taken now, or 0.
    """

    addresses: tuple[str, ...]
    code: str
    board: str
    instructor: str
    taken: int = 0

    @property
    def qr(self) -> tuple[tuple[bool, ...], ...]:
        """The first address with the code as a QR code: its dark modules."""
        return make_qr(f"{self.addresses[0]}/join?code={self.code}")


def serve_room(
    root: Path, settings: Settings, on_ready: Callable[[Opened], None]
) -> None:
    """Serve a room until Ctrl-C.

    Args:
        root: the course.
        settings: the folder, the port, the certificate and so on.
        on_ready: called once it can be reached.

    Raises:
        Misuse: if the port is taken, a file can't be used, or attempts could read the
            course's solutions. Also if other machines must not be let in because a part
            of the isolation doesn't work here.
    """
    tls = _load_certificate(settings)
    _check_proxy(settings.proxy)
    if exposed := find_exposed_file(root):
        raise Misuse(f"No room is opened. {exposed}")
    addresses = (HERE,) if settings.is_local else find_addresses()
    if not addresses:
        raise Misuse(
            "This machine is in no network, so nobody can reach it. Join the room's "
            "wifi first, or use --local to serve only this machine."
        )
    if not settings.is_local:
        check_isolation()
    previous = read_state(settings.folder).port
    preferred_port = settings.port or previous or FIRST_PORT
    # If a port was given, use that one or refuse; otherwise the previous one may be
    # taken.
    ports = [preferred_port] if settings.port else [preferred_port, 0]
    listening = listen(HERE if settings.is_local else "0.0.0.0", ports)
    with listening:
        read_rosters(settings.roster, settings.folder / ROSTER)
        # This comes after everything that may be refused, because it makes the folder.
        with claim(settings.folder):
            membership = Membership(settings.folder, settings.roster)
            port = listening.getsockname()[1]
            membership.set_port(port)
            taken = 0 if port == preferred_port else previous
            opened = _make_opened(settings, membership, addresses, port, taken)
            hosts, place = hosts_for(addresses, port), opened.addresses[0]
            app = make_room_app(
                root, membership, hosts, port, place, not settings.is_local
            )
            report_ready = functools.partial(on_ready, opened)
            run_server(app, listening, report_ready, tls, settings.proxy)


def check_isolation() -> None:
    """Check that every part of the isolation is active.

    Raises:
        Misuse: if one isn't.
    """
    with WorkerFactory(*judge.WorkerRequirements()) as warm:
        lacking = [part for part in Isolation if part not in warm.isolation]
    if lacking:
        raise Misuse(
            "A room lets others run code on this machine, so every layer of the "
            f"sandbox has to work, and {lacking[0].known_as} does not work here. "
            f"To see what is missing:  {format_command('doctor')}\n"
            "Use --local for a room that only this machine can reach."
        )


def _load_certificate(settings: Settings) -> ssl.SSLContext | None:
    """Return what https needs, or None for http."""
    if bool(settings.certificate) != bool(settings.key):
        raise Misuse("--cert and --key go together: a certificate, and its key.")
    for path in (settings.certificate, settings.key):
        if path and not path.is_file():
            raise Misuse(f"There is no file {str(path)!r}, for https.")
    if not (settings.certificate and settings.key):
        return None
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        tls.load_cert_chain(settings.certificate, settings.key)
    except OSError as error:
        raise Misuse(
            f"{settings.certificate} and {settings.key} cannot be read as a "
            f"certificate and its key ({error})."
        ) from error
    return tls


def _check_proxy(address: str) -> None:
    try:
        IPv4Address(address or HERE)
    except ValueError as error:
        raise Misuse(
            f"--proxy takes the IPv4 address of a proxy, such as {HERE}, not "
            f"{address!r}."
        ) from error


def _make_opened(
    settings: Settings,
    membership: Membership,
    addresses: tuple[str, ...],
    port: int,
    taken_port: int,
) -> Opened:
    places = tuple(f"{settings.scheme}://{one}:{port}" for one in addresses)
    state = membership.state
    return Opened(
        places,
        state.code,
        # For use on this machine, so that these keys aren't sent over the network.
        f"{settings.scheme}://{HERE}:{port}/board?key={state.board_key}",
        f"{settings.scheme}://{HERE}:{port}/instructor?key={state.instructor_key}",
        taken_port,
    )
