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

import pytest

from index.errors import UsersError
from tests.shell import BELEG, beleg, check_refused
from ui.web.passwords import PasswordHash
from ui.web.users import Users, users_path

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


@pytest.fixture(scope="module")
def hashed() -> PasswordHash:
    return PasswordHash.of(PASSWORD)


def test_a_password_fits_its_own_hash_only(hashed: PasswordHash) -> None:
    assert hashed.fits(PASSWORD)
    assert not hashed.fits(PASSWORD + " ") and not hashed.fits("")
    assert PasswordHash.from_dict(json.loads(json.dumps(hashed.to_dict()))) == hashed
    assert PASSWORD not in json.dumps(hashed.to_dict())
    assert PasswordHash.of("é" * 8).fits("e\u0301" * 8), "typed on a keyboard that has the accent apart"


def test_the_hash_is_scrypts_with_the_parameters_that_owasp_names(hashed: PasswordHash) -> None:
    assert (hashed.n, hashed.r, hashed.p) == (131072, 8, 1) and len(hashed.salt) == 16
    assert PasswordHash.of(PASSWORD).salt != hashed.salt
    by_hand = hashlib.scrypt(PASSWORD.encode(), salt=hashed.salt, n=131072, r=8, p=1, maxmem=2**28, dklen=32)
    assert hashed.hash == by_hand


def test_who_is_no_user_costs_as_much_as_one_who_is(hashed: PasswordHash, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[dict[str, Any]] = []
    scrypt = hashlib.scrypt

    def noting(password: bytes, **how: Any) -> bytes:
        asked.append(how)
        return scrypt(password, **how)

    monkeypatch.setattr(hashlib, "scrypt", noting)
    assert not hashed.fits("wrong password") and not PasswordHash.none().fits("wrong password")
    known, unknown = ({name: value for name, value in how.items() if name != "salt"} for how in asked)
    assert known == unknown and len(asked[0]["salt"]) == len(asked[1]["salt"])


@pytest.mark.parametrize(
    "change", [{"n": 3}, {"n": 2**30}, {"n": 0}, {"r": 0}, {"p": "1"}, {"salt": "00"}, {"hash": "zz"}, {"n": None}]
)
def test_a_hash_that_is_none_is_refused(hashed: PasswordHash, change: dict[str, Any]) -> None:
    with pytest.raises((ValueError, TypeError, KeyError)):
        PasswordHash.from_dict({**hashed.to_dict(), **change})


def test_users_are_added_listed_and_removed(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "users.json"
    added = user("add", "anna", "--users", path, typed=f"{PASSWORD}\n")
    assert added.returncode == 0 and added.stderr == ""
    assert "anna may log in: beleg chat --users" in added.stdout
    assert path.stat().st_mode & 0o777 == 0o600, "nobody else reads it"
    assert PASSWORD not in path.read_text()
    assert Users(path).read()["anna"].fits(PASSWORD)
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
    assert Users(path).read()["anna"].fits(PASSWORD)


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


def test_a_file_that_cannot_be_used_is_one_line(tmp_path: Path, hashed: PasswordHash) -> None:
    path = tmp_path / "users.json"
    kept = {"format": "beleg-users/1", "users": [{"name": "anna", "scrypt": hashed.to_dict()}]}

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
    refused(json.dumps({**kept, "format": "beleg-users/2"}), "is malformed", "beleg-users/2")
    refused(json.dumps({**kept, "users": kept["users"] * 2}), "is malformed", "twice")
    refused(json.dumps({**kept, "users": [{"name": "a:b", "scrypt": hashed.to_dict()}]}), "is malformed", "a colon")
    refused(json.dumps({**kept, "users": []}), "has no user in it")
    refused(json.dumps(kept), "can be read by others (mode 0644)", f"chmod 600 {path}", mode=0o644)
    check_refused(beleg("chat", "--no-browser", "--users", path), "can be read by others")
    path.chmod(0o600)
    assert Users(path).read().keys() == {"anna"}
    check_refused(user("add", "bert", "--users", tmp_path, typed=PASSWORD), "cannot be read: Is a directory")
    path.write_bytes(b"\xff\xfe")
    check_refused(user("list", "--users", path), "is malformed")


def test_what_is_changed_while_it_is_read_is_seen(tmp_path: Path, hashed: PasswordHash) -> None:
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
