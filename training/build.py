"""Builds what training.train reads.

    python -m training.build sets --data DIRS --german TRANS_DE_EN [--everyday 600] [--shard 0/2] --out SETS.npz
    python -m training.build written --german TRANS_DE_EN --out WRITTEN.npz
    python -m training.build claims --data DIRS --german TRANS_DE_EN --out CLAIMS.npz
    python -m training.build last --data DIRS --xquad XQUAD_R [--without-fold 0] --out LAST.npz
    python -m training.build held --data DIRS --xquad XQUAD_R [--fold 0] --out FOLDER

`last` is what the last stage is trained on, XQuAD-R's development half and GermanQuAD's tuning half; `held` is the
same, or one fold of it, to look at while training on something else.
"""

from __future__ import annotations

import argparse
import random
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path

from training.claims import ClaimMaker
from training.corpus import Asked, Corpus, CorpusBuilder, Source, open_tokenizer, read_squad
from training.development import FOLDS, LANGUAGES, add_development, whole_articles
from training.everyday import everyday
from training.manifest import Set, read_manifest, read_parallel, read_set, read_texts
from training.support import ClaimBuilder
from training.switching import WordList, read_german, read_spanish, read_synonyms
from training.wording import Wording
from training.written import read_written

# Of the questions, how many are asked again with a name or number exchanged.
MISLEADING = 0.2
# Of the questions, how many are asked again as whether their answer is so.
WHETHER = 0.1
# Of the questions, how many are put in telegram style and the like, and how many in words of the same meaning.
REWORDED = 0.3
# Of a text's words that a word list knows, how many are replaced: one of these.
SWITCHED = (0.5, 0.5, 0.9)
# Of a claim's words that have a synonym, how many are replaced.
CLAIM_SYNONYMS = 0.25
# Each text that was written by hand is read so many times, its questions worded anew.
WRITTEN_COPIES = 3
PARALLEL = "mlqa-parallel-questions.jsonl.gz"
# Of the sets that claims are made of, how many of the sentences and of the questions are taken.
CLAIMS = {
    "mlqa.de.json.gz": (0.5, 1.0),
    "mlqa.en.json.gz": (0.3, 0.7),
    "mlqa.es.json.gz": (0.3, 0.7),
    "mlqa.zh.json.gz": (0.3, 0.5),
    "mlqa-asked-en.de.json.gz": (0.2, 1.0),
    "mlqa-asked-de.en.json.gz": (0.0, 1.0),
    "mlqa-asked-es.de.json.gz": (0.0, 1.0),
    "mlqa-asked-de.es.json.gz": (0.0, 1.0),
    "squad2.slice.en.json.gz": (0.5, 0.6),
    "shifts-wiki.en.json.gz": (0.2, 0.4),
    "shifts-reddit.en.json.gz": (0.05, 0.15),
    "tydi.en.json.gz": (0.2, 0.4),
    "hotpot.en.json.gz": (0.2, 0.0),
    "piaf.fr.json.gz": (0.2, 0.3),
    "norquad.nb.json.gz": (0.1, 0.3),
    "jaquad.dev.ja.json.gz": (0.2, 0.3),
    "drcd.test.zh.json.gz": (0.2, 0.3),
}
# Of German texts without questions, how many sentences.
TEXTS = {"wikipedia.de.jsonl.gz": 0.12, "klexikon.de.jsonl.gz": 0.12}
# PAWS-X's pairs that nothing is learned from.
PAIRS_HELD = 500


def main() -> None:
    """Read the arguments, build, write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("sets", "written", "claims", "last", "held"))
    parser.add_argument("--data", type=Path, nargs="*", default=[], help="folders of the manifest's files")
    parser.add_argument("--scale", type=float, default=1.0, help="of each set's share, how much is used")
    parser.add_argument("--everyday", type=int, default=0, help="how many texts of everyday life are made for the sets")
    parser.add_argument("--shard", default="0/1", help="which part of the sets, to build parts at once")
    parser.add_argument("--german", type=Path, help="the word list of Debian's trans-de-en")
    parser.add_argument("--spanish", type=Path, help="the word list of Debian's dict-freedict-eng-spa")
    parser.add_argument("--xquad", type=Path, help="folder of XQuAD-R")
    parser.add_argument("--without-fold", type=int, help=f"leave out this of {FOLDS} folds of the articles")
    parser.add_argument("--fold", type=int, help=f"only this of {FOLDS} folds")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--out", type=Path, required=True)
    arguments = parser.parse_args()
    if arguments.what == "held":
        arguments.out.mkdir(parents=True, exist_ok=True)
        for name, corpus in _held(arguments):
            _write(corpus, arguments.out / f"{name}.npz")
        return
    corpus = {"sets": _sets, "written": _written, "claims": _claims, "last": _last}[arguments.what](arguments)
    _write(corpus, arguments.out)


def _write(corpus: Corpus, path: Path) -> None:
    corpus.write(path)
    print(f"{path}: {len(corpus.passages)} passages, {len(corpus.examples)} examples", flush=True)


def _sets(arguments: argparse.Namespace) -> Corpus:
    chance = random.Random(arguments.seed)
    builder = CorpusBuilder(open_tokenizer(), chance, Wording(REWORDED, chance, _synonyms(arguments)))
    switches: list[tuple[WordList, float]] = []
    if arguments.german:
        german = read_german(arguments.german)
        switches += [(german, share) for share in SWITCHED]
    if arguments.spanish:
        switches.append((read_spanish(arguments.spanish), SWITCHED[0]))
    parallel = {}
    for folder in arguments.data:
        if (folder / PARALLEL).exists():
            parallel = read_parallel(folder / PARALLEL)
    shard, shards = map(int, arguments.shard.split("/"))
    if shard == 0:
        for source in everyday(arguments.everyday, chance):
            builder.add(source, (None,), MISLEADING)
    for place, (one, path) in enumerate(_files(arguments)):
        if place % shards != shard:
            continue
        for source in read_set(one, path, parallel, chance):
            copies = [
                chance.choice(switches) if switches and chance.random() < one.switched else None
                for _ in range(one.copies)
            ]
            builder.add(source, copies, MISLEADING, WHETHER)
    return builder.corpus


def _written(arguments: argparse.Namespace) -> Corpus:
    chance = random.Random(arguments.seed + 3)
    builder = CorpusBuilder(open_tokenizer(), chance, Wording(REWORDED, chance, _synonyms(arguments)))
    # What goes on from other turns is left as it is: its brackets say what was really asked.
    dialogues = CorpusBuilder(open_tokenizer(), chance)
    for text in read_written(held=False):
        builder.add(text.source(), (None,) * WRITTEN_COPIES, MISLEADING)
        if text.dialogues:
            dialogues.add(text.dialogue_source(), (None,) * WRITTEN_COPIES)
    return Corpus.join([builder.corpus, dialogues.corpus])


def _synonyms(arguments: argparse.Namespace) -> dict[str, WordList]:
    if not arguments.german:
        return {}
    return {"de": read_synonyms(arguments.german, german=True), "en": read_synonyms(arguments.german, german=False)}


def _files(arguments: argparse.Namespace) -> Iterator[tuple[Set, Path]]:
    for one in read_manifest():
        for folder in arguments.data:
            if (folder / one.file).exists():
                yield one.model_copy(update={"share": one.share * arguments.scale}), folder / one.file


def claim_builder(builder: CorpusBuilder, chance: random.Random, german: Path | None) -> ClaimBuilder:
    """Return what adds claims to a builder's corpus, with words of another language where there is a word list."""
    switches: dict[str, list[Callable[[str], str]]] = {}
    synonyms: dict[str, Callable[[str], str]] = {}
    if german:
        for language in ("de", "en"):
            same = read_synonyms(german, german=language == "de")
            synonyms[language] = partial(_switched, same, CLAIM_SYNONYMS, chance)
        for language, words in (("en", read_german(german)), ("de", read_german(german, from_german=True))):
            switches[language] = [partial(_switched, words, share, chance) for share in (0.3, 0.6, 0.95)]
    return ClaimBuilder(builder, ClaimMaker(chance, switches, synonyms), chance)


def _switched(words: WordList, share: float, chance: random.Random, text: str) -> str:
    return words.switch(text, share, chance).text


def _claims(arguments: argparse.Namespace) -> Corpus:
    chance = random.Random(arguments.seed + 1)
    builder = CorpusBuilder(open_tokenizer(), chance)
    claims = claim_builder(builder, chance, arguments.german)
    for folder in arguments.data:
        for file, (of_sentences, of_answers) in CLAIMS.items():
            if (folder / file).exists():
                asked = file.split("-asked-")[1][:2] if "-asked-" in file else ""
                for source in read_squad(folder / file):
                    claims.add(_asked_in(source, asked), of_sentences * arguments.scale, of_answers * arguments.scale)
        for file, share in TEXTS.items():
            if (folder / file).exists():
                for source in read_texts(folder / file, "de"):
                    claims.add(source, share * arguments.scale, 0.0)
        for file in ("pawsx-dev.de.tsv.gz", "pawsx-test.de.tsv.gz"):
            if (folder / file).exists():
                claims.add_pairs(folder / file, PAIRS_HELD)
    return builder.corpus


def _asked_in(source: Source, language: str) -> Source:
    if not language:
        return source
    # "mlqa-asked-en.de": English questions, German texts.
    paragraphs = [
        (context, [Asked(a.question, a.answer, a.kind, a.evidence, language, a.id) for a in asked])
        for context, asked in source.paragraphs
    ]
    return Source(source.language, paragraphs, source.titles)


def _last(arguments: argparse.Namespace) -> Corpus:
    chance = random.Random(arguments.seed + 2)
    builder = CorpusBuilder(open_tokenizer(), chance, Wording(REWORDED, chance, _synonyms(arguments)))
    if arguments.xquad:
        add_development(builder, arguments.xquad, arguments.without_fold)
        claims = claim_builder(builder, chance, arguments.german)
        claims.add_parallel(arguments.xquad, LANGUAGES, arguments.without_fold, FOLDS)
    for folder in arguments.data:
        for source in germanquad(folder, without_fold=arguments.without_fold):
            builder.add(source, (None, None), MISLEADING, WHETHER)
    return builder.corpus


def germanquad(folder: Path, *, without_fold: int | None = None, fold: int | None = None) -> Iterator[Source]:
    """Yield GermanQuAD's tuning half, the texts without an answer too; all of a title's in the same fold."""
    files = [folder / f"germanquad{part}.de.json.gz" for part in ("", "-no-answer")]
    if not all(file.exists() for file in files):
        return
    # A question's fold is that of its article, wherever it is asked.
    answered = list(read_squad(files[0]))
    folds = {
        one.question: number % FOLDS
        for number, source in enumerate(answered)
        for _, asked in source.paragraphs
        for one in asked
    }
    for source in (*answered, *read_squad(files[1])):
        paragraphs = []
        for context, asked in source.paragraphs:
            some = [one for one in asked if _is_in(folds[one.question], without_fold, fold)]
            if some:
                paragraphs.append((context, some))
        if paragraphs:
            yield Source("de", paragraphs, source.titles[: len(paragraphs)])


def _is_in(number: int, without: int | None, only: int | None) -> bool:
    return number != without and (only is None or number == only)


def _held(arguments: argparse.Namespace) -> Iterator[tuple[str, Corpus]]:
    if arguments.xquad:
        articles = {language: whole_articles(arguments.xquad, language) for language in LANGUAGES}
        for asked, language in (("de", "de"), ("en", "de"), ("en", "en"), ("de", "en")):
            builder = CorpusBuilder(open_tokenizer(), random.Random(0))
            for number, source in enumerate(articles[language]):
                if arguments.fold is None or number % FOLDS == arguments.fold:
                    questions = [one.question for one in articles[asked][number].paragraphs[0][1]]
                    builder.add_asked_in(source, [questions])
            yield f"xquad-{asked}-{language}", _answerable(builder.corpus)
        builder = CorpusBuilder(open_tokenizer(), random.Random(0))
        claims = claim_builder(builder, random.Random(0), None)
        other = None if arguments.fold is None else (arguments.fold + 1) % FOLDS
        claims.add_parallel(arguments.xquad, ("de", "en"), other, FOLDS)
        yield "claims", builder.corpus
    for folder in arguments.data:
        builder = CorpusBuilder(open_tokenizer(), random.Random(0))
        for source in germanquad(folder, fold=arguments.fold):
            builder.add(source)
        if builder.corpus.examples:
            yield "germanquad", _answerable(builder.corpus)


def _answerable(corpus: Corpus) -> Corpus:
    some = [one for one in corpus.examples if one.passage >= 0 and not one.misleading]
    return Corpus(corpus.passages, some)


if __name__ == "__main__":
    main()
