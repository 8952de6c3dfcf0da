"""Routes for programs in one call each: Beleg as a model of OpenAI's API, and plain JSON.

    GET  /v1/models             what can be asked: all articles, or one
    POST /v1/chat/completions   an answer with [1]-style markers, streamed if asked for, and its data in "beleg"
    POST /api/ask               what `Answer.to_dict()` gives
    POST /api/retrieve          the nearest sentences
    GET  /api/openapi.json      these, described

They stand behind the same login and limits as the page, and wait in the same queue.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from functools import partial
from importlib.metadata import version
from typing import Any

from fastapi import APIRouter
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, Field
from starlette.concurrency import iterate_in_threadpool, run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse

from index.errors import BelegError, LimitError, QuestionError
from rag import Assistant
from rag.answer import Answer, Event
from ui.web.api import AWAY, Endpoints, for_visitors, wished_language
from ui.web.limits import Caller, QuestionLimit

# The name of all articles together as a model; an article's name is this, a slash and its id.
ALL = "beleg"
# Of a chat, so many questions before the last one are read.
MOST_BEFORE = 3
MOST_MODELS = 100
# After so long a program may ask again where the index's server does not answer.
SECONDS_AWAY = 60
NO_STORE = {"Cache-Control": "no-store"}


class Asked(BaseModel):
    """A question to `/api/ask`."""

    question: str = Field(description="The question, in any language.")
    history: list[str] = Field([], description="The questions asked before it, oldest first; 20 at most.")
    language: str = Field("", description="ISO 639-1 code to answer in where the question does not tell.")
    article: str = Field("", description="The id of the one article to ask; empty for all.")
    only: str = Field("", description="A filter, such as 'format:pdf date:2024'; empty for all.")


class Sought(BaseModel):
    """A question to `/api/retrieve`."""

    question: str = Field(description="The question, in any language.")
    k: int = Field(10, description="How many sentences, 1 to 100.")
    article: str = Field("", description="The id of the one article to search; empty for all.")
    only: str = Field("", description="A filter, such as 'format:pdf date:2024'; empty for all.")


class Message(BaseModel):
    """A message of a chat; of all roles only the user's are read."""

    role: str
    content: str | list[dict[str, Any]] | None = ""

    @property
    def text(self) -> str:
        """What it says; pictures and the like say nothing."""
        if isinstance(self.content, list):
            return "\n".join(str(part.get("text", "")) for part in self.content if part.get("type") == "text")
        return self.content or ""


class Completion(BaseModel):
    """A request to `/v1/chat/completions`; what else OpenAI's API knows is taken and changes nothing."""

    model: str = ALL
    messages: list[Message]
    stream: bool = False


def program_routes(
    endpoints: Callable[[str], Endpoints],
    assistant: Assistant,
    limit: QuestionLimit,
    turn: Callable[[str, Any], AbstractAsyncContextManager[None]],
) -> APIRouter:
    """Return the routes.

    Args:
        endpoints: what answers about one article, by its id, or about all, by "".
        assistant: the server's.
        limit: counts the questions.
        turn: waits for the place of a call, as `FairQueue.turn` does.
    """
    router = APIRouter()

    async def answered(request: Request, name: str, article: str, given: Mapping[str, Any]) -> Response:
        try:
            limit.admit_call(Caller.of_scope(request.scope), name, given)
            async with turn(name, request):
                return JSONResponse(
                    await run_in_threadpool(lambda: getattr(endpoints(article), name)(**given)), headers=NO_STORE
                )
        except BelegError as error:
            return _refused(error)

    @router.post("/api/ask", summary="Answer a question with the sentences that prove it")
    async def ask(asked: Asked, request: Request) -> Response:
        language = asked.language or wished_language(request.headers)
        given = {"question": asked.question, "history": asked.history, "only": asked.only, "language": language}
        return await answered(request, "ask", asked.article, given)

    @router.post("/api/retrieve", summary="Find the sentences nearest to a question")
    async def retrieve(sought: Sought, request: Request) -> Response:
        given = {"question": sought.question, "k": sought.k, "only": sought.only}
        return await answered(request, "retrieve", sought.article, given)

    @router.get("/v1/models", summary="What can be asked, as models")
    async def models() -> Response:
        ids = [article.id for article in assistant.articles[:MOST_MODELS]] if len(assistant.articles) > 1 else []
        listed = [ALL, *(f"{ALL}/{one}" for one in ids)]
        data = [{"id": one, "object": "model", "created": 0, "owned_by": ALL} for one in listed]
        return JSONResponse({"object": "list", "data": data}, headers=NO_STORE)

    @router.post("/v1/chat/completions", summary="Answer the last message of a chat")
    async def complete(asked: Completion, request: Request) -> Response:
        said = [one.text for one in asked.messages if one.role == "user" and one.text.strip()]
        article = asked.model.partition("/")[2] if asked.model.startswith(f"{ALL}/") else ""
        question, history = said[-1] if said else "", said[:-1][-MOST_BEFORE:]
        try:
            assistant.settings.check_question(question)
            source = endpoints(article)
            limit.admit_call(Caller.of_scope(request.scope), "ask", {"history": history})
        except BelegError as error:
            return _refused(error)
        language = wished_language(request.headers)
        events = partial(source.stream, question, history, language)
        about = {"id": f"chatcmpl-{uuid.uuid4().hex}", "created": int(time.time()), "model": asked.model}
        if asked.stream:
            stream = _chunks(about, lambda: turn("ask", request), events)
            headers = {**NO_STORE, "X-Accel-Buffering": "no"}
            return StreamingResponse(stream, media_type="text/event-stream", headers=headers)
        try:
            async with turn("ask", request):
                answer = await run_in_threadpool(lambda: [one.answer for one in events() if one.answer][-1])
        except BelegError as error:
            return _refused(error)
        message = {"role": "assistant", "content": answer.text}
        choice = {"index": 0, "message": message, "finish_reason": "stop"}
        whole = {**about, "object": "chat.completion", "choices": [choice], "beleg": answer.to_dict()}
        return JSONResponse(whole, headers=NO_STORE)

    @router.get("/api/openapi.json", include_in_schema=False)
    async def described() -> Response:
        about = "Answers with the sentences that prove them. With login, send HTTP Basic or 'Bearer NAME:PASSWORD'."
        return JSONResponse(
            get_openapi(title="Beleg", version=version("beleg"), description=about, routes=router.routes)
        )

    return router


async def _chunks(
    about: dict[str, Any],
    turn: Callable[[], AbstractAsyncContextManager[None]],
    events: Callable[[], Any],
) -> AsyncIterator[str]:
    """Yield an answer's pieces as OpenAI's API streams them; the last has the answer's data."""

    def chunk(delta: dict[str, str], answer: Answer | None = None) -> str:
        choice = {"index": 0, "delta": delta, "finish_reason": "stop" if answer else None}
        data = {**about, "object": "chat.completion.chunk", "choices": [choice]}
        if answer:
            data["beleg"] = answer.to_dict()
        return f"data: {json.dumps(data, ensure_ascii=False)}\n\n"

    try:
        yield chunk({"role": "assistant", "content": ""})
        async with turn():
            event: Event
            async for event in iterate_in_threadpool(events()):
                if event.answer is not None:
                    yield chunk({}, event.answer)
                elif event.kind == "text":
                    # A comment keeps the connection open while an LLM is awaited.
                    yield chunk({"content": event.text}) if event.text else ": \n\n"
    except BelegError as error:
        yield f"data: {json.dumps({'error': _error(for_visitors(error))}, ensure_ascii=False)}\n\n"
    yield "data: [DONE]\n\n"


def malformed(fault: Mapping[str, Any]) -> Response:
    """Return the answer to a request whose body is not as it should be.

    Args:
        fault: pydantic's first error.
    """
    where = ".".join(str(step) for step in fault["loc"] if step != "body") or "the body"
    said = f"{where}: {fault['msg']}. Expected what /api/openapi.json describes."
    return _refused(QuestionError(said, "request-malformed", where=where))


def _refused(error: BelegError) -> Response:
    error = for_visitors(error)
    status = {"rate_limit_error": 429, "server_error": 503}.get(_kind(error), 400)
    seconds = error.seconds if isinstance(error, LimitError) else SECONDS_AWAY if status == 503 else None
    waits = {"Retry-After": str(seconds)} if seconds else {}
    return JSONResponse({"error": _error(error)}, status, {**NO_STORE, **waits})


def _error(error: BelegError) -> dict[str, Any]:
    return {"message": str(error), "type": _kind(error), "code": error.code}


def _kind(error: BelegError) -> str:
    """Return what OpenAI's API calls such an error."""
    if isinstance(error, LimitError) or error.code == "queue-full":
        return "rate_limit_error"
    return "server_error" if error.code == AWAY else "invalid_request_error"
