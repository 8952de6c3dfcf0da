"""Every word of the evaluation tab that is not a report's, in German and in English."""

from __future__ import annotations

from dataclasses import dataclass

from ui.texts import Language


@dataclass(frozen=True, slots=True)
class EvaluationTexts:
    """The tab's texts in one language; `{name}` marks what is filled in where a text is used."""

    heading: str
    welcome: str
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
        run_bundled="Mitgelieferte Fragen messen",
        upload="Eigene Fragen (JSON) messen …",
        stop="Anhalten",
        save="Bericht speichern",
        waiting="Wartet, bis eine andere Messung zu Ende ist …",
        reading="Liest die Fragen und bereitet den Artikel vor …",
        about="{n} Fragen aus {set} an „{title}“.",
        about_several="{n} Fragen aus {set} an {articles} Artikel.",
        other_article="Das ist nicht der Artikel, der im Gespräch geöffnet ist.",
        progress="{done} von {total} Fragen",
        stopped="Angehalten nach {done} von {total} Fragen.",
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
        run_bundled="Run the bundled questions",
        upload="Run your own questions (JSON)…",
        stop="Stop",
        save="Save the report",
        waiting="Waiting for another evaluation to end…",
        reading="Reading the questions and preparing the article…",
        about="{n} questions from {set} about “{title}”.",
        about_several="{n} questions from {set} about {articles} articles.",
        other_article="This is not the article that is open in the chat.",
        progress="{done} of {total} questions",
        stopped="Stopped after {done} of {total} questions.",
        too_large="{name} has {found} MB. Expected at most {limit} MB; “beleg eval” runs larger sets.",
        missing="Evaluating needs what is not installed: {names}.",
        install="Install it and start Beleg again:",
        failed="The evaluation failed. What went wrong is in the terminal that Beleg runs in.",
        gone="This question is of an evaluation that is no longer there. Please run it again.",
    ),
}
