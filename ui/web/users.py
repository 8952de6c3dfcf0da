"""The file of those who may log in to a web chat: names and hashed passwords."""

from __future__ import annotations

import json
import os
import shlex
import stat
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from index.errors import UsersError, counted
from index.storage import whole_file
from ui.web.passwords import PasswordHash

FORMAT = "beleg-users/1"
LONGEST_NAME = 64
# NIST SP 800-63B's least; a longest that no password manager exceeds.
SHORTEST_PASSWORD, LONGEST_PASSWORD = 8, 1024


def users_path() -> Path:
    """Return where users are kept unless another file is named: `$BELEG_USERS`, or the user's configuration folder."""
    if chosen := os.environ.get("BELEG_USERS"):
        return Path(chosen).expanduser()
    from platformdirs import user_config_path

    return user_config_path("beleg", appauthor=False) / "users.json"


def checked_name(name: str) -> str:
    """Return a name as it is kept.

    Raises:
        UsersError: it is no name.
    """
    name = unicodedata.normalize("NFC", name)
    if not 1 <= len(name) <= LONGEST_NAME:
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
    raise UsersError(f"{found} cannot be used. Expected 1 to {LONGEST_NAME} characters, no colon or control character.")


def check_password(password: str) -> None:
    """Refuse a password that is too short, or no password.

    Raises:
        UsersError: says which lengths are accepted.
    """
    if not SHORTEST_PASSWORD <= len(password) <= LONGEST_PASSWORD:
        raise UsersError(
            f"the password has {counted(len(password), 'character')}. "
            f"Expected {SHORTEST_PASSWORD} to {LONGEST_PASSWORD}: "
            "a few words that do not belong together are long and easy to remember."
        )


class Users:
    """A users file; read anew whenever it has changed, so that a server need not be started again.

    Args:
        path: the file; it need not exist before the first `add`.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._read: dict[str, PasswordHash] = {}
        self._version: object = None

    def read(self) -> dict[str, PasswordHash]:
        """Return the password hashes by name.

        Raises:
            UsersError: the file is missing, malformed, without a user or readable by others.
        """
        status = self._status()
        if status is None:
            raise UsersError(f"the users file {self.path} does not exist. Add a user: {self._command('add NAME')}")
        version = (status.st_ino, status.st_size, status.st_mtime_ns, status.st_mode)
        if version != self._version:
            self._read, self._version = self._parsed(status.st_mode), version
        if not self._read:
            raise UsersError(f"the users file {self.path} has no user in it. Add one: {self._command('add NAME')}")
        return self._read

    def add(self, name: str, password: str) -> None:
        """Add a user; writes the file whole or not at all, for its owner's eyes only.

        Raises:
            UsersError: there is one of that name, the name or password cannot be used, or the file cannot.
        """
        name = checked_name(name)
        check_password(password)
        with self._changing() as users:
            self._refuse_taken(name, users)
            users[name] = PasswordHash.of(password)

    def check_new(self, name: str) -> None:
        """Raise what `add` would raise because of this name, before anyone is asked for a password."""
        self._refuse_taken(checked_name(name), self._read_or_none())

    def remove(self, name: str) -> None:
        """Remove a user; who is logged in by that name is logged out.

        Raises:
            UsersError: there is none of that name, or the file cannot be used.
        """
        name = unicodedata.normalize("NFC", name)
        with self._changing() as users:
            if name not in users:
                raise UsersError(f"there is no user {name!r} in {self.path}. Expected one of: {self._command('list')}")
            del users[name]

    @contextmanager
    def _changing(self) -> Iterator[dict[str, PasswordHash]]:
        from filelock import FileLock

        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            # Of two who add at once, neither's user may be lost.
            with FileLock(self.path.with_name(f".{self.path.name}.lock")):
                users = self._read_or_none()
                yield users
                kept = [{"name": name, "scrypt": password.to_dict()} for name, password in users.items()]
                with whole_file(self.path, UsersError) as scratch:
                    scratch.chmod(0o600)
                    scratch.write_text(
                        json.dumps({"format": FORMAT, "users": kept}, ensure_ascii=False, indent=1) + "\n",
                        encoding="utf-8",
                    )
        except OSError as error:
            raise UsersError(
                f"the users file {self.path} cannot be changed: {error.strerror}. Expected a file in a folder that "
                "you may write to; --users names another."
            ) from error

    def _refuse_taken(self, name: str, users: dict[str, PasswordHash]) -> None:
        if name in users:
            raise UsersError(
                f"there is a user {name!r} already in {self.path}. For another password, remove it and add it "
                f"again: {self._command(f'remove {shlex.quote(name)}')}"
            )

    def _read_or_none(self) -> dict[str, PasswordHash]:
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
        return UsersError(
            f"the users file {self.path} cannot be read: {error.strerror}. Expected a file of yours, as "
            "'beleg user add NAME' writes one; --users names another."
        )

    def _parsed(self, mode: int) -> dict[str, PasswordHash]:
        if os.name == "posix" and stat.S_ISREG(mode) and stat.S_IMODE(mode) & 0o077:
            raise UsersError(
                f"the users file {self.path} can be read by others (mode {stat.S_IMODE(mode):04o}). Expected 0600: "
                f"chmod 600 {shlex.quote(str(self.path))}"
            )
        try:
            kept = json.loads(self.path.read_text(encoding="utf-8"))
            if kept["format"] != FORMAT:
                raise ValueError(f"format is {kept['format']!r}")
            users = {checked_name(one["name"]): PasswordHash.from_dict(one["scrypt"]) for one in kept["users"]}
            if len(users) != len(kept["users"]):
                raise ValueError("a name is there twice")
        except OSError as error:
            raise self._unreadable(error) from error
        except (ValueError, TypeError, KeyError, UsersError) as error:
            raise UsersError(
                f"the users file {self.path} is malformed ({type(error).__name__}: {error}). Expected what "
                "'beleg user add' writes: move it away and add the users anew."
            ) from error
        return users

    def _command(self, words: str) -> str:
        other = "" if self.path == users_path() else f" --users {shlex.quote(str(self.path))}"
        return f"beleg user {words}{other}"
