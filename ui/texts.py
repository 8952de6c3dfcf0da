"""Every word of the web chat that is not the article's or the assistant's, in German and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ui.shelf import Scope

Language = Literal["de", "en"]


@dataclass(frozen=True, slots=True)
class Texts:
    """The interface's texts in one language; `{name}` marks what is filled in where a text is used."""

    language: Language
    tagline: str
    welcome: str
    examples: str
    conversation: str
    question: str
    placeholder: str
    ask: str
    clear: str
    article: str
    choose_article: str
    find_article: str
    find_article_among: str
    articles_found: str
    remove_article: str
    add_articles: str
    upload_articles: str
    paste_article: str
    paste_article_here: str
    paste_title: str
    add_text: str
    adding: str
    adding_waits: str
    adding_cancelled: str
    added_one: str
    added: str
    cancel: str
    article_gone: str
    scope: str
    scopes: Mapping[Scope, str]
    searching: str
    understood_as: str
    confidence: str
    sure: str
    likely: str
    unsure: str
    sentence: str
    numbers: str
    evidence: str
    copy: str
    copied: str
    edit: str
    retry: str
    stop: str
    stopped: str
    unused: str
    fit: str
    offers: str
    rating: str
    right: str
    wrong: str
    right_to_abstain: str
    wrong_to_abstain: str
    note: str
    save_note: str
    note_kept: str
    saved: str
    ask_sentence: str
    about_sentence: str
    sentence_keys: str
    abstained: str
    nearest: str
    show: str
    unsupported: str
    cited_in: str
    quoted: str
    kept: str
    kept_note: str
    kept_none: str
    kept_export: str
    kept_nothing: str
    kept_rename: str
    kept_name: str
    kept_remove: str
    kept_removed: str
    kept_undo: str
    kept_one: str
    kept_several: str
    kept_full: str
    kept_missing: str
    kept_too_large: str
    kept_gone: str
    back: str
    expected: str
    expected_none: str
    guest: str
    chat_tab: str
    evaluation_tab: str
    empty_question: str
    failed: str
    too_many_questions: str
    too_many_ratings: str
    too_many_logins: str
    queue_full: str
    log_in: str
    log_out: str


TEXTS: dict[Language, Texts] = {
    "de": Texts(
        language="de",
        tagline="Antworten mit den Sätzen, die sie belegen",
        welcome="Beleg antwortet mit Sätzen des Artikels und zeigt, wo sie stehen. "
        "Was der Artikel nicht sagt, wird nicht beantwortet.",
        examples="Zum Beispiel",
        conversation="Gespräch",
        question="Frage",
        placeholder="Frage zum Artikel …",
        ask="Fragen",
        clear="Neues Gespräch",
        article="Artikel",
        choose_article="Artikel wählen",
        find_article="Artikel suchen",
        find_article_among="In {count} Titeln suchen …",
        articles_found="{count} gefunden",
        remove_article="Entfernen",
        add_articles="Artikel hinzufügen",
        upload_articles="Textdateien (.txt, .md)",
        paste_article="Oder Text einfügen",
        paste_article_here="Hier einfügen …",
        paste_title="Titel (sonst die erste Zeile)",
        add_text="Hinzufügen",
        adding="Liest „{title}“ ({place} von {count}) …",
        adding_waits="Einen Moment …",
        adding_cancelled="Abgebrochen.",
        added_one="„{title}“ ist da.",
        added="{count} Artikel sind da.",
        cancel="Abbrechen",
        article_gone="Diesen Artikel gibt es hier nicht mehr.",
        scope="Die Frage geht an",
        scopes={"one": "diesen Artikel", "own": "meine {count} Artikel", "all": "alle {count} Artikel"},
        searching="Sucht Belege im Artikel …",
        understood_as="verstanden als: {question}",
        confidence="In {percent} solcher Fälle belegen die zitierten Sätze die Antwort.",
        sure="Sehr wahrscheinlich richtig",
        likely="Wahrscheinlich richtig",
        unsure="Unsicher, bitte nachlesen",
        sentence="Satz {number}",
        numbers="Satznummern",
        evidence="Belege im Artikel",
        copy="Kopieren:",
        copied="Kopiert",
        edit="Frage ändern",
        retry="Noch einmal",
        stop="Anhalten",
        stopped="Angehalten.",
        unused="Auch gefunden",
        fit="passt zu {percent} zur Frage",
        offers="Das beantwortet der Artikel:",
        rating="Was ist davon zu halten?",
        right="Richtig beantwortet",
        wrong="Falsch beantwortet",
        right_to_abstain="Zu Recht nicht beantwortet",
        wrong_to_abstain="Der Artikel beantwortet es doch",
        note="Anmerkung",
        save_note="Speichern",
        note_kept="Bleibt auf dem Rechner, auf dem Beleg läuft.",
        saved="Gespeichert",
        ask_sentence="Zu diesem Satz fragen",
        about_sentence="Zu „{sentence}“: ",
        sentence_keys="Mit den Pfeiltasten links und rechts von Satz zu Satz; die Eingabetaste zeigt, was sich mit "
        "einem tun lässt.",
        abstained="Nicht beantwortet",
        nearest="Am nächsten kommen diese Sätze:",
        show="im Artikel zeigen",
        unsupported="ohne Beleg",
        cited_in="Zitiert in",
        quoted="„{text}“",
        kept="Gespräche",
        kept_note="Nur in diesem Browser, nur die Fragen: beim Öffnen werden sie neu gestellt.",
        kept_none="Noch keine. Das erste beginnt mit einer Frage.",
        kept_export="Dieses Gespräch exportieren",
        kept_nothing="Noch nichts zu exportieren",
        kept_rename="„{name}“ umbenennen",
        kept_name="Name des Gesprächs",
        kept_remove="„{name}“ löschen",
        kept_removed="„{name}“ ist gelöscht.",
        kept_undo="Rückgängig",
        kept_one="1 Frage",
        kept_several="{n} Fragen",
        kept_full="Dieses Gespräch wird nicht behalten: der Speicher des Browsers ist voll oder gesperrt.",
        kept_missing="Dieses Gespräch ging auch um {titles}; das ist jetzt nicht da. Gefragt wird, was da ist.",
        kept_too_large="Der Export hätte über {limit} MB: so groß sind die zitierten Artikel. "
        "Bitte in einem neuen Gespräch über weniger Artikel fragen und das exportieren.",
        kept_gone="Ein zitierter Artikel wurde entfernt; ohne ihn beweist der Export nichts. Bitte wieder hinzufügen.",
        back="Zurück zur Antwort",
        expected="Die Fragenmenge erwartet:",
        expected_none="Die Fragenmenge erwartet keine Antwort: der Artikel gibt sie nicht.",
        guest="Über „{title}“, aus einer Fragenmenge. „{clear}“ bringt den eigenen Artikel zurück.",
        chat_tab="Fragen",
        evaluation_tab="Messen",
        empty_question="Die Frage ist leer. Bitte unten eine eingeben.",
        failed="Das hat nicht geklappt. Was schiefging, steht im Terminal, in dem Beleg läuft.",
        too_many_questions="Zu viele Fragen: {allowed} in der Minute. Bitte {seconds} Sekunden warten.",
        too_many_ratings="Zu viele Bewertungen: {allowed} in der Minute. Bitte {seconds} Sekunden warten.",
        too_many_logins="Zu viele Fehlversuche: {allowed} in der Minute. Bitte {seconds} Sekunden warten.",
        queue_full="Gerade warten zu viele Fragen. Bitte in einigen Sekunden noch einmal fragen.",
        log_in="Bitte anmelden.",
        log_out="{user} abmelden",
    ),
    "en": Texts(
        language="en",
        tagline="Answers with the sentences that prove them",
        welcome="Beleg answers with sentences of the article and shows where they stand. "
        "What the article does not say is not answered.",
        examples="For example",
        conversation="Conversation",
        question="Question",
        placeholder="Ask about the article…",
        ask="Ask",
        clear="New conversation",
        article="Article",
        choose_article="Choose an article",
        find_article="Find an article",
        find_article_among="Search {count} titles…",
        articles_found="{count} found",
        remove_article="Remove",
        add_articles="Add articles",
        upload_articles="Text files (.txt, .md)",
        paste_article="Or paste a text",
        paste_article_here="Paste here…",
        paste_title="Title (else the first line)",
        add_text="Add",
        adding="Reading “{title}” ({place} of {count})…",
        adding_waits="One moment…",
        adding_cancelled="Cancelled.",
        added_one="“{title}” is there.",
        added="{count} articles are there.",
        cancel="Cancel",
        article_gone="This article is not here any more.",
        scope="The question is for",
        scopes={"one": "this article", "own": "my {count} articles", "all": "all {count} articles"},
        searching="Looking for evidence in the article…",
        understood_as="understood as: {question}",
        confidence="In {percent} of such cases the cited sentences prove the answer.",
        sure="Very likely right",
        likely="Probably right",
        unsure="Unsure, please check",
        sentence="sentence {number}",
        numbers="Sentence numbers",
        evidence="Evidence in the article",
        copy="Copy:",
        copied="Copied",
        edit="Edit question",
        retry="Try again",
        stop="Stop",
        stopped="Stopped.",
        unused="Also found",
        fit="fits the question by {percent}",
        offers="The article answers this:",
        rating="What do you think of this?",
        right="Rightly answered",
        wrong="Wrongly answered",
        right_to_abstain="Rightly not answered",
        wrong_to_abstain="The article does answer it",
        note="Note",
        save_note="Save",
        note_kept="Stays on the machine that Beleg runs on.",
        saved="Saved",
        ask_sentence="Ask about this sentence",
        about_sentence="About “{sentence}”: ",
        sentence_keys="Left and right arrow keys go from sentence to sentence, Enter to what can be done with one.",
        abstained="Not answered",
        nearest="These sentences come closest:",
        show="show in the article",
        unsupported="no evidence",
        cited_in="Cited in",
        quoted="“{text}”",
        kept="Conversations",
        kept_note="In this browser only, the questions only: opening one asks them again.",
        kept_none="None yet. The first begins with a question.",
        kept_export="Export this conversation",
        kept_nothing="Nothing to export yet",
        kept_rename="Rename “{name}”",
        kept_name="Name of the conversation",
        kept_remove="Delete “{name}”",
        kept_removed="“{name}” is deleted.",
        kept_undo="Undo",
        kept_one="1 question",
        kept_several="{n} questions",
        kept_full="This conversation is not kept: the browser's storage is full or locked.",
        kept_missing="This conversation was also about {titles}, not here now. What is here is asked.",
        kept_too_large="The export would have more than {limit} MB: so long are the cited articles. "
        "Please ask about fewer articles in a new conversation and export that.",
        kept_gone="A cited article was removed, without which the export proves nothing. Please add it again.",
        back="Back to the answer",
        expected="The question set expects:",
        expected_none="The question set expects no answer: the article does not give it.",
        guest="About “{title}”, from a question set. “{clear}” brings your own article back.",
        chat_tab="Ask",
        evaluation_tab="Evaluate",
        empty_question="The question is empty. Please type one below.",
        failed="That did not work. What went wrong is in the terminal that Beleg runs in.",
        too_many_questions="Too many questions: {allowed} a minute. Wait {seconds} seconds.",
        too_many_ratings="Too many ratings: {allowed} a minute. Wait {seconds} seconds.",
        too_many_logins="Too many failed logins: {allowed} a minute. Wait {seconds} seconds.",
        queue_full="Too many questions are waiting. Please ask again in a few seconds.",
        log_in="Please log in.",
        log_out="Log out {user}",
    ),
}

_LANGUAGES: dict[str, Language] = {"de": "de", "en": "en"}

# Asked of the bundled article only; the last of each is one that it does not answer.
BUNDLED_EXAMPLES: dict[Language, tuple[str, ...]] = {
    "de": (
        "Wann trafen sich Yoon und Kishida zuletzt?",
        "Was sagt die Gipfelerklärung über Nordkoreas Waffenexporte?",
        "Gegen welche Resolutionen verstößt die Zusammenarbeit?",
        "Wie viele Soldaten hat Nordkorea?",
    ),
    "en": (
        "When did Yoon and Kishida last meet?",
        "What was set out at the Camp David summit in August 2023?",
        "Which NATO partner countries from the Indo-Pacific were invited to Washington?",
        "How many soldiers does North Korea have?",
    ),
}


def texts_for(accept_language: str) -> Texts:
    """Return the texts in the language that an Accept-Language header likes best; English where it names neither.

    Args:
        accept_language: the header's value, such as "de-DE,de;q=0.9,en;q=0.8"; may be empty or malformed.
    """
    best: Language = "en"
    liking = 0.0
    for entry in accept_language.split(","):
        tag, _, quality = entry.strip().partition(";q=")
        code = _LANGUAGES.get(tag.split("-")[0].lower())
        try:
            weight = float(quality or 1)
        except ValueError:
            continue
        if code and weight > liking:
            best, liking = code, weight
    return TEXTS[best]
