"""One step's reading: the network over what training.batches put together, and the loss over all groups at once."""

from __future__ import annotations

import torch
from torch.nn.functional import binary_cross_entropy_with_logits

from training.batches import Arrays
from training.network import Weights, read_apart, read_together


def read_all(
    encoder: Weights, weights: Weights, parts: int, arrays: Arrays, dropout: float, split: int
) -> torch.Tensor:
    """Return the logits of all tokens that a step reads, padding too, shape (tokens, LOGITS), part after part.

    Args:
        encoder: its embeddings and lower layers; lower layers among the trained weights stand in their place.
        parts: how many the step has.
    """
    both = {**encoder, **weights}
    learns = any(f"encoder.layer.{number}.output.dense.weight" in weights for number in range(split))
    read = []
    for number in range(parts):
        questions, passages, kept = (arrays[f"{name} {number}"] for name in ("questions", "passages", "kept"))
        asked_mask = _mask(arrays[f"asked {number}"], questions)
        whole_mask = _mask(arrays[f"whole {number}"], passages)
        kept_mask = _mask(arrays[f"read {number}"], kept)
        with torch.set_grad_enabled(learns and torch.is_grad_enabled()):
            question_states = read_apart(both, questions, asked_mask, split)
            passage_states = read_apart(both, passages, whole_mask, split)
            chosen = kept[:, :, None].expand(-1, -1, passage_states.shape[-1])
            passage_states = passage_states.gather(1, chosen)
        mask = torch.cat([asked_mask, kept_mask], 1)
        logits = read_together(both, question_states, passage_states, mask, dropout, split)
        read.append(logits.flatten(0, 1))
    return torch.cat(read)


def _mask(lengths: torch.Tensor, ids: torch.Tensor) -> torch.Tensor:
    return torch.arange(ids.shape[1], device=ids.device)[None] < lengths[:, None]


PARTS = ("start", "end", "sentence", "sentence right", "claim", "claim right")


def loss_of(logits: torch.Tensor, arrays: Arrays) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the mean loss of a step's groups, and PARTS, from the logits of `read_all`.

    One softmax over the tokens of all passages of a group and "none" (shared normalisation, Clark & Gardner 2018, arXiv
    1710.10723) for the answer's start, one for its end, and one over their sentences. Where whole sentences answer,
    only the last; where just the passage is known, the likelihood of all its tokens and sentences together. A claim's
    loss is the cross-entropy of whether each sentence supports it, by its tokens' fourth logit.
    """
    device = logits.device
    asks, active, marginal = arrays["asks"], arrays["active"], arrays["marginal"] > 0
    token_group, token_sentence, sentence_group = (
        arrays[name] for name in ("token group", "token sentence", "group of sentence")
    )
    # One more of each for what belongs to none.
    groups, sentences = len(asks) + 1, len(sentence_group) + 1
    sizes = torch.zeros(sentences, device=device).index_add(0, token_sentence, torch.ones_like(logits[:, 0]))
    sums = torch.zeros((sentences, 2), device=device).index_add(0, token_sentence, logits[:, 2:])
    means = sums / sizes.clamp(min=1)[:, None]
    of_sentence = torch.cat([sentence_group, sentence_group.new_full((1,), groups - 1)])
    values = ((logits[:, 0], token_group), (logits[:, 1], token_group), (means[:, 0], of_sentence))
    total = torch.zeros((), device=device)
    parts = []
    for kind, name in enumerate(("start", "end", "sentence")):
        scores, of = values[kind]
        group, weight = arrays[f"{name} group"], arrays[f"{name} weight"]
        wanted = scores.index_select(0, arrays[f"{name} place"])
        every, highest = _log_sums(scores, of, torch.zeros(groups, device=device))
        said = torch.zeros(groups, device=device).index_add(0, group, wanted * weight)[:-1]
        some, likeliest = _log_sums(wanted, group, torch.full((groups,), -1e4, device=device))
        loss = ((every - torch.where(marginal, some, said)) * active[kind]).sum()
        total = total + loss
        parts.append(loss.detach() / active[kind].sum().clamp(min=1))
    none = torch.zeros(groups, device=device).index_add(0, group, weight)[:-1] == 0
    right = torch.where(none, highest <= 0, likeliest >= highest) * asks
    parts.append(right.sum() / asks.sum().clamp(min=1))
    held = means[:, 1].index_select(0, arrays["claim place"])
    label, weight = arrays["claim label"], arrays["claim weight"]
    losses = binary_cross_entropy_with_logits(held, label, weight, reduction="none")
    total = total + losses.sum()
    about = (weight == 1).float()
    parts.append(losses.detach().sum() / about.sum().clamp(min=1))
    parts.append((((held > 0) == (label > 0.5)).float() * about).sum() / about.sum().clamp(min=1))
    return total / arrays["count"].clamp(min=1)[0], torch.stack(parts)


def _log_sums(values: torch.Tensor, groups: torch.Tensor, least: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return, for each group but the last, the logarithm of the sum of exponentials, `least` too; and the highest."""
    highest = least.scatter_reduce(0, groups, values.detach(), "amax")
    sums = torch.exp(least - highest).index_add(0, groups, torch.exp(values - highest.index_select(0, groups)))
    return (highest + torch.log(sums))[:-1], highest[:-1]


def working_precision(device: torch.device) -> torch.dtype:
    """Return the precision to compute in: bfloat16 where that is faster."""
    from index.models.encoder import bfloat16_is_faster

    return torch.bfloat16 if device.type == "cuda" or bfloat16_is_faster() else torch.float32
