"""The web app's named endpoints, which its MCP server offers as tools too."""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

from index.errors import BelegError
from ui.endpoints import Endpoints


def add_endpoints(endpoints: Endpoints, asking: dict[str, Any]) -> None:
    """Add what programs can call to the Blocks being built.

    Args:
        asking: options of what reads articles, so that programs and people wait in one queue.
    """
    from gradio.events import api

    for call in endpoints.calls:
        reads = call.__name__ in ("ask", "retrieve")
        api(_saying_what_is_wrong(call), api_name=call.__name__, queue=reads, **(asking if reads else {}))


def _saying_what_is_wrong(call: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(call)
    def checked(*given: Any) -> Any:
        import gradio as gr

        try:
            return call(*given)
        except BelegError as error:
            # Gradio keeps any other exception's message from the caller.
            raise gr.Error(str(error), print_exception=False) from error

    return checked
