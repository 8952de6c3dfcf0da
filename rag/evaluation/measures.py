"""The names of all measures, in the order of tables. They are stable: reports, tables and `--fail-under` use them."""

from __future__ import annotations

_RANKING = ("hit@1", "hit@3", "hit@5", "hit@10", "RR", "nDCG@10", "R@5", "R@10", "AP")

# Of sentences, as `Assistant.retrieve` ranks them; hit@k is Success@k.
SENTENCES = _RANKING
PASSAGES = tuple(f"passage {name}" for name in _RANKING)
# An article is ranked as its best passage is.
ARTICLES = tuple(f"article {name}" for name in _RANKING)
CITATIONS = ("citation precision", "citation recall", "citation F1", "citations per answer", "characters per answer")
ANSWERS = ("EM", "F1", "text EM", "text F1")
# "best right": share of the answerable whose most probable sentence is right, answered or not. "right": answered and
# right. "complete": answered, right, and every group of the evidence cited. "precision": right among all that is
# answered.
DECISIONS = (
    "best right",
    "right",
    "complete",
    "precision",
    "answered",
    "refused",
    "abstention precision",
    "abstention recall",
)
# Over all questions together: of one question they are nothing.
OF_CONFIDENCE = ("AUROC", "AURC", "ECE")

PER_QUESTION = SENTENCES + PASSAGES + ARTICLES + CITATIONS + ANSWERS + DECISIONS
NAMES = PER_QUESTION + OF_CONFIDENCE
# Means of what is 0 or 1 for each question.
SHARES = frozenset({*DECISIONS, *(name for name in SENTENCES + PASSAGES + ARTICLES if "hit@" in name), "EM", "text EM"})
LOWER_IS_BETTER = frozenset({"AURC", "ECE"})
# Without questions of the kind, these would be about the questions and not about the answers.
NEED_ANSWERABLE = frozenset({"precision", "citation precision", "AURC"})
NEED_UNANSWERABLE = frozenset({"abstention precision"})
