"""Passwords as scrypt hashes, each with a salt of its own and the parameters that it was made with."""

from __future__ import annotations

import hashlib
import hmac
import secrets
import unicodedata
from dataclasses import dataclass
from typing import Any

# OWASP's Password Storage Cheat Sheet (https://cheatsheetseries.owasp.org/cheatsheets/Password_Storage_Cheat_Sheet.html)
# asks for these at least: 128 MiB and some tenths of a second a guess.
N, R, P = 2**17, 8, 1
SALT_BYTES = 16
HASH_BYTES = 32
# A file from elsewhere must not make a login take minutes or all memory.
MOST = {"n": 2**20, "r": 16, "p": 16}


@dataclass(frozen=True, slots=True)
class PasswordHash:
    """What is kept of a password: scrypt's parameters, the salt, and the hash."""

    n: int
    r: int
    p: int
    salt: bytes
    hash: bytes

    @classmethod
    def of(cls, password: str) -> PasswordHash:
        """Hash a new password; takes some tenths of a second and 128 MiB, as each `fits` does."""
        salt = secrets.token_bytes(SALT_BYTES)
        return cls(N, R, P, salt, _scrypt(password, N, R, P, salt))

    @classmethod
    def none(cls) -> PasswordHash:
        """Return what no password fits, at a real one's cost."""
        return cls(N, R, P, bytes(SALT_BYTES), bytes(HASH_BYTES))

    @classmethod
    def from_dict(cls, kept: Any) -> PasswordHash:
        """Read what `to_dict` gave.

        Raises:
            ValueError, TypeError or KeyError: it is not of that form.
        """
        n, r, p = (kept[name] for name in MOST)
        for name, most in MOST.items():
            if type(kept[name]) is not int or not 1 <= kept[name] <= most:
                raise ValueError(f"{name} is {kept[name]!r}")
        if n < 2 or n & (n - 1):
            raise ValueError(f"n is {n}, no power of two")
        salt, digest = bytes.fromhex(kept["salt"]), bytes.fromhex(kept["hash"])
        if len(salt) < SALT_BYTES or len(digest) != HASH_BYTES:
            raise ValueError("salt or hash is too short")
        return cls(n, r, p, salt, digest)

    def to_dict(self) -> dict[str, int | str]:
        """Return it in plain JSON types."""
        return {"n": self.n, "r": self.r, "p": self.p, "salt": self.salt.hex(), "hash": self.hash.hex()}

    def fits(self, password: str) -> bool:
        """Whether this is the password that was hashed."""
        return hmac.compare_digest(_scrypt(password, self.n, self.r, self.p, self.salt), self.hash)


def _scrypt(password: str, n: int, r: int, p: int, salt: bytes) -> bytes:
    # An é is one character on one keyboard and two on another.
    typed = unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")
    # OpenSSL refuses by default what takes more than 32 MiB; this is what it reckons, and a little more.
    maxmem = 128 * r * (n + p + 2) + 2**16
    return hashlib.scrypt(typed, salt=salt, n=n, r=r, p=p, maxmem=maxmem, dklen=HASH_BYTES)
