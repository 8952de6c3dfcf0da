"""Where a served index is: the server's address, or a file of Milvus Lite, and the index's name there.

http://host:19530/archive    https://host/database/archive    /data/archive.db/manuals
"""

from __future__ import annotations

import os
import re
from dataclasses import dataclass
from pathlib import Path

from index.errors import ServedIndexError

# A user and password ("root:…") or a token; never in the address, which stands in shell histories and process lists.
TOKEN_VARIABLE = "BELEG_MILVUS_TOKEN"  # noqa: S105 - the variable's name
# Milvus's own rule for names, less what is added to this one.
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,199}")
# A Path folds the two slashes of a URL into one.
_SERVER = re.compile(r"(https?):/{1,2}([^/]+)(.*)", re.IGNORECASE)
_FILE = re.compile(r"(.+\.db)/+([^/]*)/*")


@dataclass(frozen=True, slots=True)
class Address:
    """A served index.

    Attributes:
        uri: the server's, or the path of a Milvus Lite file.
        database: of the server; "" for its default.
        name: the index's name there.
    """

    uri: str
    database: str
    name: str

    @classmethod
    def parse(cls, text: str | Path) -> Address:
        """Read an address.

        Raises:
            ServedIndexError: it is none, or has a wrong name.
        """
        said = str(text)
        if found := _SERVER.fullmatch(said):
            scheme, host, path = found.groups()
            said = f"{scheme}://{host}{path}"
            *before, name = [part for part in path.split("/") if part] or [""]
            if "@" in host:
                raise ServedIndexError(
                    f"the address {scheme}://…@{host.rpartition('@')[2]} has a password in it, which others can read. "
                    f"Expected it in the environment variable {TOKEN_VARIABLE}, as USER:PASSWORD.",
                    "served-address-password",
                    variable=TOKEN_VARIABLE,
                )
            if len(before) > 1:
                raise _no_address(said)
            return cls(f"{scheme.lower()}://{host}", _checked(before[0], said) if before else "", _checked(name, said))
        if found := _FILE.fullmatch(said):
            return cls(found[1], "", _checked(found[2], said))
        raise _no_address(said)

    @property
    def is_file(self) -> bool:
        """Whether it is a file of Milvus Lite, which one process at a time opens."""
        return "://" not in self.uri

    @property
    def token(self) -> str:
        """What the server is to know the user by; "" for nothing."""
        return os.environ.get(TOKEN_VARIABLE, "")

    def __str__(self) -> str:
        return "/".join(part for part in (self.uri, self.database, self.name) if part)


def is_served(place: str | Path) -> bool:
    """Return whether a place is meant as the address of a served index, and not as a folder."""
    said = str(place)
    if _SERVER.fullmatch(said):
        return True
    # A folder may end in ".db" too; one with an index in it is one.
    return _FILE.fullmatch(said) is not None and not Path(said).exists()


def _checked(name: str, said: str) -> str:
    if not _NAME.fullmatch(name):
        raise ServedIndexError(
            f"{said} has {f'the name {name!r}' if name else 'no name'} in it. Expected an address that ends with the "
            "name of an index, of letters, digits and _, such as http://host:19530/archive or archive.db/manuals",
            "served-name",
            name=name,
        )
    return name


def _no_address(said: str) -> ServedIndexError:
    return ServedIndexError(
        f"{said} is no address of an index. Expected one such as http://host:19530/archive or archive.db/manuals",
        "served-address",
        address=said,
    )
