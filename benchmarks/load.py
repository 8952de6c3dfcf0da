"""A served chat under load: clients that ask at once, what computes for long, and floods.

python -m benchmarks.load [--clients 32] [--seconds 60] [--only clients | long | floods]

Prints answers a second, how long they took, errors and how much memory grew by 1,000 calls; how long others wait for
the server's shortest answer while something long is computed, and when that ends after it is cancelled; and memory in
each flood. What is over a bound below is marked with <<<<, and the exit status is 1. The machine may be busy: compare
what is beside each other.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path

import httpx

from benchmarks.served import ServedChat, served

# Of memory by 1,000 calls, and in a flood.
MEGABYTES_A_THOUSAND, MEGABYTES_IN_FLOOD = 5.0, 100.0
# Which share of the answers a second that one client gets alone, all get together.
LEAST_SHARE = 0.5
# How long the shortest answer may be waited for while something long is computed, in times of what it takes beside
# the processor's own work in another process, and at least in seconds.
TIMES, LONGEST = 10.0, 0.5
QUESTIONS = [
    one["question"]
    for one in json.loads(Path(__file__).parents[1].joinpath("eval_questions.json").read_text())["questions"]
]


def marked(line: str, is_wrong: bool) -> int:
    """Print a line, and return whether something in it is over its bound."""
    print(line + ("  <<<<" if is_wrong else ""), flush=True)
    return int(is_wrong)


def ask_for(chat: ServedChat, clients: int, seconds: float) -> tuple[list[float], Counter[str], list[float]]:
    """Let clients ask, one question after the other.

    Returns:
        How long each answer took, how each call ended, and the megabytes that the process held after each third.
    """
    begun = time.perf_counter()

    def client(number: int) -> tuple[list[float], Counter[str]]:
        took: list[float] = []
        ended: Counter[str] = Counter()
        with httpx.Client(timeout=120) as line:
            while (since := time.perf_counter()) < begun + seconds:
                question = QUESTIONS[(number * 7 + len(took)) % len(QUESTIONS)]
                try:
                    how = chat.ask(line, "ask", question, [])
                except httpx.HTTPError as error:
                    how = type(error).__name__
                ended[how] += 1
                took.append(time.perf_counter() - since)
        return took, ended

    sizes = []
    with ThreadPoolExecutor(clients) as pool:
        running = [pool.submit(client, number) for number in range(clients)]
        for third in (1, 2, 3):
            time.sleep(max(0.0, begun + third * seconds / 3 - time.perf_counter()))
            sizes.append(chat.megabytes())
        found = [one.result() for one in running]
    return [one for some, _ in found for one in some], sum((one for _, one in found), Counter()), sizes


def measure_clients(clients: int, seconds: float) -> int:
    """Print what many clients get beside what one gets, and how memory grows."""
    wrong = 0
    with served("--port", "7980") as chat:
        rates = []
        # The second time shows whether memory goes on growing: a library keeps what it has prepared for each length of
        # text, some 350 MB until it has met most.
        for many in (1, clients, clients):
            before, begun = chat.megabytes(), time.perf_counter()
            took, ended, sizes = ask_for(chat, many, seconds if many > 1 else seconds / 4)
            rates.append(len(took) / (time.perf_counter() - begun))
            errors = ended.total() - ended["complete"]
            line = f"{many:3} clients: {len(took)} answers, {rates[-1]:.2f} a second, "
            line += f"median {statistics.median(took):.2f} s, 95 % in {statistics.quantiles(took, n=20)[-1]:.2f} s, "
            line += f"{errors} errors; after each third " + ", ".join(f"{one - before:+.0f}" for one in sizes) + " MB"
            wrong += marked(line, errors > 0)
        wrong += marked(f"together {rates[1] / rates[0]:.2f} times what one gets", rates[1] < LEAST_SHARE * rates[0])
        wrong += measure_calls(chat, 1000, "read_sentence", bundled_id(), 3, 2)
        wrong += measure_calls(chat, 300, "retrieve", QUESTIONS[0], 5)
    return wrong


def measure_calls(chat: ServedChat, calls: int, call: str, *data: object) -> int:
    """Print how memory grows by so many calls, three times."""
    with httpx.Client(timeout=120) as line:
        sizes, seconds = [chat.megabytes()], [time.perf_counter()]
        for _ in range(3):
            failed = sum(chat.ask(line, call, *data) != "complete" for _ in range(calls))
            sizes.append(chat.megabytes())
            seconds.append(time.perf_counter())
    grown = [later - sooner for sooner, later in pairwise(sizes)]
    took = [later - sooner for sooner, later in pairwise(seconds)]
    said = ", ".join(f"{one:+.1f} MB in {of:.0f} s" for one, of in zip(grown, took, strict=True))
    is_over = min(grown) > MEGABYTES_A_THOUSAND * calls / 1000
    return marked(f"{call}: by each {calls} calls {said}; {failed} errors", is_over or failed > 0)


def bundled_id() -> str:
    """Return the id of the article that comes with Beleg."""
    from index import bundled_article

    return bundled_article().id


@contextmanager
def waited(chat: ServedChat) -> Iterator[list[float]]:
    """Ask again and again for the shortest answer; gives how long each took."""
    took: list[float] = []
    ended = threading.Event()

    def ask() -> None:
        with httpx.Client(timeout=120) as line:
            while not ended.is_set():
                begun = time.perf_counter()
                line.get(f"{chat.url}health")
                took.append(time.perf_counter() - begun)
                ended.wait(0.02)

    thread = threading.Thread(target=ask)
    thread.start()
    try:
        yield took
    finally:
        ended.set()
        thread.join()


def busy_seconds(chat: ServedChat) -> float:
    """Return the processor's seconds that the process has worked."""
    fields = Path(f"/proc/{chat.process.pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / 100


def idle_after(chat: ServedChat, most: float = 60) -> float:
    """Return how long a process works on, in seconds."""
    begun = time.perf_counter()
    while time.perf_counter() - begun < most:
        before = busy_seconds(chat)
        time.sleep(0.5)
        if busy_seconds(chat) - before < 0.15:
            return time.perf_counter() - begun - 0.5
    return most


def add(chat: ServedChat, text: str, session: str) -> None:
    """Paste an article in the page."""
    announce = chat.handler("add-text", "click")
    chat.call(announce, session, [None])
    chat.call(chat.after(announce), session, [text, "Pasted", None])


def upload(chat: ServedChat, content: bytes, name: str) -> tuple[dict[str, object], dict[str, str]]:
    """Upload a file; return it as a handler takes it, and the cookies by which it is ours."""
    answer = httpx.post(f"{chat.url}gradio_api/upload", files={"files": (name, content)}, timeout=300)
    answer.raise_for_status()
    found = {"path": answer.json()[0], "orig_name": name, "meta": {"_type": "gradio.FileData"}}
    return found, dict(answer.cookies)


def measure_long() -> int:
    """Print how long others wait while something long is computed, and how long that goes on when it is cancelled."""
    wrong = 0
    prose = "Der Zug kam um 12 Uhr in Berlin an. " * 50_000
    tables = "Wert;12;4711;x\n" * 120_000
    with served("--port", "7981") as chat:
        with waited(chat) as quiet:
            time.sleep(5)
        print(f"quiet: {statistics.median(quiet):.3f} s, longest {max(quiet):.3f} s", flush=True)
        for name, text in {"1.8 MB of prose": prose, "1.8 MB of rows": tables, "2 MB over": "a b. " * 500_000}.items():
            session = name.replace(" ", "")
            with waited(chat) as took:
                add(chat, text, session)
                time.sleep(6)
                chat.call(chat.handler("cancel-adding", "click"), session, [None])
            after = idle_after(chat)
            line = f"adding {name}: others wait {statistics.median(took):.3f} s, longest {max(took):.3f} s; "
            line += f"cancelled, it ends after {after:.1f} s"
            wrong += marked(line, max(took) > LONGEST + TIMES * max(quiet) or after > 5)
        for name, content in {
            "90 MB of text": b"a b. " * 18_000_000,
            "20 MB of {} as questions": b"[" + b"{}," * 6_600_000 + b"{}]",
        }.items():
            is_questions = name.endswith("questions")
            part = "run-upload" if is_questions else "upload"
            announce = chat.handler(part, "upload")
            before, most = chat.megabytes(), 0.0
            with waited(chat) as took:
                given, cookies = upload(chat, content, "x.json" if is_questions else "x.txt")
                httpx_call(chat, chat.after(announce), "uploading", [given if is_questions else [given], None], cookies)
                begun = time.perf_counter()
                while time.perf_counter() - begun < 20:
                    most = max(most, chat.megabytes())
                    time.sleep(0.05)
            line = f"uploading {name}: others wait {statistics.median(took):.3f} s, longest {max(took):.3f} s; "
            line += f"{most - before:+.0f} MB"
            is_over = max(took) > LONGEST + TIMES * max(quiet) or most - before > 2 * MEGABYTES_IN_FLOOD
            wrong += marked(line, is_over)
    return wrong


def httpx_call(chat: ServedChat, handler: int, session: str, data: list[object], cookies: dict[str, str]) -> None:
    """Call one of the page's handlers as who has these cookies."""
    body = {"data": data, "fn_index": handler, "session_hash": session}
    httpx.post(f"{chat.url}gradio_api/queue/join", json=body, cookies=cookies, timeout=300).raise_for_status()


def objects(chat: ServedChat) -> None:
    """Send 20 MB of empty objects."""
    body = b'{"data": [' + b",".join([b"{}"] * 7_000_000) + b"]}"
    httpx.post(
        f"{chat.url}gradio_api/queue/join", content=body, headers={"content-type": "application/json"}, timeout=60
    )


def held_bodies(chat: ServedChat) -> None:
    """Hold ten bodies of 90 MB that nearly came."""
    head = b"POST /gradio_api/queue/join HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: %d\r\n\r\n"
    lines = [chat.connect() for _ in range(10)]
    for line in lines:
        try:
            line.sendall(head % 90_000_000)
            for _ in range(1400):
                line.sendall(b"x" * 64_000)
        except OSError:
            continue
    time.sleep(1)
    for line in lines:
        line.close()


def uncollected(chat: ServedChat) -> None:
    """Ask for what nobody collects."""
    with httpx.Client(timeout=60) as client:
        for _ in range(500):
            body = {"data": [QUESTIONS[0], 50]}
            client.post(f"{chat.url}gradio_api/call/retrieve", json=body).raise_for_status()


def pages(chat: ServedChat) -> None:
    """Open pages, each of a new session."""
    greet = next(one["id"] for one in chat.config["dependencies"] if one["api_name"] == "greet_2")
    for number in range(200):
        chat.call(greet, f"page{number}", [None])


def uploads(chat: ServedChat) -> None:
    """Begin uploads and give them up."""
    head = b"POST /gradio_api/upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 50000000\r\nContent-Type: "
    part = b'--b\r\nContent-Disposition: form-data; name="files"; filename="half.txt"\r\n\r\n'
    for _ in range(30):
        with chat.connect() as line:
            line.sendall(head + b"multipart/form-data; boundary=b\r\n\r\n" + part + b"x" * 5_000_000)


FLOODS: dict[str, Callable[[ServedChat], None]] = {
    "20 MB of {}": objects,
    "ten bodies of 90 MB": held_bodies,
    "500 results that nobody collects": uncollected,
    "200 pages that are opened": pages,
    "30 uploads that are given up": uploads,
}


def measure_floods() -> int:
    """Print how much memory each flood costs at its height, and whether the server answers behind it."""
    wrong = 0
    with tempfile.TemporaryDirectory() as folder, served("--port", "7982", TMPDIR=folder) as chat:
        for name, flood in FLOODS.items():
            before, most, ended = chat.megabytes(), [0.0], threading.Event()

            def watch(most: list[float] = most, ended: threading.Event = ended) -> None:
                while not ended.wait(0.02):
                    most[0] = max(most[0], chat.megabytes())

            thread = threading.Thread(target=watch)
            thread.start()
            flood(chat)
            time.sleep(2)
            ended.set()
            thread.join()
            status = httpx.get(f"{chat.url}health", timeout=60).status_code
            held = sum(one.stat().st_size for one in Path(folder).rglob("*") if one.is_file()) / 1e6
            line = f"{name}: {most[0] - before:+.0f} MB, then {chat.megabytes() - before:+.0f} MB; "
            line += f"{held:.0f} MB of files left"
            wrong += marked(line, most[0] - before > MEGABYTES_IN_FLOOD or status != 200 or held > 10)
    return wrong


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=32)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--only", choices=("clients", "long", "floods"))
    arguments = parser.parse_args()
    wrong = 0
    if arguments.only in (None, "clients"):
        wrong += measure_clients(arguments.clients, arguments.seconds)
    if arguments.only in (None, "long"):
        wrong += measure_long()
    if arguments.only in (None, "floods"):
        wrong += measure_floods()
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
