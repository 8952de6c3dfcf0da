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
FeedbackOption = Annotated[
    Path | None,
    typer.Option(
        "--feedback", help="File to keep thumbs and notes in. Default: feedback.jsonl in the user's data folder."
    ),
]
NoFeedback = Annotated[bool, typer.Option("--no-feedback", help="Show no thumbs.")]


def feedback_file(named: Path | None, none: bool) -> Path | None:
    """Return the file to keep feedback in, None for none.

    Raises:
        BadParameter: a file and none are both asked for.
        FeedbackError: it could not be written.
    """
    from rag.feedback import FeedbackFile, feedback_path

    if named and none:
        raise typer.BadParameter("--feedback and --no-feedback exclude each other.")
    # Checked here: a wrong name should not wait for the model to be told so.
    return None if none else FeedbackFile(named or feedback_path()).path
