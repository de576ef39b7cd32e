"""parts: what confines a worker, by name."""

import enum


class Isolation(enum.StrEnum):
    """What confined the worker; what is not listed did not."""

    LANDLOCK = "landlock"
    SECCOMP = "seccomp"
    RLIMITS = "rlimits"
    BUBBLEWRAP = "bubblewrap"

    @property
    def known_as(self) -> str:
        """As people know it."""
        return _TITLES.get(self, self.value)


_TITLES = {Isolation.LANDLOCK: "Landlock", Isolation.RLIMITS: "resource limits"}
