"""The connection to an LLM: any server that speaks OpenAI's API. The only importer of `openai`.

A server may be slow, broken or hostile: all it sends is bounded in time and size, and whatever goes wrong is an
LLMError that says what repairs it. The key is read from its variable for each request, and stands in no message.
"""

from __future__ import annotations

import json
import os
import queue
import re
import threading
import time
from collections.abc import Generator, Iterator, Mapping
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urlsplit

from index.errors import ExtraError, LLMError
from rag.settings import LLMSettings

if TYPE_CHECKING:
    import openai

# Of an answer's text, and of all that a server sends for it.
MOST_CHARACTERS = 50_000
MOST_BYTES = 4_000_000
SECONDS_TO_CONNECT = 10.0
# How often whoever waits for a piece is told that there is none yet.
SECONDS_BETWEEN_SIGNS = 0.5
_MOST_SAID = 200
_LOOPBACK = re.compile(r"localhost|127(?:\.\d{1,3}){3}|\[?::1\]?", re.IGNORECASE)
_CONTEXT = re.compile(r"context|too long|maximum.{0,20}(?:length|tokens)|exceed", re.IGNORECASE)
_MODEL = re.compile(r"model", re.IGNORECASE)


def host_of(settings: LLMSettings) -> str:
    """Return the host that questions and passages go to; "" where it is this machine.

    Raises:
        LLMError: the URL is none, or has a name or a password in it.
    """
    try:
        url = urlsplit(settings.url)
        host, has_user = url.hostname or "", url.username is not None or url.password is not None
        fits = url.scheme in ("http", "https") and bool(host) and (url.port is None or url.port > 0)
    except ValueError:
        fits = has_user = False
        host = ""
    if has_user:
        raise LLMError(
            "the LLM's URL has a name or a password in it. Expected none: put the key into the variable "
            f"{settings.key_variable}, or name another with --llm-key-variable.",
            "llm-url-with-key",
            variable=settings.key_variable,
        )
    if not fits:
        raise LLMError(
            f"{settings.url!r} is no URL of an LLM. Expected one like http://127.0.0.1:11434/v1.",
            "llm-no-url",
            url=settings.url,
        )
    return "" if _LOOPBACK.fullmatch(host) else host


class LLM:
    """Asks one model of one server. Threads may share it.

    Raises:
        ExtraError: the library that it needs is not installed.
        LLMError: the URL is none.
    """

    def __init__(self, settings: LLMSettings) -> None:
        self.settings = settings
        self.host = host_of(settings)
        try:
            import openai
        except ImportError as error:
            raise ExtraError(
                "an LLM needs a library that is not installed. Install it: pip install 'beleg[llm]'",
                "llm-not-installed",
            ) from error
        self._openai = openai

    def models(self) -> list[str]:
        """Return the names of the server's models.

        Raises:
            LLMError: the server does not say.
        """
        return [str(model) for model in self._within(self._list, time.monotonic() + self.settings.timeout)]

    def stream(self, messages: list[dict[str, str]]) -> Generator[str, None, None]:
        """Yield the pieces of an answer as they come, and "" now and then while none comes.

        Raises:
            LLMError: the server refuses, fails, sends something else or too much, or is not done in time.
        """
        deadline = time.monotonic() + self.settings.timeout

        def talk(client: openai.OpenAI) -> Iterator[str]:
            return self._talk(client, messages)

        return self._within(talk, deadline)

    def _within(self, work: Any, deadline: float) -> Generator[str, None, None]:
        """Yield what some work yields, which another thread does: no server can hold up whoever waits for it."""
        pieces: queue.SimpleQueue[str | BaseException | None] = queue.SimpleQueue()
        client = self._client(deadline - time.monotonic())

        def run() -> None:
            try:
                for piece in work(client):
                    pieces.put(piece)
                pieces.put(None)
            except BaseException as error:
                pieces.put(error)

        threading.Thread(target=run, name="llm", daemon=True).start()
        try:
            while True:
                try:
                    left = deadline - time.monotonic()
                    piece = pieces.get(timeout=max(0.0, min(left, SECONDS_BETWEEN_SIGNS)))
                except queue.Empty:
                    if time.monotonic() >= deadline:
                        raise self._late() from None
                    piece = ""
                if piece is None:
                    return
                if isinstance(piece, BaseException):
                    raise self._error(piece) from None
                yield piece
        finally:
            # The other thread, which may wait for the server, ends with its connection.
            client.close()

    def _client(self, seconds: float) -> openai.OpenAI:
        key = os.environ.get(self.settings.key_variable, "").strip()
        omit = self._openai.Omit()
        # What the environment says of another account of the user's is not for this server.
        headers: dict[str, Any] = {"OpenAI-Organization": omit, "OpenAI-Project": omit}
        headers["Accept-Encoding"] = "identity"
        client: openai.OpenAI = self._openai.OpenAI(
            base_url=self.settings.url,
            # Without one the library would take the user's for OpenAI; a server that wants none ignores this.
            api_key=key or "none",
            default_headers=headers,
            max_retries=self.settings.retries,
            timeout=self._openai.Timeout(seconds, connect=min(seconds, SECONDS_TO_CONNECT)),
            http_client=self._openai.DefaultHttpx2Client(
                # A redirect would lead to a host that nobody named.
                follow_redirects=False,
                # Nor does a proxy see what goes to this machine.
                trust_env=bool(self.host),
                event_hooks={"response": [_bound]},
            ),
        )
        return client

    def _list(self, client: openai.OpenAI) -> Iterator[str]:
        yield from (str(model.id) for model in client.models.list())

    def _talk(self, client: openai.OpenAI, messages: list[dict[str, str]]) -> Iterator[str]:
        settings = self.settings
        model = settings.model or next(self._list(client), "")
        sent = 0
        finished = thought = False
        stream = client.chat.completions.create(
            model=model,
            messages=cast(Any, messages),
            temperature=settings.temperature,
            max_tokens=settings.max_tokens,
            stream=True,
            extra_body=dict(settings.extra_body) or None,
        )
        for chunk in stream:
            for choice in (getattr(chunk, "choices", None) or ())[:1]:
                delta = getattr(choice, "delta", None)
                said = getattr(delta, "content", None)
                thought = thought or bool(
                    getattr(delta, "reasoning_content", None) or getattr(delta, "reasoning", None)
                )
                if isinstance(said, str) and said:
                    sent += len(said)
                    if sent > MOST_CHARACTERS:
                        raise _flood()
                    yield said
                if getattr(choice, "finish_reason", None):
                    finished = True
                    if choice.finish_reason == "length" and sent:
                        # Of a statement that was cut off, nobody knows how it would have ended.
                        yield CUT_OFF
        if not sent:
            raise self._empty(thought)
        if not finished:
            raise LLMError(
                f"the LLM at {self._shown} broke off. Ask again; 'beleg doctor --llm URL' checks it.",
                "llm-broke-off",
                url=self._shown,
            )

    @property
    def _shown(self) -> str:
        """The URL without its query, in which a key may stand."""
        return self.settings.url.partition("?")[0].partition("#")[0]

    def _empty(self, thought: bool) -> LLMError:
        why = " It only thought" if thought else ""
        return LLMError(
            f"the LLM at {self._shown} answered nothing.{why}{'.' if why else ''} Expected text: a model that thinks "
            'needs more tokens ("max_tokens" of "llm" in the settings), or to be told not to ("extra_body").',
            "llm-empty",
            url=self._shown,
        )

    def _late(self) -> LLMError:
        return LLMError(
            f"the LLM at {self._shown} was not done in {self.settings.timeout:g} s. Allow it more time "
            '("timeout" of "llm" in the settings), or take a smaller model.',
            "llm-late",
            url=self._shown,
            seconds=f"{self.settings.timeout:g}",
        )

    def _error(self, error: BaseException) -> LLMError:
        """Return what went wrong as an error of ours, without the key, which a server may repeat."""
        openai, url = self._openai, self._shown
        if isinstance(error, LLMError):
            return error
        if isinstance(error, openai.APITimeoutError):
            return self._late()
        if isinstance(error, openai.AuthenticationError | openai.PermissionDeniedError):
            return LLMError(
                f"the LLM at {url} refuses the key. Expected it in the variable {self.settings.key_variable}, which is "
                f"{'set' if os.environ.get(self.settings.key_variable) else 'not set'}.",
                "llm-key-refused",
                url=url,
                variable=self.settings.key_variable,
            )
        if isinstance(error, openai.APIStatusError):
            return self._refused(error.status_code, self._said(error))
        if isinstance(error, openai.APIConnectionError):
            cause = next((one for one in _causes(error) if isinstance(one, LLMError)), None)
            return cause or LLMError(
                f"no LLM answers at {url}. Start it, or name another with --llm.", "llm-unreachable", url=url
            )
        if isinstance(error, openai.APIError):
            return self._refused(0, self._said(error))
        if isinstance(
            error, json.JSONDecodeError | UnicodeDecodeError | ValueError | TypeError | AttributeError | KeyError
        ):
            return _foreign(url)
        return LLMError(f"no LLM answers at {url}. Start it, or name another with --llm.", "llm-unreachable", url=url)

    def _refused(self, status: int, said: str) -> LLMError:
        url, model = self._shown, self.settings.model
        if _CONTEXT.search(said):
            return LLMError(
                f"the model's context is too short for the passages. Give the server a longer one, or set "
                f'"prompt_characters" of "llm" in the settings lower. It said: {said}',
                "llm-context",
                url=url,
            )
        if status == 404 or (status == 400 and _MODEL.search(said)):
            return LLMError(
                f"the LLM at {url} does not know the model {model!r} or the path. Expected a model that it has, and a "
                f"URL that mostly ends in /v1: 'beleg doctor --llm {url}' lists the models.",
                "llm-no-model",
                url=url,
                model=model,
            )
        if status in (429, 503):
            return LLMError(
                f"the LLM at {url} is busy ({status}). Ask again later.", "llm-busy", url=url, status=str(status)
            )
        if 300 <= status < 400:
            return LLMError(
                f"the LLM at {url} leads elsewhere ({status}). Name the URL where it is.",
                "llm-moved",
                url=url,
                status=str(status),
            )
        shown = f": {said}" if said else ""
        return LLMError(
            f"the LLM at {url} failed{f' ({status})' if status else ''}{shown}. 'beleg doctor --llm {url}' checks it.",
            "llm-failed",
            url=url,
            status=str(status or ""),
        )

    def _said(self, error: Any) -> str:
        """Return the first words of a server's own message, with the key taken out."""
        body = getattr(error, "body", None)
        said = body.get("message") if isinstance(body, Mapping) else None
        text = " ".join(str(said or "").split())
        key = os.environ.get(self.settings.key_variable, "").strip()
        if key:
            text = text.replace(key, "…")
        return "" if text.lstrip().startswith("<") else text[:_MOST_SAID]


# A piece that says that the text ends in the middle of a line.
CUT_OFF = "\0"


def _foreign(url: str) -> LLMError:
    return LLMError(
        f"what answers at {url} is no LLM, or none with OpenAI's API. Expected a URL that mostly ends in /v1.",
        "llm-foreign",
        url=url,
    )


def _flood() -> LLMError:
    return LLMError("the LLM sent more than an answer has. Expected some lines; take another model.", "llm-flood")


def _causes(error: BaseException) -> Iterator[BaseException]:
    seen: BaseException | None = error
    while seen is not None:
        yield seen
        seen = seen.__cause__ or seen.__context__


def _bound(response: Any) -> None:
    """Refuse what is no answer of an LLM, and let no more of it through than an answer has."""
    import httpx2

    kind = response.headers.get("content-type", "").partition(";")[0].strip().lower()
    if response.is_success and kind not in ("text/event-stream", "application/json", "text/plain", ""):
        raise _foreign(str(response.request.url))
    if response.headers.get("content-encoding", "identity").lower() != "identity":
        # Who packs what was asked for unpacked may pack gigabytes.
        raise _foreign(str(response.request.url))

    class Bounded(httpx2.SyncByteStream):
        def __init__(self, stream: httpx2.SyncByteStream) -> None:
            self._stream = stream

        def __iter__(self) -> Iterator[bytes]:
            count = 0
            for part in self._stream:
                count += len(part)
                if count > MOST_BYTES:
                    raise _flood()
                yield part

        def close(self) -> None:
            self._stream.close()

    response.stream = Bounded(response.stream)
