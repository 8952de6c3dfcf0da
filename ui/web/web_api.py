"""The web app's named endpoints, which its MCP server offers as tools too."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from inspect import Parameter, signature
from typing import Any

from index.errors import BelegError
from ui.web.callers import Caller
from ui.web.endpoints import Endpoints
from ui.web.question_limit import QuestionLimit


def add_endpoints(endpoints: Endpoints, limit: QuestionLimit, asking: dict[str, Any]) -> None:
    """Add what programs can call to the Blocks being built.

    Args:
        limit: counts the questions.
        asking: options of what reads articles, so that programs and people wait in one queue.
    """
    from gradio.events import api

    for call in endpoints.calls:
        reads = call.__name__ in ("ask", "retrieve")
        api(_for_programs(call, limit), api_name=call.__name__, queue=reads, **(asking if reads else {}))


def _for_programs(call: Callable[..., Any], limit: QuestionLimit) -> Callable[..., Any]:
    """Make a call a handler that counts questions and says what is wrong."""
    import gradio as gr

    called = signature(call)

    @wraps(call)
    def checked(request: gr.Request, *given: Any) -> Any:
        try:
            limit.admit_call(Caller.of_event(request), call.__name__, called.bind(*given).arguments)
            return call(*given)
        except BelegError as error:
            # Gradio keeps any other exception's message from the caller.
            raise gr.Error(str(error), print_exception=False) from error

    # Gradio hands the request to whoever's signature asks for it, and offers programs the other parameters.
    wants = Parameter("request", Parameter.POSITIONAL_OR_KEYWORD, annotation=gr.Request)
    checked.__signature__ = called.replace(parameters=[wants, *called.parameters.values()])  # type: ignore[attr-defined]
    checked.__annotations__ = {**call.__annotations__, "request": gr.Request}
    return checked
