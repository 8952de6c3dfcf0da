"""How a served chat ends, and who keeps it from answering: signals, idle and in answers, and idle connections.

python -m benchmarks.stops

Each is a process of its own. Ctrl-C has to end it with 130 and SIGTERM with 143, each within SECONDS, and after IDLE
connections that say nothing it has to answer within IDLE_SECONDS of the first. What is over, or ends otherwise, is
marked with <<<<, and the exit status is 1. How long `beleg --help` takes says
how busy the machine is.
"""

from __future__ import annotations

import resource
import signal
import subprocess
import sys
import time
from contextlib import ExitStack

import httpx

from benchmarks.served import BELEG, ServedChat, served

SECONDS = 2.0
IDLE, IDLE_FILES, IDLE_SECONDS = 1200, 1024, 5.0
# Each is answered after the twenty before it: for some seconds.
QUESTION, BEFORE = "Wer traf sich?", ["Wo trafen sie sich?"] * 20
FROM_PYTHON = "from rag import Assistant; from ui.web.server import launch; launch(Assistant.open(), port=0)"


def begin_answers(chat: ServedChat) -> None:
    """Let as many answers begin as are computed at once, and more wait."""
    for _ in range(4):
        httpx.post(f"{chat.url}gradio_api/call/ask", json={"data": [QUESTION, BEFORE]}, timeout=60).raise_for_status()
    while httpx.get(f"{chat.url}gradio_api/queue/status", timeout=60).json()["queue_size"] > 2:
        time.sleep(0.01)


def begin_adding(chat: ServedChat) -> None:
    """Let an article of 2 million characters be added."""
    announce = chat.handler("add-text", "click")
    chat.call(announce, "adding", [None])
    chat.call(chat.after(announce), "adding", ["Der Zug kam um 12 Uhr in Berlin an. " * 50_000, "Züge", None])
    time.sleep(1)


def end(chat: ServedChat, number: signal.Signals) -> tuple[int, float, str]:
    """End a chat by a signal; return its exit status, the seconds that it took, and what it said."""
    begun = time.perf_counter()
    chat.process.send_signal(number)
    status = chat.process.wait(60)
    took = time.perf_counter() - begun
    return status, took, chat.process.stdout.read() if chat.process.stdout else ""


def endings() -> int:
    """Print how each ending goes; return how many are not as they have to be."""
    wrong = 0
    states = {"idle": lambda chat: None, "in four answers": begin_answers, "in an addition": begin_adding}
    for name, program in {"beleg chat": (), "launch()": (sys.executable, "-c", FROM_PYTHON)}.items():
        for state, begin in states.items():
            for number in (signal.SIGINT, signal.SIGTERM):
                if name == "launch()" and number == signal.SIGTERM:
                    # What SIGTERM does is for a program of one's own to say.
                    continue
                with served("--port", "7960", program=program) as chat:
                    begin(chat)
                    status, took, said = end(chat, number)
                expected = (128 + number,) if not program else (128 + number, -number)
                is_wrong = status not in expected or took > SECONDS or (not program and "Traceback" in said)
                wrong += is_wrong
                mark = "  <<<<" if is_wrong else ""
                print(f"{name:10} {number.name:7} {state:16} {status:4} in {took:5.2f} s{mark}", flush=True)
    return wrong


def idle_connections() -> int:
    """Print how long a chat that many idle connections came to does not answer; return 1 where that is too long."""
    resource.setrlimit(resource.RLIMIT_NOFILE, (4096, resource.getrlimit(resource.RLIMIT_NOFILE)[1]))
    with served("--port", "7960", files=IDLE_FILES) as chat, ExitStack() as stack:
        httpx.get(f"{chat.url}health", timeout=60).raise_for_status()
        begun = time.perf_counter()
        for _ in range(IDLE):
            stack.enter_context(chat.connect())
        connected = time.perf_counter() - begun
        status = httpx.get(f"{chat.url}health", timeout=60).status_code
        took = time.perf_counter() - begun
        is_wrong = status != 200 or took > IDLE_SECONDS
    mark = "  <<<<" if is_wrong else ""
    said = f"{connected:.1f} s to connect, {status} after {took:.1f} s"
    print(f"{IDLE} idle connections at {IDLE_FILES} files: {said}{mark}")
    return int(is_wrong)


def main() -> int:
    begun = time.perf_counter()
    subprocess.run([BELEG, "--help"], stdout=subprocess.DEVNULL, check=True)
    print(f"beleg --help: {time.perf_counter() - begun:.2f} s", flush=True)
    wrong = endings()
    wrong += idle_connections()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
