"""codes: what people type, or keep, to come in."""

from __future__ import annotations

import hashlib
import re
import secrets

# Without those that are taken for another letter or for a digit.
_LETTERS = "ABCDEFGHJKMNPQRSTVWXYZ"


LETTERS = 6


def make_code(letters: int = LETTERS) -> str:
    """Return a code that is read aloud and typed without mistakes."""
    return "".join(secrets.choice(_LETTERS) for _ in range(letters))


def read_code(typed: str) -> str:
    """Return a code as it is compared, however it was typed.

    >>> read_code(" abc-def ")
    'ABCDEF'
    """
    return re.sub(r"[^A-Z]", "", typed[:100].upper())


def is_code(typed: str, code: str) -> bool:
    """Return whether somebody typed a code; the time it takes says nothing of it."""
    given = read_code(typed)
    return bool(given) and secrets.compare_digest(given, read_code(code))


def make_token() -> str:
    """Return 256 random bits, as text."""
    return secrets.token_urlsafe(32)


def digest_of(token: str) -> str:
    """Return what is kept of a token: who reads that cannot come in with it."""
    # No salt and no slow hash: nobody guesses 256 random bits.
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
