"""Which words the web chat needs: a name for each, which every language fills."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ui.web.shelf import Scope

Language = Literal["de", "en"]


@dataclass(frozen=True, slots=True)
class Texts:
    """The interface's texts in one language; `{name}` marks what is filled in where a text is used."""

    language: Language
    tagline: str
    welcome: str
    examples: str
    about_article: str
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
    overview: str
    overview_meant: str
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
