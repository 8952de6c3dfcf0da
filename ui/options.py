"""Options that several commands have."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

Articles = Annotated[
    list[Path] | None,
    typer.Option("--article", "-a", help="A UTF-8 text file; repeat for more. Default: the bundled one."),
]
IndexFolder = Annotated[Path | None, typer.Option("--index", "-i", help="An index folder, from 'beleg index build'.")]
Model = Annotated[
    str | None,
    typer.Option("--model", "-m", help="A sentence-transformers folder or hub name. Default: the embedded one."),
]
SettingsFile = Annotated[
    Path | None, typer.Option("--settings", "-s", help="A settings file, from 'beleg calibrate'. Default: none.")
]
