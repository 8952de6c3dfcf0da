"""Questions as people type them: XQuAD-R's development half in German, English and Spanish, written wrongly.

python -m benchmarks.spelling DATA [--reader embedding] [--every 3] [--json OUT]

DATA is the folder with de.json, en.json, es.json. Each way of writing is asked of the question's own article; a line
gives hit@1 of the questions that it changes, as they are and as it writes them. Chance is seeded by the question.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import unicodedata
from collections import Counter
from collections.abc import Callable
from pathlib import Path

from index import build_index
from rag import Assistant
from rag.evaluation import read_question_set
from rag.evaluation.questions import GoldQuestion, QuestionSet
from rag.settings import Settings

LANGUAGES = ("de", "en", "es")
WRITTEN_OUT = {"ä": "ae", "ö": "oe", "ü": "ue", "ß": "ss", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"}
IN_WORDS = {
    "de": "zwei drei vier fünf sechs sieben acht neun zehn elf zwölf".split(),
    "en": "two three four five six seven eight nine ten eleven twelve".split(),
    "es": "dos tres cuatro cinco seis siete ocho nueve diez once doce".split(),
}
_CAPITALISED = re.compile(r"(?<=[\w,] )[^\W\d_][\w'-]{4,}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", type=Path)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--reader", choices=["trained", "embedding"], default="trained")
    parser.add_argument("--every", type=int, default=1, help="only every n-th question")
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    parser.add_argument("--only", nargs="+", help="only these ways of writing")
    arguments = parser.parse_args()
    results = {}
    for language in arguments.languages:
        found = measure(
            arguments.data / f"{language}.json", language, arguments.every, arguments.reader, arguments.only
        )
        for way, (count, clean, written) in found.items():
            print(f"{language} {way:12} {count:4} questions  clean {clean:.3f}  so written {written:.3f}", flush=True)
        results[language] = found
    if arguments.json:
        arguments.json.write_text(json.dumps(results, indent=1) + "\n", encoding="utf-8")


def measure(
    file: Path, language: str, every: int, reader: str, only: list[str] | None = None
) -> dict[str, tuple[int, float, float]]:
    """Return, for each way of writing, how many questions it changes, and their hit@1 before and after."""
    question_set = read_question_set(file)
    settings = Settings(reader=reader)  # type: ignore[arg-type]
    base = Assistant.open(settings=settings)
    written = ways(language, _counts(question_set))
    if only:
        written = {name: write for name, write in written.items() if name in only}
    hits: dict[str, list[tuple[bool, bool]]] = {name: [] for name in written}
    over, of, read_otherwise = base, "", []
    for question in question_set.questions[::every]:
        if question.article_id != of:
            of = question.article_id
            over = base.over(build_index([question_set.article(of)], base.encoder, settings.index))
        clean, read_as = _is_hit(over, question, question.text)
        if read_as != question.text:
            read_otherwise.append((question.text, read_as))
        for name, write in written.items():
            text = write(question.text)
            if text != question.text:
                hits[name].append((clean, _is_hit(over, question, text)[0]))
    print(f"{language}: of the questions as they are, {len(read_otherwise)} are read as something else", flush=True)
    for pair in read_otherwise:
        print("   ", *pair, sep="\n    ")
    return {
        name: (len(some), sum(clean for clean, _ in some) / len(some), sum(after for _, after in some) / len(some))
        for name, some in hits.items()
        if some
    }


def _is_hit(assistant: Assistant, question: GoldQuestion, text: str) -> tuple[bool, str]:
    """Return whether the first sentence found is evidence, and what the question was read as."""
    first, read_as = None, text
    for event in assistant.stream(text):
        first = event.hits[0] if event.kind == "evidence" else first
        read_as = event.answer.read_as if event.answer else read_as
    return first is not None and any(
        first.start < piece.end and first.end > piece.start for piece in question.evidence
    ), read_as


def ways(language: str, counts: Counter[str]) -> dict[str, Callable[[str], str]]:
    """Return the ways of writing a question wrongly, by name."""
    chosen = {
        "capitals": str.upper,
        "lower case": str.lower,
        "no marks": _without_marks,
        "typo": lambda text: _with_typo(text, counts),
        "numbers": lambda text: _numbers_otherwise(text, language),
        "no hyphens": lambda text: re.sub(r"(?<=[^\W\d_])-(?=[^\W\d_])", "", text),
    }
    if language == "de":
        chosen["ae oe ue ss"] = lambda text: "".join(WRITTEN_OUT.get(character, character) for character in text)
    return chosen


def _counts(question_set: QuestionSet) -> Counter[str]:
    texts = [question_set.article(id).text for id in question_set.article_ids]
    return Counter(word for text in texts for word in re.findall(r"\w+", text))


def _without_marks(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text) if unicodedata.category(c) != "Mn").replace("ß", "ss")


def _with_typo(text: str, counts: Counter[str]) -> str:
    """Return the question with one typo inside its rarest capitalised word of five letters or more."""
    names = [found for found in _CAPITALISED.finditer(text) if found.group()[0].isupper()]
    if not names:
        return text
    name = min(names, key=lambda found: counts[found.group()])
    word, chance = name.group(), random.Random(text)
    at = chance.randrange(1, len(word) - 1)
    kind = chance.choice(["swap", "drop", "double", "other"])
    if kind == "swap":
        wrong = word[:at] + word[at + 1] + word[at] + word[at + 2 :]
    elif kind == "drop":
        wrong = word[:at] + word[at + 1 :]
    elif kind == "double":
        wrong = word[:at] + word[at] + word[at:]
    else:
        wrong = word[:at] + chance.choice("abcdefghiklmnoprstuvw") + word[at + 1 :]
    return text[: name.start()] + wrong + text[name.end() :]


def _numbers_otherwise(text: str, language: str) -> str:
    """Return the question with a small number in words, or in digits, or with its thousands marked otherwise."""
    for number, word in enumerate(IN_WORDS[language], start=2):
        if re.search(rf"(?<![\d.,]){number}(?![\d.,])", text):
            return re.sub(rf"(?<![\d.,]){number}(?![\d.,])", word, text)
        if re.search(rf"\b{word}\b", text):
            return re.sub(rf"\b{word}\b", str(number), text)
    without = re.sub(r"(?<=\d)[., ](?=\d{3}\b)", "", text)
    return without if without != text else re.sub(r"\b(\d{1,3})(\d{3})(?=[ %$€])(?<!\b[12]\d{3})", r"\1 \2", text)


if __name__ == "__main__":
    main()
