"""Two requests of one session at the same time: nothing is lost or mixed up, and nothing cleared comes back."""

from __future__ import annotations

import json
import sys
import threading
from copy import deepcopy
from pathlib import Path
from typing import Any

import httpx
import pytest

from index import Article, Index
from index.settings import Progress
from rag import Assistant
from rag.feedback import FeedbackFile
from tests.interruptions import SECONDS, Between, Examples, meanwhile
from tests.reported import outcome
from tests.small_set import BREAD, LAKE, TOWER
from ui.texts import TEXTS, Texts
from ui.web.chat import Chat
from ui.web.history import Opened
from ui.web.limits import Caller, QuestionLimit
from ui.web.server import launch
from ui.web.session import Conversation, rate

HIGH = "How tall is the tower?"
WHO = "Who built the tower?"
PAINT = "How often is the tower painted?"
TEXT = TEXTS["en"]


@pytest.fixture
def between(two_articles: Assistant) -> Between:
    return Between(two_articles.index, two_articles.encoder)


def ask(chat: Chat, conversation: Conversation, *questions: str) -> str:
    """Ask and return the log."""
    html = ""
    for question in questions:
        *_, html = chat.ask(conversation, question, TEXT)
    return html


def test_a_question_cleared_away_as_its_answer_comes_never_returns(between: Between) -> None:
    chat, conversation = Chat(between, {}), Conversation()
    between.happens = meanwhile(conversation.clear)
    html = ask(chat, conversation, HIGH)
    assert conversation.turns == () and conversation.notes == {}
    assert HIGH not in html and html == chat.log_html(conversation, TEXT)


def test_what_is_stopped_as_its_answer_comes_is_stopped_or_answered(between: Between) -> None:
    chat, conversation = Chat(between, {}), Conversation()
    asking = threading.Thread(target=ask, args=(chat, conversation, HIGH))
    come, stopping = threading.Event(), threading.Event()

    def wait_for_it() -> None:
        come.set()
        stopping.wait(SECONDS)

    between.happens = wait_for_it

    class Slow(Texts):
        """The real texts; `stop` asks for this one after it has read which question is being answered."""

        def __call__(self, name: str, **values: object) -> str:
            if name == "chat.stopped":
                stopping.set()
                asking.join(SECONDS)
            return super().__call__(name, **values)

    asking.start()
    assert come.wait(30)
    chat.stop(conversation, Slow("en"))
    asking.join()
    assert (len(conversation.turns), conversation.latest is None) in ((1, True), (0, False))


def test_a_log_is_of_one_conversation(two_articles: Assistant) -> None:
    conversation, examples = Conversation(), Examples()
    chat = Chat(two_articles, examples)
    before = ask(chat, conversation, HIGH, WHO)
    examples.happens = meanwhile(conversation.clear)
    log = chat.log_html(conversation, TEXT)
    assert log in (before, chat.log_html(conversation, TEXT))


def test_a_log_is_shown_while_an_article_that_it_cites_is_removed(two_articles: Assistant) -> None:
    conversation, examples = Conversation(), Examples()
    chat = Chat(two_articles, examples)
    bridge = Article.read("The bridge at Remagen is 325 metres long.\n\nIt was built in 1918.", title="Bridge")
    conversation.selection.own[bridge.id] = chat.catalogue.index(bridge)
    before = ask(chat, conversation, "How long is the bridge at Remagen?")
    assert bridge.id in before

    def remove() -> None:
        conversation.selection.open_id = bridge.id
        conversation.remove_article()

    examples.happens = meanwhile(remove)
    log = chat.log_html(conversation, TEXT)
    assert log in (before, chat.log_html(conversation, TEXT))


def test_a_thumb_on_what_is_cleared_away_does_nothing_or_counts(two_articles: Assistant, tmp_path: Path) -> None:
    chat, conversation = Chat(two_articles, {}, rated=True), Conversation()
    ask(chat, conversation, HIGH)
    turn = conversation.notes[0].id
    clear = meanwhile(conversation.clear)

    class Pressed(dict[str, Any]):
        def get(self, *asked: Any) -> Any:
            clear()
            return super().get(*asked)

    feedback = FeedbackFile(tmp_path / "feedback.jsonl")
    rated = rate(conversation, feedback, Pressed(turn=turn, verdict="right"), QuestionLimit(), Caller(None, "s", "a"))
    assert rated is None or rated.verdict == "right"


def test_articles_are_read_while_one_is_added(two_articles: Assistant) -> None:
    chat, selection = Chat(two_articles, {}), Conversation().selection
    index = chat.catalogue.index(TOWER)
    ends = threading.Event()

    def add() -> None:
        while not ends.is_set():
            for number in range(50):
                selection.own[str(number)] = index
            selection.own.clear()

    thread = threading.Thread(target=add)
    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    thread.start()
    try:
        for _ in range(2000):
            chat.catalogue.articles(selection)
            chat.catalogue.joins(selection)
    finally:
        ends.set()
        thread.join()
        sys.setswitchinterval(interval)


def test_a_question_in_between_does_not_break_off_what_is_asked_again(two_articles: Assistant) -> None:
    chat, conversation = Chat(two_articles, {}), Conversation()
    opened = Opened("f" * 32, (HIGH, WHO), ("all", "all"), (False, False), ())
    for _ in chat.replay(conversation, opened, TEXT):
        if conversation.keeping.replays:
            assert list(chat.ask(conversation, PAINT, TEXT)) == []
    assert [turn.question for turn in conversation.turns] == [HIGH, WHO] and conversation.keeping.id == "f" * 32
    ask(chat, conversation, PAINT)
    assert [turn.question for turn in conversation.turns] == [HIGH, WHO, PAINT]


def test_who_sees_an_answer_may_ask_the_next_question(two_articles: Assistant) -> None:
    chat, conversation = Chat(two_articles, {}), Conversation()
    for _ in chat.ask(conversation, HIGH, TEXT):
        if len(conversation.turns) == 1:
            ask(chat, conversation, WHO)
    assert [turn.question for turn in conversation.turns] == [HIGH, WHO]


def test_of_two_questions_at_once_one_is_answered_and_the_other_stays_in_the_box(
    two_articles: Assistant, monkeypatch: pytest.MonkeyPatch
) -> None:
    both, admit = threading.Barrier(2), QuestionLimit.admit

    def meet(limit: QuestionLimit, *asked: Any) -> None:
        both.wait(30)
        admit(limit, *asked)

    monkeypatch.setattr(QuestionLimit, "admit", meet)
    app = launch(two_articles, port=0, block=False, say=lambda line: None)
    try:
        number = next(number for number, one in app.blocks.fns.items() if one.name == "answer")
        api = f"{app.url}gradio_api/queue/"
        events = {}
        for question in (HIGH, WHO):
            joined = {"data": [question, None], "fn_index": number, "session_hash": "s"}
            events[httpx.post(f"{api}join", json=joined).json()["event_id"]] = question
        boxes: dict[str, list[Any]] = {question: [] for question in events.values()}
        ended = 0
        with httpx.stream("GET", f"{api}data", params={"session_hash": "s"}, timeout=60) as lines:
            for line in lines.iter_lines():
                said = json.loads(line[6:]) if line.startswith("data: ") else {}
                if said.get("msg") == "process_generating":
                    boxes[events[said["event_id"]]].append(said["output"]["data"][0])
                ended += said.get("msg") == "process_completed"
                if ended == 2:
                    break
        state = next(one for one in app.blocks.state_holder["s"].state_data.values() if isinstance(one, Conversation))
    finally:
        app.close()
    emptied = [question for question, shown in boxes.items() if "" in shown]
    assert len(emptied) == 1 and [turn.question for turn in state.turns] == emptied


def test_a_question_is_kept_with_what_it_was_asked_of(two_articles: Assistant) -> None:
    chat, conversation = Chat(two_articles, {}), Conversation()
    steps = chat.ask(conversation, HIGH, TEXT)
    next(steps)
    conversation.selection.scope, conversation.selection.open_id = "one", BREAD.id
    assert list(steps)
    answer = conversation.turns[0].answer
    assert answer and (conversation.asked_of, answer.abstained) in (((BREAD.id,), True), (("all",), False))


def test_the_open_article_is_removed_as_a_question_is_asked_of_it(two_articles: Assistant) -> None:
    chat, conversation = Chat(two_articles, {}), Conversation()
    remove = meanwhile(conversation.remove_article)

    class Own(dict[str, Any]):
        def __contains__(self, name: object) -> bool:
            found = super().__contains__(name)
            remove()
            return found

    conversation.selection.own = Own({TOWER.id: chat.catalogue.index(TOWER)})
    conversation.selection.scope, conversation.selection.open_id = "one", TOWER.id
    ask(chat, conversation, HIGH)
    assert conversation.asking is None
    assert WHO in ask(chat, conversation, WHO)


def test_each_sessions_copy_has_a_lock_of_its_own() -> None:
    one = Conversation()
    other = deepcopy(one)
    with one.lock:
        cleared = threading.Thread(target=other.clear, daemon=True)
        cleared.start()
        cleared.join(30)
        assert not cleared.is_alive()


def test_an_evaluations_article_that_is_being_opened_is_given_up(two_articles: Assistant) -> None:
    chat, conversation = Chat(two_articles, {}), Conversation()
    begun, ended = threading.Event(), threading.Event()

    def index(article: Article, progress: Progress) -> Index:
        # It takes for ever.
        try:
            while True:
                begun.set()
                progress("encoding", 0, 1)
        finally:
            ended.set()

    chat.catalogue.index = index  # type: ignore[method-assign, assignment]
    logs = chat.open(conversation, outcome(1, "abstained"), Article.read(LAKE), TEXTS["en"])
    next(logs)
    stopping = threading.Thread(target=lambda: begun.wait(30) and chat.stop(conversation, TEXTS["en"]))
    stopping.start()
    assert list(logs) == [] and ended.wait(30)
    assert conversation.latest is not None and conversation.latest.state == "stopped"
    stopping.join()
