"""Every word of the evaluation tab that is not a report's, in German and in English."""

from __future__ import annotations

from dataclasses import dataclass

from ui.texts import Language

# As README has it; about the bundled article.
EXAMPLE = """{
  "format": "beleg-questions/1",
  "questions": [
    {
      "id": "1",
      "category": "factoid",
      "question": "Wann trafen sie sich zuletzt?",
      "answerable": true,
      "answers": ["im Mai"],
      "evidence": [{"text": "zuletzt im Mai in Seoul"}]
    },
    {
      "id": "2",
      "category": "follow-up",
      "question": "Und wer wurde nach Washington eingeladen?",
      "history": ["Wann trafen sie sich zuletzt?"],
      "answerable": true,
      "evidence": [
        {"text": "zu denen auch Australien und Neuseeland gehören", "group": 1},
        {"text": "Yoon und Kishida", "occurrence": 1, "group": 2}
      ]
    },
    {"id": "3", "question": "Wie lange dauerte das Treffen?", "answerable": false}
  ]
}"""


@dataclass(frozen=True, slots=True)
class EvaluationTexts:
    """The tab's texts in one language; `{name}` marks what is filled in where a text is used."""

    heading: str
    welcome: str
    own_format: str
    own_format_says: str
    copy: str
    copied: str
    run_bundled: str
    upload: str
    stop: str
    save: str
    waiting: str
    reading: str
    about: str
    about_several: str
    other_article: str
    progress: str
    stopped: str
    too_large: str
    missing: str
    install: str
    failed: str
    gone: str


EVALUATION_TEXTS: dict[Language, EvaluationTexts] = {
    "de": EvaluationTexts(
        heading="Messen",
        welcome="Beleg beantwortet eine ganze Fragenmenge, deren Antworten bekannt sind, und zeigt, wie viele Fragen "
        "gelingen und welche nicht. Was misslang, lässt sich danach im Gespräch öffnen.",
        own_format="So sieht eine Datei mit eigenen Fragen aus",
        own_format_says="Unter „evidence“ stehen die Worte des Artikels, der im Gespräch geöffnet ist. Auch SQuAD- und "
        "XQuAD-R-Dateien gehen. Während eine Messung läuft, lässt sich keine andere Datei wählen.",
        copy="Kopieren",
        copied="Kopiert",
        run_bundled="Mitgelieferte Fragen messen",
        upload="Eigene Fragen (JSON) messen …",
        stop="Anhalten",
        save="Bericht speichern",
        waiting="Wartet, bis eine andere Messung zu Ende ist …",
        reading="Liest die Fragen und bereitet den Artikel vor …",
        about="{n} {questions} aus {set} an „{title}“.",
        about_several="{n} {questions} aus {set} an {articles} Artikel.",
        other_article="Das ist nicht der Artikel, der im Gespräch geöffnet ist.",
        progress="{done} von {total} {questions}",
        stopped="Angehalten nach {done} von {total} {questions}.",
        too_large="{name} hat {found} MB. Erwartet werden höchstens {limit} MB; größere Mengen misst „beleg eval“.",
        missing="Zum Messen fehlt: {names}.",
        install="Nachinstallieren und Beleg neu starten:",
        failed="Die Messung ist fehlgeschlagen. Was schiefging, steht im Terminal, in dem Beleg läuft.",
        gone="Diese Frage gehört zu einer Messung, die es nicht mehr gibt. Bitte noch einmal messen.",
    ),
    "en": EvaluationTexts(
        heading="Evaluate",
        welcome="Beleg answers a whole set of questions whose answers are known, and shows how many go well and which "
        "do not. What went wrong can then be opened in the chat.",
        own_format="What a file of your own questions looks like",
        own_format_says="“evidence” is in the words of the article that is open in the chat. SQuAD and XQuAD-R files "
        "do too. While one evaluation runs, no other file can be chosen.",
        copy="Copy",
        copied="Copied",
        run_bundled="Run the bundled questions",
        upload="Run your own questions (JSON)…",
        stop="Stop",
        save="Save the report",
        waiting="Waiting for another evaluation to end…",
        reading="Reading the questions and preparing the article…",
        about="{n} {questions} from {set} about “{title}”.",
        about_several="{n} {questions} from {set} about {articles} articles.",
        other_article="This is not the article that is open in the chat.",
        progress="{done} of {total} {questions}",
        stopped="Stopped after {done} of {total} {questions}.",
        too_large="{name} has {found} MB. Expected at most {limit} MB; “beleg eval” runs larger sets.",
        missing="Evaluating needs what is not installed: {names}.",
        install="Install it and start Beleg again:",
        failed="The evaluation failed. What went wrong is in the terminal that Beleg runs in.",
        gone="This question is of an evaluation that is no longer there. Please run it again.",
    ),
}
