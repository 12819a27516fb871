"""Random names and secrets, and the digests under which secrets are kept."""

import hashlib
import secrets


def new_id() -> str:
    """A random 128-bit id, 32 hexadecimal digits: cannot be guessed or counted through."""
    return secrets.token_hex(16)


def new_token() -> str:
    """A random 256-bit secret, as URL-safe text."""
    return secrets.token_urlsafe(32)


def digest(secret: str) -> str:
    """SHA-256 of a secret in hexadecimal: the only form in which secrets are kept.

    The secrets are random and long, so a plain digest cannot be searched through.
    """
    return hashlib.sha256(secret.encode()).hexdigest()


def is_same(given: str, kept: str) -> bool:
    """Compare two digests in constant time."""
    return secrets.compare_digest(given.encode(), kept.encode())
