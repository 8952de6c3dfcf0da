"""Trains the reader's upper layers and heads.

    python -m training.build --data READER_TRAINING READER_TRAINING_2 --german TRANS_DE_EN --out CORPUS.npz
    python -m training.train --corpus CORPUS.npz CLAIMS.npz --held NAME=HELD.npz … --out RUN
    python -m training.train --corpus LAST.npz --start RUN/weights.safetensors --out RUN2

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
from collections.abc import Callable
from functools import partial
from pathlib import Path

import torch
from safetensors import safe_open
from safetensors.torch import load_file, save_file
from torch.utils.data import DataLoader, Dataset

from index.models.embedded import bundled_model_folder
from index.models.embedded_encoder import LAYERS
from index.models.encoder import keep_freed_memory
from rag.reader.network import LOGITS, SPLIT
from training.batches import CUDA_LAYOUT, Arrays, Layout, batch_of, group_of, unpacked
from training.corpus import Corpus, Example
from training.network import Weights, trained_tensors
from training.quantise import store
from training.reading import PARTS, loss_of, read_all, working_precision

# Layers that a --start which read them apart has not trained learn this much slower.
LOWER_RATE = 0.3
# Steps in which the rate rises, at most.
WARM_UP = 200
CHECKPOINT = "checkpoint.safetensors"
# A checkpoint is due after so many seconds.
CHECKPOINT_SECONDS = 300
# Of a held corpus, how many questions are read, how many at once, and how many passages compete with the answering one.
HELD_QUESTIONS, HELD_BATCH, HELD_RIVALS = 512, 64, 3


def main() -> None:
    """Read the arguments, train, write RUN/weights.safetensors and RUN/log.jsonl."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--corpus", type=Path, nargs="+", required=True, help="what training.build wrote")
    parser.add_argument("--share", type=float, nargs="+", help="of each corpus's examples, how many; 2: each twice")
    parser.add_argument(
        "--held", nargs="*", default=[], help="NAME=CORPUS: its loss is logged, nothing learned from it"
    )
    parser.add_argument("--held-every", type=int, default=2000, help="steps")
    parser.add_argument("--encoder", type=Path, help="the encoder's tensors; default: the embedded model's")
    parser.add_argument("--start", type=Path, help="weights to start from, quantised or not; none: the encoder's own")
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--rate", type=float, default=2e-4)
    parser.add_argument("--batch", type=int, default=16)
    parser.add_argument("--epochs", type=float, default=1.0)
    parser.add_argument("--steps", type=int, help="instead of --epochs")
    parser.add_argument("--seconds", type=float, help="the rate falls, and the run ends, in time for this")
    parser.add_argument(
        "--cool", type=float, default=0.94, help="the share of steps, at the end, in which the rate falls"
    )
    parser.add_argument("--split", type=int, default=SPLIT, help="how many layers read question and passage apart")
    parser.add_argument("--learn-from", type=int, help="the first layer that is trained; default: as --split")
    parser.add_argument("--compact", type=Path, help="write each checkpoint's weights here too, as 4-bit differences")
    parser.add_argument("--rivals", type=int, default=1)
    parser.add_argument("--left-out", type=float, default=0.2)
    parser.add_argument("--dropout", type=float, default=0.0)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--workers", type=int, default=0, help="processes that put steps together")
    arguments = parser.parse_args()
    keep_freed_memory()
    arguments.out.mkdir(parents=True, exist_ok=True)
    shares = arguments.share or [1.0] * len(arguments.corpus)
    corpus = Corpus.join(
        [Corpus.read(path).sample(share) for path, share in zip(arguments.corpus, shares, strict=True)]
    )
    print(f"{len(corpus.passages)} passages, {len(corpus.examples)} examples", flush=True)
    _train(arguments, corpus)


class _Steps(Dataset[tuple[Layout, torch.Tensor, torch.Tensor]]):
    """What each step reads: the same for the same seed, whoever puts it together."""

    def __init__(self, arguments: argparse.Namespace, corpus: Corpus, layout: Layout | None, steps: range) -> None:
        self._arguments, self._corpus, self._layout, self._steps = arguments, corpus, layout, steps
        self._orders: dict[int, list[int]] = {}

    def __len__(self) -> int:
        return len(self._steps)

    def __getitem__(self, place: int) -> tuple[Layout, torch.Tensor, torch.Tensor]:
        step, arguments = self._steps[place], self._arguments
        chance = random.Random(f"{arguments.seed} {step}")
        first = step * arguments.batch
        groups = [
            group_of(self._corpus, self._example(number), chance, arguments.rivals, arguments.left_out)
            for number in range(first, first + arguments.batch)
        ]
        return batch_of(self._corpus, groups, self._layout)

    def _example(self, number: int) -> Example:
        count = len(self._corpus.examples)
        epoch, place = divmod(number, count)
        if epoch not in self._orders:
            order = list(range(count))
            random.Random(f"{self._arguments.seed} {epoch}").shuffle(order)
            self._orders = {epoch: order}
        return self._corpus.examples[self._orders[epoch][place]]


class _Step:
    """One step of training: reads, looks back, changes the weights. On a GPU it is recorded once and played again."""

    def __init__(
        self,
        read: Callable[[int, Arrays, float], torch.Tensor],
        weights: list[torch.Tensor],
        optimiser: torch.optim.Optimizer,
        dropout: float,
    ) -> None:
        self._read, self._weights, self._optimiser, self._dropout = read, weights, optimiser, dropout
        self._graph: torch.cuda.CUDAGraph | None = None
        self._integers = self._floats = self._figures = torch.zeros(0)

    def __call__(self, layout: Layout, integers: torch.Tensor, floats: torch.Tensor) -> torch.Tensor:
        """Return the step's PARTS, on the device; the next step overwrites them."""
        if not self._weights[0].is_cuda:
            self._optimiser.zero_grad()
            return self._run(layout, unpacked(layout, integers, floats))
        if self._graph is None:
            self._graph = self._record(layout, integers, floats)
        self._integers.copy_(integers, non_blocking=True)
        self._floats.copy_(floats, non_blocking=True)
        self._graph.replay()
        return self._figures

    def _run(self, layout: Layout, arrays: Arrays) -> torch.Tensor:
        loss, figures = loss_of(self._read(len(layout.parts), arrays, self._dropout), arrays)
        loss.backward()  # type: ignore[no-untyped-call]
        torch.nn.utils.clip_grad_norm_(self._weights, 1.0)
        self._optimiser.step()
        return figures

    def _record(self, layout: Layout, integers: torch.Tensor, floats: torch.Tensor) -> torch.cuda.CUDAGraph:
        device = self._weights[0].device
        self._integers, self._floats = integers.to(device), floats.to(device)
        arrays = unpacked(layout, self._integers, self._floats)
        aside = torch.cuda.Stream()
        aside.wait_stream(torch.cuda.current_stream())
        with torch.cuda.stream(aside):
            for _ in range(3):
                self._optimiser.zero_grad(set_to_none=True)
                self._run(layout, arrays)
        torch.cuda.current_stream().wait_stream(aside)
        self._optimiser.zero_grad(set_to_none=True)
        graph = torch.cuda.CUDAGraph()
        # Other threads, such as those that load, may do what they like meanwhile.
        with torch.cuda.graph(graph, capture_error_mode="thread_local"):
            self._figures = self._run(layout, arrays)
        return graph


def _train(arguments: argparse.Namespace, corpus: Corpus) -> None:
    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    on_gpu = device.type == "cuda"
    # Its plans take longer to make than these texts to read.
    torch.backends.cuda.enable_cudnn_sdp(False)
    torch.manual_seed(arguments.seed)
    path = arguments.encoder or bundled_model_folder() / "model.safetensors"
    encoder = {name: tensor.to(device, torch.float32) for name, tensor in load_file(path).items()}
    learn_from = arguments.split if arguments.learn_from is None else arguments.learn_from
    weights = starting_weights(encoder, arguments.start, device, learn_from)
    low = encoder if on_gpu else {n: t.to(working_precision(device)) for n, t in encoder.items()}
    optimiser = _optimiser(arguments, weights, on_gpu)
    steps = arguments.steps or math.ceil(len(corpus.examples) * arguments.epochs / arguments.batch)
    held = {name: Corpus.read(Path(path)) for name, _, path in (one.partition("=") for one in arguments.held)}
    done = _resume(arguments.out, weights, optimiser)
    warm_up = min(0.06 * steps, WARM_UP)
    stopped: list[int] = []
    # A run that is told to end keeps what it has learned.
    signal.signal(signal.SIGTERM, lambda number, _: stopped.append(number))
    read = partial(_read, low, weights, arguments.split)
    every = 250 if on_gpu else 25
    run = _Step(read, list(weights.values()), optimiser, arguments.dropout)
    batches = DataLoader(
        _Steps(arguments, corpus, CUDA_LAYOUT if on_gpu else None, range(done, steps)),
        batch_size=None,
        num_workers=arguments.workers,
    )
    sums = torch.zeros(len(PARTS), device=device)
    step, summed = done, 0
    began = checked = time.time()
    with (arguments.out / "log.jsonl").open("a") as log:
        for layout, integers, floats in batches:
            gone = step / steps
            if arguments.seconds:
                gone = max(gone, (time.time() - began) / arguments.seconds)
            rate = arguments.rate * min(1.0, (step + 1) / warm_up, max(0.0, 1 - gone) / max(1e-6, arguments.cool))
            for group in optimiser.param_groups:
                if on_gpu:
                    group["lr"].fill_(rate * group["scale"])
                else:
                    group["lr"] = rate * group["scale"]
            sums += run(layout, integers, floats)
            summed += 1
            step += 1
            last = step == steps or gone >= 1 or bool(stopped)
            if step % every == 0 or last:
                entry = {"step": step, "of": steps, "rate": float(f"{rate:.3g}")}
                entry |= {name: round(total / summed, 4) for name, total in zip(PARTS, sums.tolist(), strict=True)}
                entry["seconds a step"] = round((time.time() - began) / (step - done), 4)
                _log(log, entry)
                sums.zero_()
                summed = 0
            if held and (step % arguments.held_every == 0 or last):
                for name, some in held.items():
                    _log(log, {"step": step, "held": name, **_held(read, some, device)})
            due = not on_gpu and time.time() - checked > CHECKPOINT_SECONDS
            cooling = step == int(steps * (1 - arguments.cool)) and not arguments.seconds
            if due or cooling or last:
                _checkpoint(arguments.out, weights, optimiser, step)
                if cooling:
                    # From here a longer run can go on.
                    shutil.copyfile(arguments.out / CHECKPOINT, arguments.out / "before-cooling.safetensors")
                if arguments.compact:
                    arguments.compact.parent.mkdir(parents=True, exist_ok=True)
                    store(_plain(weights), arguments.compact, _plain(encoder))
                checked = time.time()
            if stopped:
                print(f"stopped after step {step}", flush=True)
                return
            if last:
                break
    finished = {name: tensor.detach().float().cpu().contiguous() for name, tensor in weights.items()}
    save_file(finished, arguments.out / "weights.safetensors")


def _optimiser(arguments: argparse.Namespace, weights: dict[str, torch.Tensor], on_gpu: bool) -> torch.optim.Optimizer:
    heads = [name for name in weights if "head" in name or name == "sides"]
    apart = tuple(f"encoder.layer.{number}." for number in range(SPLIT))
    lowest = [name for name in weights if name.startswith(apart)] if arguments.start else []
    upper = [name for name in weights if name not in heads and name not in lowest]
    scales = ((upper, 1.0, 0.01), (heads, 1.0 if arguments.start else 5.0, 0.0), (lowest, LOWER_RATE, 0.01))
    groups = []
    for names, scale, decay in scales:
        if names:
            group = {"params": [weights[name] for name in names], "scale": scale, "weight_decay": decay}
            if on_gpu:
                # A recorded step reads its rate from here.
                group["lr"] = torch.zeros((), device="cuda")
            groups.append(group)
    return torch.optim.AdamW(groups, lr=arguments.rate, fused=on_gpu or None, capturable=on_gpu)


def _read(
    encoder: Weights, weights: dict[str, torch.Tensor], split: int, parts: int, arrays: Arrays, dropout: float
) -> torch.Tensor:
    if weights["sides"].is_cuda:
        # What is kept from one cast to the next cannot be recorded.
        with torch.autocast("cuda", torch.bfloat16, cache_enabled=False):
            return read_all(encoder, weights, parts, arrays, dropout, split)
    dtype = next(iter(encoder.values())).dtype
    # Everything in the low precision, residuals too, is a tenth faster than autocast; the optimiser's copy is float32.
    low = {name: tensor.to(dtype) for name, tensor in weights.items()}
    return read_all(encoder, low, parts, arrays, dropout, split)


def _held(read: Callable[[int, Arrays, float], torch.Tensor], corpus: Corpus, device: torch.device) -> dict[str, float]:
    """Return the mean losses of questions that nothing is learned from, whole passages read, the likeliest rivals."""
    chance = random.Random(0)
    examples = list(corpus.examples)
    chance.shuffle(examples)
    figures = []
    with torch.no_grad():
        for first in range(0, min(len(examples), HELD_QUESTIONS), HELD_BATCH):
            some = examples[first : first + HELD_BATCH]
            groups = [group_of(corpus, one, chance, HELD_RIVALS, 0.0, 320) for one in some]
            layout, integers, floats = batch_of(corpus, groups)
            arrays = unpacked(layout, integers.to(device), floats.to(device))
            figures.append(loss_of(read(len(layout.parts), arrays, 0.0), arrays)[1])
    means = torch.stack(figures).mean(0).tolist()
    return {name: round(mean, 4) for name, mean in zip(PARTS, means, strict=True)}


def _log(log, entry: dict[str, object]) -> None:  # type: ignore[no-untyped-def]
    log.write(json.dumps(entry) + "\n")
    log.flush()
    print(entry, flush=True)


def _plain(weights: Weights):  # type: ignore[no-untyped-def]
    return {name: tensor.detach().float().cpu().numpy() for name, tensor in weights.items()}


def starting_weights(
    encoder: dict[str, torch.Tensor], start: Path | None, device: torch.device, learn_from: int = SPLIT
) -> dict[str, torch.Tensor]:
    """Return what is trained: the encoder's upper layers, and heads that say nothing yet; or weights from a file."""
    upper = tuple(f"encoder.layer.{number}." for number in range(learn_from, LAYERS))
    weights = {name: tensor.clone() for name, tensor in encoder.items() if name.startswith(upper)}
    if start:
        # Layers that the file has not, since fewer were trained then, begin as the encoder's.
        weights |= trained_tensors(encoder, start)
        for head in ("token_head", "null_head"):
            # A file from before there were claims has three logits.
            missing = LOGITS - len(weights[f"{head}.bias"])
            for part, shape in (("weight", (missing, weights["sides"].shape[1])), ("bias", (missing,))):
                added = 0.02 * torch.randn(shape) if part == "weight" else torch.zeros(shape)
                weights[f"{head}.{part}"] = torch.cat([weights[f"{head}.{part}"], added.to(device)])
    else:
        hidden = encoder["embeddings.LayerNorm.weight"].shape[0]
        weights["sides"] = torch.zeros(2, hidden, device=device)
        for head in ("token_head", "null_head"):
            weights[f"{head}.weight"] = 0.02 * torch.randn(LOGITS, hidden).to(device)
            weights[f"{head}.bias"] = torch.zeros(LOGITS, device=device)
    return {name: tensor.requires_grad_() for name, tensor in weights.items()}


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
                "step": torch.tensor(float(step), device=tensor.device),
                "exp_avg": stored.get_tensor(f"exp_avg/{name}").to(tensor.device),
                "exp_avg_sq": stored.get_tensor(f"exp_avg_sq/{name}").to(tensor.device),
            }
    print(f"going on from step {step}", flush=True)
    return step


if __name__ == "__main__":
    main()
