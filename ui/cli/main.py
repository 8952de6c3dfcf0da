"""The shell: `beleg ask | chat | mcp | index | user | eval | calibrate | verify-export | doctor`.

Exit status 0: answered, or done; 3: abstained; 2: bad usage or input; 1: failure.
"""

from __future__ import annotations

import atexit
import gc
import io
import os
import shlex
import signal
import sys
import threading
import time
from dataclasses import replace
from difflib import get_close_matches
from importlib import metadata
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from index.errors import BelegError, QuestionError
from index.filter import Filter
from index.served.address import is_served
from ui.cli.calibrate import calibrate
from ui.cli.doctor import doctor
from ui.cli.evaluate import evaluate
from ui.cli.index import index_commands
from ui.cli.options import Articles, IndexFolder, LLMKey, LLMModel, LLMUrl, Model, Only, SettingsFile, open_assistant
from ui.cli.output import complain, print_answer, print_json, print_plain
from ui.cli.user import user_commands
from ui.cli.verify import verify_export
from ui.cli.words import is_in_quotes, told_apart
from ui.web.api import Endpoints
from ui.web.limits import default_limits
from ui.web.tasks import Work, follow
from ui.web.users import Users, users_path

ABSTAINED = 3
BAD_INPUT = 2
FAILED = 1
# Of a web chat that has been closed.
SECONDS_TO_LEAVE = 0.5


class Commands(TyperGroup):
    """The commands; a question in the place of one is answered with the command that asks it."""

    def resolve_command(self, ctx: Any, args: list[str]) -> Any:
        """Return the name of the command, the command, and the words behind it. Raises QuestionError for a question."""
        if self.get_command(ctx, args[0]) is None and _is_question(args, self.list_commands(ctx)):
            raise QuestionError(f"{args[0]!r} is no command. To ask a question: beleg ask {shlex.join(args)}")
        return super().resolve_command(ctx, args)


def _is_question(args: list[str], commands: list[str]) -> bool:
    """Return whether words are no misspelt command: several, in quotes or not."""
    if args[0].startswith("-") or get_close_matches(args[0], commands):
        return False
    said = [word for arg in args for word in arg.split() if not word.startswith("-")]
    return len(said) > 1


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    add_completion=False,
    context_settings={"help_option_names": ["--help", "-h"]},
)
app.add_typer(index_commands, name="index")
app.add_typer(user_commands, name="user")
app.command()(calibrate)
app.command("eval")(evaluate)
app.command()(verify_export)
app.command()(doctor)


def _say_version(wanted: bool) -> None:
    if wanted:
        print_plain(f"beleg {metadata.version('beleg')}")
        raise typer.Exit


@app.callback()
def beleg(
    version: Annotated[
        bool, typer.Option("--version", help="Say which version this is.", is_eager=True, callback=_say_version)
    ] = False,
) -> None:
    """Ask an article. Every answer cites the exact sentences that prove it."""


@app.command()
def ask(
    words: Annotated[
        list[str],
        typer.Argument(
            metavar="QUESTION",
            help="The question, in any language, quoted or not; '-' reads it from standard input. A file or URL "
            "before or behind it is asked, as with --article.",
        ),
    ],
    article: Articles = None,
    index: IndexFolder = None,
    model: Model = None,
    settings: SettingsFile = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the whole answer as JSON.")] = False,
    only: Only = "",
    k: Annotated[int | None, typer.Option("-k", min=1, help="Cite at most this many sentences. Default: 3.")] = None,
    llm: LLMUrl = None,
    llm_model: LLMModel = None,
    llm_key_variable: LLMKey = None,
) -> None:
    """Ask one question. Exit status 0: answered, small talk too; 3: the article does not say."""
    # Loading the model makes a million objects and no garbage: a collection would only cost half a second.
    gc.disable()
    documents: list[str] = []
    if index is None:
        text, documents = told_apart(words, article or [])
        if documents and not is_in_quotes(words):
            complain(f"asking {', '.join(documents)}, as with -a; to ask about a name, put the question in quotes")
    else:
        text = " ".join(words)
    text = _typed(settings) if text == "-" else text
    # Bytes that are not UTF-8 reach Python as lone surrogates.
    text = text.encode("utf-8", "replace").decode("utf-8").strip()
    chosen, asked = Filter.parse(only), (llm, llm_model, llm_key_variable)
    article = [*(article or []), *documents]
    assistant = open_assistant(article, index, model, settings, max_citations=k, question=text, llm=asked)
    answer = assistant.within(chosen).ask(text)
    if as_json:
        print_json(answer.to_dict())
    else:
        print_answer(answer, assistant)
    raise typer.Exit(ABSTAINED if answer.abstained else 0)


def _typed(settings: Path | None) -> str:
    """Return standard input, and no more of it than tells that it is too long."""
    from rag.settings import Settings, read_settings

    found = read_settings(settings) if settings else Settings()
    return sys.stdin.read(found.max_question_characters + 1)


@app.command()
def chat(
    article: Articles = None,
    index: IndexFolder = None,
    model: Model = None,
    settings: SettingsFile = None,
    host: Annotated[str, typer.Option(help="Address to listen on; 0.0.0.0 lets others in.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535, help="Port; when taken, the next free one.")] = 7860,
    browser: Annotated[bool, typer.Option("--browser/--no-browser", help="Open the page in the browser.")] = True,
    login: Annotated[bool, typer.Option("--login", help="Let in only whom 'beleg user add' made a user.")] = False,
    users: Annotated[Path | None, typer.Option("--users", help="Another users file; as --login.")] = None,
    allow_host: Annotated[
        list[str] | None,
        typer.Option(
            "--allow-host", metavar="NAME", help="A name it is reached by, such as a proxy's; repeat for more."
        ),
    ] = None,
    questions: Annotated[
        int | None,
        typer.Option(
            "--questions-a-minute",
            min=0,
            help="Most that one user or session may ask; 0: any number. Default: 30 where others may come in.",
        ),
    ] = None,
    feedback: Annotated[
        Path | None,
        typer.Option(help="File to keep thumbs and notes in. Default: feedback.jsonl in the user's data folder."),
    ] = None,
    no_feedback: Annotated[bool, typer.Option("--no-feedback", help="Show no thumbs.")] = False,
    library: Annotated[
        Path | None,
        typer.Option(
            "--library", help="An index folder, new or not, to keep, name and remove articles in from the page."
        ),
    ] = None,
    editor: Annotated[
        list[str] | None,
        typer.Option(
            "--editor",
            metavar="USER",
            help="Who may change the library; repeat for more, '*': anyone. Default: you, where others cannot come in.",
        ),
    ] = None,
    llm: LLMUrl = None,
    llm_model: LLMModel = None,
    llm_key_variable: LLMKey = None,
) -> None:
    """Open the web chat."""
    from rag.feedback import FeedbackFile, feedback_path

    # All checks come before the model is loaded.
    if feedback and no_feedback:
        raise typer.BadParameter("--feedback and --no-feedback exclude each other.")
    if library and (article or index):
        raise typer.BadParameter("--library excludes --article and --index: it is an index with its articles.")
    if library and is_served(library):
        raise typer.BadParameter(
            "--library is a folder: of a served index nothing is kept from the page. Expected --index."
        )
    if editor and not library:
        raise typer.BadParameter("--editor says who may change a library. Expected --library too.")
    kept_in = None if no_feedback else FeedbackFile(feedback or feedback_path()).path
    users = users or (users_path() if login else None)
    if users:
        Users(users).read()
    allowed = allow_host or []
    limits = default_limits(host, login=users is not None or bool(allowed))
    if questions is not None:
        limits = replace(limits, questions_a_minute=questions or None)
    asked, is_library = (llm, llm_model, llm_key_variable), library is not None
    assistant = open_assistant(article, library or index, model, settings, may_be_new=is_library, llm=asked)
    from ui.web.server import launch

    def end(number: int, frame: object) -> None:
        raise Ended

    signal.signal(signal.SIGTERM, end)
    try:
        launch(
            assistant,
            host=host,
            port=port,
            open_browser=browser,
            users=users,
            allowed_hosts=allowed,
            limits=limits,
            feedback=kept_in,
            library=library,
            editors=editor or (),
        )
    except KeyboardInterrupt as error:
        _leave(128 + (signal.SIGTERM if isinstance(error, Ended) else signal.SIGINT))


class Ended(KeyboardInterrupt):
    """SIGTERM came, which ends as Ctrl-C does."""


def _leave(status: int) -> None:
    """End the process at once; threads that are in the middle of computing have a moment to end.

    Nothing interrupts them. Python would wait for them, or end while they run, which their libraries answer by SIGABRT,
    and it would take apart the model piece by piece, which takes seconds.
    """
    until = time.monotonic() + SECONDS_TO_LEAVE
    for one in threading.enumerate():
        if one is not threading.current_thread():
            one.join(max(0.0, until - time.monotonic()))
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(status)


@app.command()
def mcp(
    article: Articles = None, index: IndexFolder = None, model: Model = None, settings: SettingsFile = None
) -> None:
    """Serve the articles to a program that speaks the Model Context Protocol, over standard input and output."""
    from ui.web.mcp import mcp_server

    # Standard output is the protocol's; the progress bar goes to standard error.
    assistant = open_assistant(article, index, model, settings)
    server = mcp_server(Endpoints(assistant))
    threading.Thread(target=follow, args=(assistant, Work()), name="follow the index", daemon=True).start()
    # Its loop would end only with the next line of standard input.
    signal.signal(signal.SIGINT, lambda number, frame: _leave(128 + signal.SIGINT))
    server.run()


def main() -> None:
    """Run the command line. Every error is one line on standard error."""
    # At its end Python looks at all objects for garbage, several times: with the model's half a million that takes
    # longer than an answer.
    atexit.register(gc.freeze)
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        # An article or a question may contain characters that the terminal's encoding lacks.
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="replace")
    try:
        app(standalone_mode=True)
    except BelegError as error:
        complain(str(error))
        sys.exit(BAD_INPUT)
    except KeyboardInterrupt:
        sys.exit(130)
    except BrokenPipeError:
        # The program that read the output has ended, as in 'beleg ask … | head -1'.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(FAILED)
    except PermissionError as error:
        complain(f"{error.filename} cannot be used: {error.strerror}. Expected one that you may read and write.")
        sys.exit(BAD_INPUT)
    except Exception as error:
        if os.environ.get("BELEG_DEBUG"):
            raise
        complain(f"{type(error).__name__}: {error}. Unexpected; 'beleg doctor' checks the installation, "
                 "BELEG_DEBUG=1 shows where it happened.")  # fmt: skip
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
