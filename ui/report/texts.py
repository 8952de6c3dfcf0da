"""Every word of a report but names of measures, in German and in English; `{name}` marks what is filled in."""

from __future__ import annotations

from ui.texts import Language

_TEXTS: dict[str, tuple[str, str]] = {
    "title": ("Messung: {set}", "Evaluation: {set}"),
    "subtitle": ("{n} {questions} an {articles} · {date}", "{n} {questions} about {articles} · {date}"),
    "one_article": ("einen Artikel", "one article"),
    "this_article": ("„{title}“", "“{title}”"),
    "articles": ("{n} Artikel", "{n} articles"),
    "these_articles": ("„{title}“ und {n} weitere Artikel", "“{title}” and {n} more articles"),
    "made_with": ("Modell {model} · {settings}", "Model {model} · {settings}"),
    "default_settings": ("voreingestellt", "default settings"),
    "own_settings": ("abweichend eingestellt: {settings}", "settings that are not the default: {settings}"),
    "instead_of": ("{value} statt {default}", "{value} instead of {default}"),
    # The summary. {ratio} is "87 von 100", in bold; what follows it goes on in the same sentence.
    "ratio": ("{k} von {n}", "{k} of {n}"),
    "first": ("{questions}: der richtige Satz steht an erster Stelle.", "{questions}: the right sentence comes first."),
    "first_article": ("{questions}: der richtige Artikel steht zuerst.", "{questions}: the right article comes first."),
    "third": ("Unter den ersten drei: bei {k}.", "Among the first three: for {k}."),
    "right": (
        "beantwortbare {questions}: beantwortet, mit dem richtigen Satz an der Spitze.",
        "answerable {questions}: answered, with the right sentence at the top.",
    ),
    "precision": ("Richtig sind so {k} von {n} Antworten.", "So {k} of {n} answers given are right."),
    "refused": (
        "{questions}, die der Artikel nicht beantwortet: abgelehnt.",
        "{questions} that the article does not answer: declined.",
    ),
    "cited": ("der zitierten Sätze belegen die Antwort.", "of the cited sentences prove the answer."),
    "per_answer": ("{n} Zitate je Antwort.", "{n} citations an answer."),
    "speed": (
        "dauert eine Frage meist; 95 % brauchen höchstens {p95}.",
        "is what a question usually takes; 95% take at most {p95}.",
    ),
    "interval": ("95-%-Intervall {interval}", "95% interval {interval}"),
    "no_questions": ("Keine Frage wurde gestellt.", "No question was asked."),
    # Plots.
    "plots": ("Bilder", "Plots"),
    "success_plot": ("Wie weit oben steht das Richtige?", "How far up is the right one?"),
    "success_across": ("unter den ersten k", "among the first k"),
    "success_up": ("Anteil der Fragen", "share of questions"),
    "sentences": ("Sätze", "Sentences"),
    "passages": ("Passagen", "Passages"),
    "articles_ranked": ("Artikel", "Articles"),
    "citations": ("Zitate", "Citations"),
    "answers": ("Antworten", "Answers"),
    "abstention": ("Ablehnen", "Declining"),
    "reliability_plot": ("Stimmt die angegebene Sicherheit?", "Is the stated confidence true?"),
    "reliability_across": ("angegebene Sicherheit", "stated confidence"),
    "reliability_up": ("davon richtig", "of these right"),
    "ideal": ("so wäre es genau", "exactly so would be ideal"),
    "measured": ("gemessen (Größe: Zahl der Fragen)", "measured (size: number of questions)"),
    "risk_plot": ("Was kostet es, mehr zu beantworten?", "What does answering more cost?"),
    "risk_across": ("Anteil beantworteter Fragen", "share of questions answered"),
    "risk_up": ("davon falsch", "of these wrong"),
    "latency_plot": ("Wie lange dauert eine Frage?", "How long does a question take?"),
    "latency_across": ("Millisekunden", "milliseconds"),
    "latency_up": ("Zahl der Fragen", "number of questions"),
    "category_plot": ("Was fällt leicht, was schwer?", "What is easy, what is hard?"),
    "category_first": ("richtiger Satz zuerst", "right sentence first"),
    "category_refused": ("zu Recht abgelehnt", "rightly declined"),
    # Tables.
    "figures": ("Alle Zahlen", "All figures"),
    "measure": ("Maß", "Measure"),
    "value": ("Wert", "Value"),
    "interval_column": ("95-%-Intervall", "95% interval"),
    "n": ("Fragen", "Questions"),
    "by_category": ("Nach Kategorie", "By category"),
    "by_language": ("Nach Sprache der Frage", "By language of the question"),
    "category": ("Kategorie", "Category"),
    "language": ("Sprache", "Language"),
    "thresholds": ("Ab welcher Sicherheit antworten?", "From which confidence on to answer?"),
    "thresholds_meaning": (
        "Was eine andere Schwelle bewirkt hätte. Beleg antwortet ab {bar}.",
        "What another threshold would have done. Beleg answers from {bar} on.",
    ),
    "threshold": ("Schwelle", "Threshold"),
    "coverage": ("beantwortet", "answered"),
    "threshold_precision": ("davon richtig", "of these right"),
    "threshold_recall": ("Beantwortbare richtig beantwortet", "Answerable rightly answered"),
    "threshold_refused": ("Unbeantwortbare abgelehnt", "Unanswerable declined"),
    # Failures.
    "failures": ("Was nicht gelang", "What went wrong"),
    "no_failures": ("Nichts: jede Frage ist gelungen.", "Nothing: every question went well."),
    "count": ("{n} von {total} {questions}", "{n} of {total} {questions}"),
    "left_out": (
        "{n} weitere sind hier nicht gezeigt; die Datei, die „beleg eval --json“ schreibt, hat alle.",
        "{n} more are not shown here; the file that “beleg eval --json” writes has them all.",
    ),
    "search": ("Suchen", "Search"),
    "all_categories": ("Alle Kategorien", "All categories"),
    "all_languages": ("Alle Sprachen", "All languages"),
    "unfold": ("Alle aufklappen", "Unfold all"),
    "fold": ("Alle zuklappen", "Fold all"),
    "earlier": ("Vorher gefragt", "Asked before"),
    "gold": ("Der richtige Satz", "The right sentence"),
    "gold_or": ("Ebenso richtig", "Just as right"),
    "gold_and": ("Außerdem nötig", "Needed as well"),
    "gold_and_one": ("Außerdem nötig, einer davon", "Needed as well, one of these"),
    "gold_none": ("Der Artikel beantwortet diese Frage nicht.", "The article does not answer this question."),
    "expected": ("Erwartete Antwort", "Expected answer"),
    "instead": ("Zitiert wurde stattdessen", "Cited instead"),
    "cited_here": ("Zitiert wurde", "Cited"),
    "nearest": ("Am nächsten kamen", "Nearest were"),
    "said": ("Kurzantwort", "Short answer"),
    "confidence": ("Sicherheit {share}", "Confidence {share}"),
    "rank": ("richtiger Satz auf Rang {rank}", "right sentence at rank {rank}"),
    "open": ("Im Gespräch öffnen", "Open in the chat"),
    # Comparison.
    "compared": ("Was sich geändert hat", "What changed"),
    "comparison": ("Maße, die sich geändert haben", "Measures that changed"),
    "compared_with": ("Vorher: {before}. Jetzt: {after}.", "Before: {before}. Now: {after}."),
    "differing": ("Unterschiede: {changes}.", "What differs: {changes}."),
    "nothing_differs": (
        "Modell, Einstellungen, Version und Commit sind dieselben.",
        "Model, settings, version and commit are the same.",
    ),
    "unchanged_one": ("1 Maß ist unverändert", "1 measure is unchanged"),
    "unchanged": ("{n} Maße sind unverändert", "{n} measures are unchanged"),
    "before": ("vorher", "before"),
    "after": ("jetzt", "now"),
    "difference": ("Unterschied", "Difference"),
    "p_value": ("p", "p"),
    "better": ("Besser geworden", "Got better"),
    "worse": ("Schlechter geworden", "Got worse"),
    "paired": ("In beiden: {n} {questions}.", "In both: {n} {questions}."),
    "unpaired": (
        "Nur vorher: {before}, nur jetzt: {after}; sie zählen nicht mit.",
        "Only before: {before}, only now: {after}; they do not count.",
    ),
    "p_meaning": (
        "p: wie oft ein so großer Unterschied durch Zufall entstünde (Randomisierungstest); unter 0,05 (fett) gilt "
        "er als sicher. Das Intervall enthält den wahren Unterschied in 95 von 100 solchen Vergleichen. Anteile "
        "unterscheiden sich in Prozentpunkten.",
        "p: how often chance alone would make so large a difference (randomisation test); below 0.05 (bold) it counts "
        "as sure. The interval holds the true difference in 95 of 100 such comparisons. Shares differ in percentage "
        "points.",
    ),
    "fine": ("gelungen", "went well"),
    "declined": ("abgelehnt", "declined"),
    "to_failure": ("unten ansehen", "see below"),
    "nothing_changed": ("Keine Frage.", "No question."),
    # How it was measured.
    "about": ("So wurde gemessen", "How this was measured"),
    "about_question_set": ("Fragenmenge", "Question set"),
    "about_sha256": ("SHA-256 der Fragen", "SHA-256 of the questions"),
    "about_questions": ("Fragen", "Questions"),
    "about_scope": ("Gesucht in", "Searched in"),
    "scope_article": ("dem Artikel der Frage", "the question's article"),
    "scope_collection": ("allen Artikeln", "all articles"),
    "about_model": ("Modell", "Model"),
    "about_beleg": ("Beleg", "Beleg"),
    "about_commit": ("Commit", "Commit"),
    "about_date": ("Zeitpunkt", "Date"),
    "about_articles": ("Artikel", "Articles"),
    "about_index_seconds": ("Aufbau des Index", "Index build"),
    "about_per_second": ("Fragen je Sekunde", "Questions a second"),
    "about_settings": ("Einstellungen", "Settings"),
    "bootstrap": (
        "Intervalle sind 95-%-Bootstrap-Intervalle über die Fragen.",
        "Intervals are 95% bootstrap intervals over the questions.",
    ),
}


def texts_in(language: Language) -> dict[str, str]:
    """Return all texts in one language, by key."""
    return {key: pair[language == "en"] for key, pair in _TEXTS.items()}


def questions(n: int, language: Language) -> str:
    """Return the word for n questions."""
    return {"de": ("Fragen", "Frage"), "en": ("questions", "question")}[language][n == 1]
