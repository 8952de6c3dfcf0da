"""What the names of measures mean, for those that do not say it themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

# In the order of tables. "@k": whatever the number.
_MEANINGS = {
    "hit@k": "a right sentence is among the first k",
    "RR": "1 divided by the rank of the first right sentence",
    "nDCG@k": "how far up the right ones of the first k are; 1 is best",
    "R@k": "how many of all the right ones are among the first k",
    "AP": "average precision of the list; 1 where the right ones come first",
    "citation precision": "cited sentences that prove the answer",
    "citation recall": "pieces of evidence that are cited",
    "citation F1": "both together",
    "EM": "the short answer is exactly an expected one",
    "F1": "words that it has in common with an expected one",
    "text EM": "the answer's whole text is exactly an expected one",
    "text F1": "words that its whole text has in common with an expected one",
    "best right": "the most probable sentence is right, answered or not",
    "right": "answerable, answered, and the most probable sentence is right",
    "complete": "right, and every sentence that the answer needs is cited",
    "precision": "right, among all that was answered",
    "answered": "answerable ones that were answered",
    "refused": "unanswerable ones that were declined",
    "abstention precision": "declined ones that were to be declined",
    "AUROC": "how well confidence tells right from wrong; 0.5 is chance, 1 is best",
    "AURC": "share wrong, averaged over all bars for answering; 0 is best",
    "ECE": "how far stated confidence is from the share right; 0 is best",
}
_OTHERS = {"passage": "the same of passages", "article": "the same of articles"}


def meanings(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Yield each name that needs it with its meaning, for measures that are shown."""
    shown = {_family(name) for name in names}
    for family, meaning in _MEANINGS.items():
        if family in shown:
            yield family, meaning
    for prefix, meaning in _OTHERS.items():
        if any(name.startswith(f"{prefix} ") for name in shown):
            yield f"{prefix} …", meaning


def _family(name: str) -> str:
    stem, at, _ = name.partition("@")
    return f"{stem}@k" if at else name
