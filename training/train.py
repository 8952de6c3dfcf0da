"""Trains the reader's upper layers and heads.

    python -m training.train --data READER_TRAINING READER_TRAINING_2 --german TRANS_DE_EN --out RUN
    python -m training.train --development XQUAD_R --start RUN/weights.safetensors --out RUN2 [--without-fold 0]

Stops and resumes: run again with the same arguments and it goes on from its last checkpoint.
"""

from __future__ import annotations

import argparse
import json
import math
import random
import shutil
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file

from index.models.embedded import bundled_model_folder
from index.models.encoder import keep_freed_memory
from rag.reader.network import LAYERS, LOGITS, SPLIT
from rag.reader.weights import trained_weights
from training.corpus import Corpus, CorpusBuilder, open_tokenizer
from training.development import FOLDS, add_development
from training.manifest import Set, read_manifest, read_parallel, read_set
from training.quantise import store
from training.reading import LowerStates, group_of, loss_of
from training.switching import read_german, read_spanish
from training.wording import Wording

# Of the questions, how many are asked again with a name or number exchanged.
MISLEADING = 0.1
# Of the questions, how many are asked in keywords or in telegram style.
REWORDED = 0.15
# Of a text's words that a word list knows, how many are replaced: one of these.
SWITCHED = (0.5, 0.5, 0.9)
PARALLEL = "mlqa-parallel-questions.jsonl.gz"
# Layers that a --start which read them apart has not trained learn this much slower.
LOWER_RATE = 0.3
# Steps in which the rate rises, at most.
WARM_UP = 60
CHECKPOINT = "checkpoint.safetensors"
# A checkpoint is due after so many seconds.
CHECKPOINT_SECONDS = 300


def main() -> None:
    """Read the arguments, train, write RUN/weights.safetensors and RUN/log.jsonl."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, nargs="+", default=[], help="folders of the manifest's files")
    parser.add_argument("--scale", type=float, default=1.0, help="of each set's share, how much is used")
    parser.add_argument("--corpus", type=Path, help="a .npz: written once, read by the next run in place of --data")
    parser.add_argument("--german", type=Path, help="the word list of Debian's trans-de-en")
    parser.add_argument("--spanish", type=Path, help="the word list of Debian's dict-freedict-eng-spa")
    parser.add_argument("--development", type=Path, help="folder of XQuAD-R: train on it, in all pairs of languages")
    parser.add_argument("--without-fold", type=int, help=f"leave out this of {FOLDS} folds of its articles")
    parser.add_argument("--start", type=Path, help="weights to start from, quantised or not; none: the encoder's own")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--steps", type=int, help="instead of --epochs")
    parser.add_argument(
        "--cool", type=float, default=0.94, help="the share of steps, at the end, in which the rate falls"
    )
    parser.add_argument("--split", type=int, default=SPLIT, help="how many layers read question and passage apart")
    parser.add_argument("--compact", type=Path, help="write each checkpoint's weights here too, as 4-bit differences")
    parser.add_argument("--rivals", type=int, default=1)
    parser.add_argument("--left-out", type=float, default=0.2)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    arguments = parser.parse_args()
    keep_freed_memory()
    arguments.out.mkdir(parents=True, exist_ok=True)
    if arguments.corpus and arguments.corpus.exists():
        corpus = Corpus.read(arguments.corpus)
    else:
        corpus = _corpus(arguments)
        if arguments.corpus:
            corpus.write(arguments.corpus)
    print(f"{len(corpus.passages)} passages, {len(corpus.examples)} examples", flush=True)
    _train(arguments, corpus)


def _corpus(arguments: argparse.Namespace) -> Corpus:
    chance = random.Random(arguments.seed)
    tokenizer = open_tokenizer()
    builder = CorpusBuilder(tokenizer, chance, Wording(REWORDED, chance))
    switches = []
    if arguments.german:
        german = read_german(arguments.german)
        switches += [(german, share) for share in SWITCHED]
    if arguments.spanish:
        switches.append((read_spanish(arguments.spanish), SWITCHED[0]))
    parallel = {}
    for folder in arguments.data:
        if (folder / PARALLEL).exists():
            parallel = read_parallel(folder / PARALLEL)
    for one, path in _files(arguments):
        for source in read_set(one, path, parallel, chance):
            switch = chance.choice(switches) if switches and chance.random() < one.switched else None
            builder.add(source, (switch,), MISLEADING)
    if arguments.development:
        add_development(builder, arguments.development, arguments.without_fold)
    return builder.corpus


def _files(arguments: argparse.Namespace) -> Iterator[tuple[Set, Path]]:
    for one in read_manifest():
        for folder in arguments.data:
            if (folder / one.file).exists():
                yield one.model_copy(update={"share": one.share * arguments.scale}), folder / one.file


def _train(arguments: argparse.Namespace, corpus: Corpus) -> None:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    torch.manual_seed(arguments.seed)
    encoder = {n: t.to(device) for n, t in load_file(bundled_model_folder() / "model.safetensors").items()}
    weights = starting_weights(encoder, arguments.start, device, arguments.split)
    lower = LowerStates(lower_weights(encoder, arguments.split), corpus.passages, device, arguments.split)
    heads = [name for name in weights if "head" in name or name == "sides"]
    apart = tuple(f"encoder.layer.{number}." for number in range(SPLIT))
    lowest = [name for name in weights if name.startswith(apart)]
    upper = [name for name in weights if name not in heads and name not in lowest]
    groups = [
        {"params": [weights[name] for name in upper], "scale": 1.0, "weight_decay": 0.01},
        {"params": [weights[name] for name in heads], "scale": 1.0 if arguments.start else 5.0, "weight_decay": 0.0},
    ]
    if lowest:
        groups.append({"params": [weights[name] for name in lowest], "scale": LOWER_RATE, "weight_decay": 0.01})
    optimiser = torch.optim.AdamW(groups, lr=arguments.rate)
    steps = arguments.steps or math.ceil(len(corpus.examples) * arguments.epochs / arguments.batch)
    cooling = int(steps * (1 - arguments.cool))
    done = _resume(arguments.out, weights, optimiser)
    began = checked = time.time()
    warm_up = min(0.06 * steps, WARM_UP)
    stopped: list[int] = []
    # A run that is told to end keeps what it has learned.
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    sums: dict[str, float] = {}
    summed = 0
    order = _order(arguments, corpus)
    with (arguments.out / "log.jsonl").open("a") as log:
        for step in range(done, steps):
            chance = random.Random(f"{arguments.seed} {step}")
            chosen = [order[i % len(order)] for i in range(step * arguments.batch, (step + 1) * arguments.batch)]
            batch = [group_of(corpus, corpus.examples[i], chance, arguments.rivals, arguments.left_out) for i in chosen]
            rate = arguments.rate * min(1.0, (step + 1) / warm_up, (steps - step) / max(1, steps - cooling))
            for group in optimiser.param_groups:
                group["lr"] = rate * group["scale"]
            loss, parts = loss_of(weights, lower, corpus, batch, arguments.dropout)
            optimiser.zero_grad()
            loss.backward()
            torch.nn.utils.clip_grad_norm_(list(weights.values()), 1.0)
            optimiser.step()
            summed += 1
            for name, value in parts.items():
                sums[name] = sums.get(name, 0.0) + value
            if (step + 1) % 25 == 0 or step + 1 == steps:
                entry = {"step": step + 1, "of": steps, **{n: round(v / summed, 4) for n, v in sums.items()}}
                entry["seconds a step"] = round((time.time() - began) / (step + 1 - done), 2)
                log.write(json.dumps(entry) + "\n")
                log.flush()
                print(entry, flush=True)
                sums, summed = {}, 0
            if time.time() - checked > CHECKPOINT_SECONDS or step + 1 in (cooling, steps) or stopped:
                _checkpoint(arguments.out, weights, optimiser, step + 1)
                if step + 1 == cooling:
                    # From here a longer run can go on.
                    shutil.copyfile(arguments.out / CHECKPOINT, arguments.out / "before-cooling.safetensors")
                if arguments.compact:
                    arguments.compact.parent.mkdir(parents=True, exist_ok=True)
                    store(
                        {name: tensor.detach().float().cpu().numpy() for name, tensor in weights.items()},
                        arguments.compact,
                    )
                checked = time.time()
            if stopped:
                print(f"stopped after step {step + 1}", flush=True)
                return
    finished = {name: tensor.detach().float().cpu().contiguous() for name, tensor in weights.items()}
    save_file(finished, arguments.out / "weights.safetensors")


def lower_weights(encoder: dict[str, torch.Tensor], split: int = SPLIT) -> dict[str, torch.Tensor]:
    """Return the tensors that read texts apart."""
    names = [name for name in encoder if name.startswith("embeddings.")]
    names += [name for number in range(split) for name in encoder if name.startswith(f"encoder.layer.{number}.")]
    return {name: encoder[name] for name in names}


def starting_weights(
    encoder: dict[str, torch.Tensor], start: Path | None, device: torch.device, split: int = SPLIT
) -> dict[str, torch.Tensor]:
    """Return what is trained: the encoder's upper layers, and heads that say nothing yet; or weights from a file."""
    upper = tuple(f"encoder.layer.{number}." for number in range(split, LAYERS))
    weights = {name: tensor.clone() for name, tensor in encoder.items() if name.startswith(upper)}
    if start:
        # Layers that the file has not, since fewer were trained then, begin as the encoder's.
        weights |= trained_weights(encoder, start, sha256=None)
    else:
        hidden = encoder["embeddings.LayerNorm.weight"].shape[0]
        weights["sides"] = torch.zeros(2, hidden, device=device)
        for head in ("token_head", "null_head"):
            weights[f"{head}.weight"] = 0.02 * torch.randn(LOGITS, hidden).to(device)
            weights[f"{head}.bias"] = torch.zeros(LOGITS, device=device)
    return {name: tensor.requires_grad_() for name, tensor in weights.items()}


def _order(arguments: argparse.Namespace, corpus: Corpus) -> list[int]:
    order = list(range(len(corpus.examples)))
    random.Random(arguments.seed).shuffle(order)
    return order


def _checkpoint(folder: Path, weights: dict[str, torch.Tensor], optimiser: torch.optim.Optimizer, step: int) -> None:
    tensors = {f"weights/{name}": tensor.detach() for name, tensor in weights.items()}
    for name, tensor in weights.items():
        for moment in ("exp_avg", "exp_avg_sq"):
            tensors[f"{moment}/{name}"] = optimiser.state[tensor][moment]
    scratch = folder / "checkpoint.part"
    save_file({name: t.contiguous() for name, t in tensors.items()}, scratch, metadata={"step": str(step)})
    scratch.replace(folder / CHECKPOINT)


def _resume(folder: Path, weights: dict[str, torch.Tensor], optimiser: torch.optim.Optimizer) -> int:
    path = folder / CHECKPOINT
    if not path.exists():
        return 0
    with safe_open(path, framework="pt") as stored:
        step = int(stored.metadata()["step"])
        for name, tensor in weights.items():
            with torch.no_grad():
                tensor.copy_(stored.get_tensor(f"weights/{name}"))
            optimiser.state[tensor] = {
                "step": torch.tensor(float(step)),
                "exp_avg": stored.get_tensor(f"exp_avg/{name}").to(tensor.device),
                "exp_avg_sq": stored.get_tensor(f"exp_avg_sq/{name}").to(tensor.device),
            }
    print(f"going on from step {step}", flush=True)
    return step


if __name__ == "__main__":
    main()
