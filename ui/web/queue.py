"""The queue of what computes: fair between callers, each of whom has a bound. What nobody collects expires.

It is Gradio's queue, which is first come, first served, for all alike.
"""

# No `from __future__ import annotations`; see page.py.
import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from inspect import Parameter
from typing import TYPE_CHECKING, Any

from gradio.queueing import Event, Queue
from gradio.route_utils import get_fn
from gradio.server_messages import EstimationMessage

from index.errors import BelegError
from ui.texts import texts_for
from ui.web.limits import USER, Caller, Limits
from ui.web.origin import SessionOwners

if TYPE_CHECKING:
    import gradio as gr

# How long a result waits to be collected.
RESULT_SECONDS = 300
# So many callers' last turns are remembered.
MOST_CALLERS = 10_000


class FairQueue(Queue):
    """Gradio's queue, in which callers take turns.

    The next place goes to the network address, or the user, that has waited longest since its last turn, and of its
    sessions to the one that has. With login a session is its user's only.

    Args:
        blocks: the page; its `queue` has been called.
        limits: how many of a caller's may wait and be computed.
        owners: notes whose the results are.
    """

    def __init__(self, blocks: "gr.Blocks", limits: Limits, owners: SessionOwners) -> None:
        made = blocks._queue
        super().__init__(
            live_updates=made.live_updates,
            concurrency_count=made.max_thread_count,
            update_intervals=made.update_intervals,
            max_size=None,
            blocks=blocks,
        )
        self._limits, self._owners = limits, owners
        self._turns = itertools.count(1)
        self._last_turn: dict[str, int] = {}
        self._last_message: dict[str, float] = {}
        # Nobody looks at Gradio's record of the last 10,000 calls.
        self.ANALYTICS_MAX_EVENTS = 0

    def compute_analytics_summary(self, records: Any) -> Any:
        """Compute nothing: with each call Gradio makes a table of all that it has on record, for its monitoring."""
        return self.cached_event_analytics_summary

    async def push(self, body: Any, request: Any, username: str | None) -> Any:
        """Add a call, or say why not; raises nothing for what a program sends wrongly."""
        try:
            fn = get_fn(self.blocks, None, body)
            left_out = getattr(fn.fn, "defaults", [])[len(body.data) :]
            body.data += left_out if Parameter.empty not in left_out else []
            known = isinstance(body.session_hash, str | None) and len(body.data) >= len(fn.inputs)
        except Exception:
            known = False
        if not known:
            return False, "There is no such call, or it has other arguments. Expected one of docs/api.md.", "error"
        if check := getattr(fn.fn, "check", None):
            try:
                check(body.data)
            except BelegError as error:
                return False, texts_for(request.headers.get("accept-language", "")).error(error), "error"
        if full := self._full(fn.concurrency_id, username, body.session_hash, request):
            return False, full, "queue_full"
        pushed = await super().push(body, request, username)
        if pushed[0] and username:
            self._owners.claim(str(pushed[1]), username)
        return pushed

    @asynccontextmanager
    async def turn(self, call: str, request: Any) -> AsyncIterator[None]:
        """Wait for the place of a call that did not come by Gradio, and hold it: as if it had.

        Args:
            call: the name that the call has for programs.
            request: Starlette's.

        Raises:
            BelegError: too many wait.
        """
        fn = next(one for one in self.blocks.fns.values() if one.api_name == call)
        user = request.scope.get(USER)
        self.create_event_queue_for_fn(fn)
        if full := self._full(fn.concurrency_id, user, None, request):
            raise BelegError(full, "queue-full")
        turn = _Turn(None, fn, request, user)
        waiting = self.event_queue_per_concurrency_id[turn.concurrency_id].queue
        waiting.append(turn)
        try:
            await turn.has_come.wait()
            yield
        finally:
            turn.is_over.set()
            with suppress(ValueError):
                waiting.remove(turn)

    def _full(self, concurrency_id: str, username: str | None, session: str | None, request: Any) -> str:
        """Return why nothing more may wait; "" where it may."""
        queue = self.event_queue_per_concurrency_id.get(concurrency_id)
        waiting = queue.queue if queue else []
        most = self._limits.waiting
        if most is not None and len(waiting) >= most:
            return f"Queue is full. Max size is {most} and size is {len(waiting)}."
        if (each := self._limits.waiting_each) is None:
            return ""
        group = _group(username, request)
        own = [one for one in waiting if _group(one.username, one.request) == group]
        # Others at the same address, as in a household, have a place too.
        mine = own if username else [one for one in own if one.session_hash == session]
        if len(mine) >= each or (most is not None and len(own) >= most // 2):
            return f"Queue is full. {len(own)} calls of yours wait; wait for their answers."
        return ""

    def get_events(self) -> tuple[list[Event], bool, str] | None:
        """Take the next call from the queue; None where none may be computed now."""
        running = [one for job in self.active_jobs if job for one in job]
        for concurrency_id, queue in self.event_queue_per_concurrency_id.items():
            limit = queue.concurrency_limit
            if not queue.queue or (limit is not None and queue.current_concurrency >= limit):
                continue
            of_callers = Counter(_caller(one) for one in running if one.concurrency_id == concurrency_id)
            at_once = self._limits.at_once
            ready = [one for one in queue.queue if at_once is None or of_callers[_caller(one)] < at_once]
            if ready:
                event = min(ready, key=self._since)
                queue.queue.remove(event)
                self._note_turn(event)
                return [event], False, concurrency_id
        return None

    def _since(self, event: Event) -> tuple[int, int]:
        turn = self._last_turn.get
        return turn(_group(event.username, event.request), 0), turn(_caller(event), 0)

    def _note_turn(self, event: Event) -> None:
        number = next(self._turns)
        for name in (_group(event.username, event.request), _caller(event)):
            self._last_turn.pop(name, None)
            self._last_turn[name] = number
        while len(self._last_turn) > MOST_CALLERS:
            del self._last_turn[next(iter(self._last_turn))]

    def send_message(self, event: Event, event_message: Any) -> None:
        """Note when a session's last message came, and keep it until it is collected.

        Of how long it is to wait, each call is told whenever another one moves: who does not listen keeps one of these.
        """
        if not event.alive:
            return
        waiting = self.pending_messages_per_session.get(event.session_hash)
        if isinstance(event_message, EstimationMessage) and waiting is not None and not waiting.empty():
            return
        self._last_message[event.session_hash] = time.monotonic()
        super().send_message(event, event_message)

    async def process_events(self, events: list[Event], *more: Any) -> None:
        """Compute a call. What Gradio keeps of a session goes with a call that has none."""
        if isinstance(events[0], _Turn):
            return await self._hold(events, events[0], *more)
        try:
            await super().process_events(events, *more)
        finally:
            holder = self.blocks.state_holder
            for event in events:
                if event.session_hash == event._id:
                    holder.session_data.pop(event._id, None)
                    holder.time_last_used.pop(event._id, None)

    async def _hold(self, events: list[Event], turn: "_Turn", batch: bool, begun: float, *more: Any) -> None:
        """Keep a place until its turn is over, as Gradio does while it computes."""
        queue = self.event_queue_per_concurrency_id[turn.concurrency_id]
        try:
            turn.has_come.set()
            await turn.is_over.wait()
        finally:
            queue.current_concurrency -= 1
            queue.start_times_per_fn[turn.fn].discard(begun)
            self.active_jobs[self.active_jobs.index(events)] = None

    def expire(self) -> None:
        """Drop the results that nobody has collected in time. Call it in the event loop, now and then."""
        now = time.monotonic()
        busy = {one.session_hash for one in self.event_ids_to_events.values()}
        for session, then in list(self._last_message.items()):
            if now - then > RESULT_SECONDS and session not in busy:
                del self._last_message[session]
                if session in self.pending_messages_per_session:
                    del self.pending_messages_per_session[session]
                self.pending_event_ids_session.pop(session, None)


class _Turn(Event):
    """A place in the queue for what is computed elsewhere."""

    def __init__(self, *about: Any) -> None:
        super().__init__(*about)
        # Gradio sends it no messages.
        self.alive = False
        self.has_come, self.is_over = asyncio.Event(), asyncio.Event()


def _group(username: str | None, request: Any) -> str:
    return f"user {username}" if username else f"address {Caller.of_scope(request.scope).address}"


def _caller(event: Event) -> str:
    return f"user {event.username}" if event.username else f"session {event.session_hash}"
