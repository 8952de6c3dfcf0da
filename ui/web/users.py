"""The file of those who may log in to a web chat: names and hashed passwords."""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import shlex
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from platformdirs import user_config_path
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import ARGON2_ENCODED_HASH_REGEX, Argon2Hasher

from index.atomic import whole_file
from index.errors import UsersError, counted
from index.input_file import read_input
from index.text_bounds import MAX_MARKS, has_mark_run

FORMAT = "beleg-users/2"
# Its hashes are scrypt's. It is read, and written in the current format when something in it changes.
SCRYPT_FORMAT = "beleg-users/1"
LONGEST_NAME = 64
# NIST SP 800-63B's minimum; a maximum that no password manager exceeds.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 1024
# Characters that one character of either may be typed as.
_TYPED = 4
# A file from elsewhere must not make a login take minutes or all memory.
MOST_SCRYPT = {"n": 2**20, "r": 16, "p": 16}
# Memory is in KiB.
MOST_ARGON2 = {"memory_cost": 2**20, "time_cost": 16, "parallelism": 16}


class _Scrypt:
    """Verifies the hashes of earlier users files, for pwdlib: `$scrypt$n$r$p$salt$hash`."""

    @classmethod
    def identify(cls, hash: str | bytes) -> bool:
        return str(hash).startswith("$scrypt$")

    def hash(self, password: str | bytes, *, salt: bytes | None = None) -> str:
        raise NotImplementedError

    def verify(self, password: str | bytes, hash: str | bytes) -> bool:
        *numbers, salt, digest = str(hash).split("$")[2:]
        n, r, p = map(int, numbers)
        typed = password.encode() if isinstance(password, str) else password
        # OpenSSL refuses by default what takes more than 32 MiB. This is what it computes, and a little more.
        maxmem = 128 * r * (n + p + 2) + 2**16
        found = hashlib.scrypt(typed, salt=bytes.fromhex(salt), n=n, r=r, p=p, maxmem=maxmem, dklen=len(digest) // 2)
        return hmac.compare_digest(found, bytes.fromhex(digest))

    def check_needs_rehash(self, hash: str | bytes) -> bool:
        return True


# The first one hashes; argon2-cffi's defaults are RFC 9106's for less than 2 GiB: 64 MiB and three passes.
_HASHES = PasswordHash((Argon2Hasher(), _Scrypt()))


def hashed(password: str) -> str:
    """Return the hash of a password; takes about a tenth of a second and 64 MiB."""
    return _HASHES.hash(_bytes(password))


def verified(password: str, kept: str) -> tuple[bool, str | None]:
    """Return whether a password has this hash, and if it does, the hash to replace it with where that is outdated."""
    return _HASHES.verify_and_update(_bytes(password), kept)


def _bytes(password: str) -> bytes:
    # An é is one character on one keyboard and two on another.
    return unicodedata.normalize("NFC", password).encode("utf-8", "surrogatepass")


def may_be_login(name: str, password: str) -> bool:
    """Return whether a user can have this name and password; says so quickly of what comes from anyone.

    Both are looked at before they are normalised, where a letter with accents may be several characters.
    """
    return (
        len(name) <= _TYPED * LONGEST_NAME
        and len(password) <= _TYPED * LONGEST_PASSWORD
        and not has_mark_run(name)
        and not has_mark_run(password)
    )


def users_path() -> Path:
    """Return where users are kept unless another file is named: `$BELEG_USERS`, or the user's configuration folder."""
    if chosen := os.environ.get("BELEG_USERS"):
        return Path(chosen).expanduser()
    return user_config_path("beleg", appauthor=False) / "users.json"


def checked_name(name: str) -> str:
    """Return a name as it is kept.

    Raises:
        UsersError: it cannot be a user's name.
    """
    # Normalising the others could take long; they are too long as they are, too.
    name = unicodedata.normalize("NFC", name) if may_be_login(name, "") else name
    if has_mark_run(name):
        found = f"a name with more than {MAX_MARKS} combining marks in a row"
    elif not 1 <= len(name) <= LONGEST_NAME:
        found = f"a name of {len(name)} characters"
    elif name != name.strip():
        found = f"the name {name!r}, with white space around it"
    elif ":" in name:
        # HTTP Basic ends the name there.
        found = f"the name {name!r}, with a colon"
    elif any(unicodedata.category(c) in ("Cc", "Cf", "Cs", "Zl", "Zp") for c in name):
        found = f"the name {name!r}, with a control character"
    else:
        return name
    said = f"{found} cannot be used. Expected 1 to {LONGEST_NAME} characters, no colon or control character."
    raise UsersError(said, "user-name", name=name, most=LONGEST_NAME)


def check_password(password: str) -> None:
    """Refuse a password that is too short or too long, or that no login would be accepted with.

    Raises:
        UsersError: says which lengths are accepted.
    """
    found, least, most = len(password), SHORTEST_PASSWORD, LONGEST_PASSWORD
    if not least <= found <= most:
        said = (
            f"the password has {counted(found, 'character')}. Expected {least} to {most}: "
            "a few words that do not belong together are long and easy to remember."
        )
        raise UsersError(said, "user-password", found=found, least=least, most=most)
    if has_mark_run(password):
        said = f"the password has more than {MAX_MARKS} combining marks in a row. Expected a few words."
        raise UsersError(said, "user-password-of-marks", most=MAX_MARKS)


class Users:
    """A users file. It is read again whenever it has changed, so that a server need not be restarted.

    Args:
        path: the file; it need not exist before the first `add`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, str] = {}
        self._version: object = None

    def read(self) -> dict[str, str]:
        """Return the password hashes by name.

        Raises:
            UsersError: the file is missing, malformed, without a user or readable by others.
        """
        status, add = self._status(), self._command("add NAME")
        if status is None:
            said = f"the users file {self.path} does not exist. Add a user: {add}"
            raise UsersError(said, "users-file-missing", path=self.path, command=add)
        version = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_mode)
        if version != self._version:
            self._read, self._version = self._parsed(status.st_mode), version
        if not self._read:
            said = f"the users file {self.path} has no user in it. Add one: {add}"
            raise UsersError(said, "users-file-empty", path=self.path, command=add)
        return self._read

    def add(self, name: str, password: str) -> None:
        """Add a user. The file is written whole or not at all, readable by its owner only.

        Raises:
            UsersError: there is one of that name, the name or password cannot be used, or the file cannot.
        """
        name = checked_name(name)
        check_password(password)
        with self._changing() as users:
            self._refuse_taken(name, users)
            users[name] = hashed(password)

    def check_new(self, name: str) -> None:
        """Raise what `add` would raise because of this name, before a password is asked for."""
        self._refuse_taken(checked_name(name), self._read_or_none())

    def remove(self, name: str) -> None:
        """Remove a user, and thereby end the logins under that name.

        Raises:
            UsersError: there is none of that name, or the file cannot be used.
        """
        name = unicodedata.normalize("NFC", name) if may_be_login(name, "") else name
        with self._changing() as users:
            if name not in users:
                command = self._command("list")
                said = f"there is no user {name!r} in {self.path}. Expected one of: {command}"
                raise UsersError(said, "user-missing", name=name, path=self.path, command=command)
            del users[name]

    def replace_hash(self, name: str, old: str, new: str) -> None:
        """Replace a user's hash by a newer one of the same password; nothing changes if the old one is gone already.

        Raises:
            UsersError: the file cannot be read or written.
        """
        with self._changing() as users:
            if users.get(name) == old:
                users[name] = new

    @contextmanager
    def _changing(self) -> Iterator[dict[str, str]]:
        # It imports asyncio, for which `beleg --help` need not wait.
        from filelock import FileLock

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Two processes may add a user at once.
            with FileLock(self.path.with_name(f".{self.path.name}.lock")):
                users = self._read_or_none()
                yield users
                kept = [{"name": name, "hash": password} for name, password in users.items()]
                text = json.dumps({"format": FORMAT, "users": kept}, ensure_ascii=False, indent=1) + "\n"
                with whole_file(self.path, UsersError) as scratch:
                    scratch.chmod(0o600)
                    scratch.write_text(text, encoding="utf-8")
        except OSError as error:
            said = (
                f"the users file {self.path} cannot be changed: {error.strerror}. Expected a file in a folder that "
                "you may write to; --users names another."
            )
            raise UsersError(said, "users-file-not-changed", path=self.path, reason=error.strerror) from error

    def _refuse_taken(self, name: str, users: dict[str, str]) -> None:
        if name in users:
            command = self._command(f"remove {shlex.quote(name)}")
            said = (
                f"there is a user {name!r} already in {self.path}. For another password, remove it and add it "
                f"again: {command}"
            )
            raise UsersError(said, "user-taken", name=name, path=self.path, command=command)

    def _read_or_none(self) -> dict[str, str]:
        status = self._status()
        return self._parsed(status.st_mode) if status else {}

    def _status(self) -> os.stat_result | None:
        try:
            return self.path.stat()
        except FileNotFoundError:
            return None
        except OSError as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: OSError) -> UsersError:
        said = (
            f"the users file {self.path} cannot be read: {error.strerror}. Expected a file of yours, as "
            "'beleg user add NAME' writes one; --users names another."
        )
        return UsersError(said, "users-file-unreadable", path=self.path, reason=error.strerror)

    def _parsed(self, mode: int) -> dict[str, str]:
        if os.name == "posix" and stat.S_ISREG(mode) and stat.S_IMODE(mode) & 0o077:
            found, command = f"{stat.S_IMODE(mode):04o}", f"chmod 600 {shlex.quote(str(self.path))}"
            said = f"the users file {self.path} can be read by others (mode {found}). Expected 0600: {command}"
            raise UsersError(said, "users-file-open", path=self.path, mode=found, command=command)
        try:
            return _users_in(json.loads(read_input(self.path)))
        except OSError as error:
            raise self._unreadable(error) from error
        except (ValueError, TypeError, KeyError, UsersError) as error:
            reason = f"{type(error).__name__}: {error}"
            said = (
                f"the users file {self.path} is malformed ({reason}). Expected what "
                "'beleg user add' writes: move it away and add the users anew."
            )
            raise UsersError(said, "users-file-malformed", path=self.path, reason=reason) from error

    def _command(self, words: str) -> str:
        other = "" if self.path == users_path() else f" --users {shlex.quote(str(self.path))}"
        return f"beleg user {words}{other}"


def _users_in(kept: Any) -> dict[str, str]:
    """Return the hashes by name of a parsed users file.

    Raises:
        ValueError, TypeError, KeyError or UsersError: it is not of that form.
    """
    if kept["format"] not in (FORMAT, SCRYPT_FORMAT):
        raise ValueError(f"format is {kept['format']!r}")
    is_old = kept["format"] == SCRYPT_FORMAT
    users = {
        checked_name(one["name"]): checked_hash(scrypt_hash(one["scrypt"]) if is_old else one["hash"])
        for one in kept["users"]
    }
    if len(users) != len(kept["users"]):
        raise ValueError("a name is there twice")
    return users


def scrypt_hash(kept: Any) -> str:
    """Return as one string what an earlier users file has of a password: n, r, p, salt and hash by name.

    Raises:
        ValueError, TypeError or KeyError: it is not of that form.
    """
    for name in MOST_SCRYPT:
        if type(kept[name]) is not int:
            raise ValueError(f"{name} is {kept[name]!r}")
    return f"$scrypt${kept['n']}${kept['r']}${kept['p']}${kept['salt']}${kept['hash']}"


def checked_hash(kept: str) -> str:
    """Return a hash that can be verified in reasonable time.

    Raises:
        ValueError or TypeError: it cannot.
    """
    if _Scrypt.identify(kept):
        *texts, salt, digest = kept.split("$")[2:]
        numbers, most = dict(zip(MOST_SCRYPT, map(int, texts), strict=True)), MOST_SCRYPT
        if numbers["n"] < 2 or numbers["n"] & (numbers["n"] - 1):
            raise ValueError(f"n is {numbers['n']}, no power of two")
        if len(bytes.fromhex(salt)) < 16 or len(bytes.fromhex(digest)) != 32:
            raise ValueError("salt or hash is too short")
    else:
        found = ARGON2_ENCODED_HASH_REGEX.fullmatch(kept)
        if found is None or found["digest"] is None:
            raise ValueError("a hash is neither argon2's nor scrypt's")
        numbers, most = {name: int(found[name]) for name in MOST_ARGON2}, MOST_ARGON2
    for name, value in numbers.items():
        if not 1 <= value <= most[name]:
            raise ValueError(f"{name} is {value}")
    return kept
