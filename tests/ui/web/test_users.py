"""Who may log in: the users file, its hashes, and `beleg user` as it is typed."""

from __future__ import annotations

import fcntl
import hashlib
import json
import os
import pty
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import anyio
import argon2
import pytest

from index.errors import UsersError
from tests.shell import BELEG, beleg, check_refused
from ui.web.auth import open_logins
from ui.web.limits import SHARED
from ui.web.users import Users, checked_hash, hashed, scrypt_hash, users_path, verified

PASSWORD = "korrekt Pferd Batterie"  # noqa: S105


def user(*arguments: str | Path, typed: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [BELEG, "user", *map(str, arguments)],
        input=typed,
        capture_output=True,
        text=True,
        env={**os.environ, "COLUMNS": "200", **environment},
        timeout=60,
    )


# As a file of the format "beleg-users/1" has it: the scrypt hash of PASSWORD.
SCRYPT = {
    "n": 131072,
    "r": 8,
    "p": 1,
    "salt": "000102030405060708090a0b0c0d0e0f",
    "hash": "bf097d0c56c3b19992a8fbf72ad9810fc9a9d0a1957635a224ee1e880283bb5e",
}


@pytest.fixture(scope="module")
def kept() -> str:
    return hashed(PASSWORD)


def fits(password: str, hash: str) -> bool:
    return verified(password, hash)[0]


def test_a_password_fits_its_own_hash_only(kept: str) -> None:
    assert verified(PASSWORD, kept) == (True, None)
    assert not fits(PASSWORD + " ", kept) and not fits("", kept)
    assert checked_hash(kept) == kept and PASSWORD not in kept
    assert fits("e\u0301" * 8, hashed("é" * 8)), "typed on a keyboard that has the accent apart"


def test_the_hash_is_argon2s_with_the_parameters_of_rfc_9106(kept: str) -> None:
    parameters = argon2.extract_parameters(kept)
    assert parameters == argon2.profiles.RFC_9106_LOW_MEMORY and parameters.salt_len == 16
    assert hashed(PASSWORD).split("$")[4] != kept.split("$")[4], "each has a salt of its own"
    assert argon2.PasswordHasher().verify(kept, PASSWORD)


def test_who_is_no_user_costs_as_much_as_one_who_is(tmp_path: Path, kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    Users(tmp_path / "users.json").add("anna", PASSWORD)
    asked: list[str] = []
    verify = argon2.PasswordHasher.verify

    def noting(self: argon2.PasswordHasher, hash: str | bytes, password: str | bytes) -> Any:
        asked.append(str(hash))
        return verify(self, hash, password)

    monkeypatch.setattr(argon2.PasswordHasher, "verify", noting)

    async def guess() -> None:
        logins = open_logins(tmp_path / "users.json", SHARED, 0)
        for name in ("anna", "nobody"):
            assert await logins.check(name, "wrong password", "") is None

    anyio.run(guess)
    known, unknown = map(argon2.extract_parameters, asked)
    assert known == unknown


def test_a_file_of_scrypt_hashes_is_read_and_written_anew_at_the_next_login(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    old = {"format": "beleg-users/1", "users": [{"name": name, "scrypt": SCRYPT} for name in ("anna", "bert")]}
    path.write_text(json.dumps(old))
    path.chmod(0o600)
    assert fits(PASSWORD, Users(path).read()["anna"]) and not fits("wrong", Users(path).read()["anna"])
    by_hand = hashlib.scrypt(
        PASSWORD.encode(), salt=bytes.fromhex(str(SCRYPT["salt"])), n=131072, r=8, p=1, maxmem=2**28, dklen=32
    )
    assert by_hand.hex() == SCRYPT["hash"]

    async def log_in() -> None:
        logins = open_logins(path, SHARED, 0)
        assert await logins.check("anna", "wrong password", "") is None
        assert json.loads(path.read_text()) == old, "a wrong one changes nothing"
        login = await logins.check("anna", PASSWORD, "")
        assert login is not None and logins.of_cookie(logins.begin(login)) == login
        assert await logins.check("anna", PASSWORD, "") == login

    anyio.run(log_in)
    now = Users(path).read()
    assert now["anna"].startswith("$argon2id$") and verified(PASSWORD, now["anna"]) == (True, None)
    assert now["bert"] == scrypt_hash(SCRYPT) and fits(PASSWORD, now["bert"]), "who has not logged in keeps it"
    assert json.loads(path.read_text())["format"] == "beleg-users/2" and path.stat().st_mode & 0o777 == 0o600


def test_a_login_succeeds_where_the_file_cannot_be_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "users.json"
    path.write_text(json.dumps({"format": "beleg-users/1", "users": [{"name": "anna", "scrypt": SCRYPT}]}))
    path.chmod(0o600)
    (tmp_path / ".users.json.lock").mkdir()

    async def log_in() -> None:
        assert await open_logins(path, SHARED, 0).check("anna", PASSWORD, "") is not None

    anyio.run(log_in)
    assert Users(path).read()["anna"] == scrypt_hash(SCRYPT)


@pytest.mark.parametrize(
    "change", [{"n": 3}, {"n": 2**30}, {"n": 0}, {"r": 0}, {"p": "1"}, {"salt": "00"}, {"hash": "zz"}, {"n": None}]
)
def test_a_hash_that_is_none_is_refused(change: dict[str, Any]) -> None:
    assert checked_hash(scrypt_hash(SCRYPT))
    with pytest.raises((ValueError, TypeError, KeyError)):
        checked_hash(scrypt_hash({**SCRYPT, **change}))


@pytest.mark.parametrize("change", [("m=65536", "m=99999999"), ("t=3", "t=999"), ("argon2id", "md5"), ("$v", "")])
def test_an_argon2_hash_that_is_none_or_costs_too_much_is_refused(kept: str, change: tuple[str, str]) -> None:
    with pytest.raises(ValueError):
        checked_hash(kept.replace(*change))


def test_users_are_added_listed_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "users.json"
    added = user("add", "anna", "--users", path, typed=f"{PASSWORD}\n")
    assert added.returncode == 0 and added.stderr == ""
    assert "anna may log in: beleg chat --users" in added.stdout
    assert path.stat().st_mode & 0o777 == 0o600, "nobody else reads it"
    assert PASSWORD not in path.read_text()
    assert fits(PASSWORD, Users(path).read()["anna"])
    assert user("add", "Zoë Müller", "--users", path, typed=PASSWORD).returncode == 0, "no line end is no matter"
    assert user("list", "--users", path).stdout == "Zoë Müller\nanna\n"
    twice = user("add", "anna", "--users", path, typed=f"{PASSWORD}\n")
    check_refused(twice, "there is a user 'anna' already", "beleg user remove anna")
    removed = user("remove", "anna", "--users", path)
    assert removed.returncode == 0 and "anna can no longer log in" in removed.stdout
    check_refused(user("remove", "anna", "--users", path), "no user 'anna'", "beleg user list")
    assert Users(path).read().keys() == {"Zoë Müller"}


def test_an_environment_variable_names_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "others.json"
    added = user("add", "bert", typed=f"{PASSWORD}\n", BELEG_USERS=str(path))
    assert added.returncode == 0 and "beleg chat --login" in added.stdout
    assert user("list", BELEG_USERS=str(path)).stdout == "bert\n"
    monkeypatch.delenv("BELEG_USERS", raising=False)
    assert users_path().name == "users.json"


def test_at_a_terminal_the_password_is_asked_for_twice_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [BELEG, "user", "add", "anna", "--users", str(path)],
        stdin=theirs,
        stdout=theirs,
        stderr=theirs,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
    )
    os.close(theirs)
    seen = ""
    # With the space, which comes once the terminal shows no more what is typed.
    answers = {"Password for anna: ": PASSWORD, "Repeat for confirmation: ": PASSWORD}
    while answers or process.poll() is None:
        try:
            seen += os.read(ours, 4096).decode()
        except OSError:
            break
        for prompt in [one for one in answers if one in seen]:
            os.write(ours, f"{answers.pop(prompt)}\n".encode())
    os.close(ours)
    assert process.wait(60) == 0, seen
    assert PASSWORD not in seen and "may log in" in seen
    assert fits(PASSWORD, Users(path).read()["anna"])


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("", "0 characters"),
        ("x" * 65, "65 characters"),
        ("a:b", "a colon"),
        ("a\x1b[2Jb", "a control character"),
        ("a\u202eb", "a control character"),
        (" anna", "white space"),
    ],
)
def test_a_name_that_is_none_is_refused_before_a_password_is_asked_for(tmp_path: Path, name: str, said: str) -> None:
    path = tmp_path / "users.json"
    check_refused(user("add", name, "--users", path), said, "Expected 1 to 64 characters")
    assert not path.exists()


@pytest.mark.parametrize("typed", ["", "\n", "1234567\n", "x" * 1025])
def test_a_password_that_is_too_short_or_no_password_is_refused(tmp_path: Path, typed: str) -> None:
    path = tmp_path / "users.json"
    check_refused(user("add", "anna", "--users", path, typed=typed), "the password has", "Expected 8 to 1024")
    assert not path.exists()


def test_a_file_that_cannot_be_used_is_one_line(tmp_path: Path, kept: str) -> None:
    path = tmp_path / "users.json"
    file = {"format": "beleg-users/2", "users": [{"name": "anna", "hash": kept}]}

    def refused(text: str, *said: str, mode: int = 0o600) -> None:
        path.write_text(text)
        path.chmod(mode)
        with pytest.raises(UsersError) as error:
            Users(path).read()
        for words in (str(path), *said):
            assert words in str(error.value)

    missing = beleg("chat", "--no-browser", "--users", path)
    check_refused(missing, "does not exist", f"beleg user add NAME --users {path}")
    check_refused(beleg("chat", "--login", BELEG_USERS=str(path)), "does not exist", "beleg user add NAME")
    refused("{", "is malformed", "beleg user add")
    refused("[]", "is malformed")
    refused(json.dumps({**file, "format": "beleg-users/3"}), "is malformed", "beleg-users/3")
    refused(json.dumps({**file, "users": file["users"] * 2}), "is malformed", "twice")
    refused(json.dumps({**file, "users": [{"name": "a:b", "hash": kept}]}), "is malformed", "a colon")
    refused(json.dumps({**file, "users": []}), "has no user in it")
    refused(json.dumps(file), "can be read by others (mode 0644)", f"chmod 600 {path}", mode=0o644)
    check_refused(beleg("chat", "--no-browser", "--users", path), "can be read by others")
    path.chmod(0o600)
    assert Users(path).read().keys() == {"anna"}
    check_refused(user("add", "bert", "--users", tmp_path, typed=PASSWORD), "cannot be read: Is a directory")
    path.write_bytes(b"\xff\xfe")
    check_refused(user("list", "--users", path), "is malformed")


def test_what_is_changed_while_it_is_read_is_seen(tmp_path: Path) -> None:
    users = Users(tmp_path / "users.json")
    users.add("anna", PASSWORD)
    assert users.read().keys() == {"anna"}
    Users(users.path).add("bert", PASSWORD)
    assert users.read().keys() == {"anna", "bert"}
    Users(users.path).remove("anna")
    assert users.read().keys() == {"bert"}


def test_of_users_added_at_once_none_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "users.json"
    code = "import sys; from pathlib import Path; from ui.web.users import Users; Users(Path(sys.argv[1])).add(*sys.argv[2:])"
    running = [
        subprocess.Popen([sys.executable, "-c", code, str(path), name, PASSWORD], env={**os.environ})
        for name in ("anna", "bert", "cleo")
    ]
    assert [one.wait(60) for one in running] == [0, 0, 0]
    assert Users(path).read().keys() == {"anna", "bert", "cleo"}
