"""How should a unit see its mentions? Five views of the same spans, compared on splits of the PLOVER train half.

``python tests/benchmarks/unit_views.py plv_train.tsv -o tests/benchmarks/results/unit_views.json``

All but ``pair`` score every actor and ordered pair of a sentence in one encoder pass that does not know which
pair will be asked for. Views: ``plain`` mean of a span's vectors; ``text`` the same mark put around every mention;
``tagged`` the actor's index added to the token embeddings inside its mentions; ``levitated`` two appended markers a
mention that share the positions of its ends and are not seen by the text (PL-Marker, Ye et al., ACL 2022, section 3);
``pair`` source and target marked differently in the text, one pass a pair.
"""

import argparse
import csv
import json
import random
import re
import time
from pathlib import Path

import numpy as np
import torch
from sklearn.metrics import f1_score
from torch import nn
from transformers import AutoModel, AutoTokenizer

PRESSURE = {"REQUEST", "ACCUSE", "REJECT", "THREATEN", "PROTEST", "SANCTION", "COERCE"}
MILITARY = {"MOBILIZE", "ASSAULT"}


def read_rows(path):
    rows = []
    for row in csv.DictReader(path.open(encoding="utf-8"), delimiter="\t"):
        pieces, spans, text = re.split(r"(</?[st]>)", row["marked_sentence"]), {}, ""
        for piece in pieces:
            if piece in ("<s>", "<t>"):
                spans.setdefault(piece[1], [len(text), None])
            elif piece in ("</s>", "</t>"):
                spans[piece[2]][1] = spans[piece[2]][1] or len(text)
            else:
                text += piece
        for end in "st":  # 39 rows lack a source or a recipient: the whole sentence stands in
            spans.setdefault(end, [0, len(text)])
        root = row["gold_root"].strip().upper()
        three = 2 if root in MILITARY else 1 if root in PRESSURE else 0
        rows.append((text, spans["s"], spans["t"], int(row["gold_penta"]) - 1, root, three))
    return rows


class Views(nn.Module):
    def __init__(self, folder, view, n_root, vocabulary):
        super().__init__()
        self.view = view
        self.encoder = AutoModel.from_pretrained(folder, add_pooling_layer=False)
        self.encoder.resize_token_embeddings(vocabulary, mean_resizing=False)
        width = self.encoder.config.hidden_size
        self.tags = nn.Embedding(8, width)
        nn.init.normal_(self.tags.weight, std=0.02)
        self.unit = nn.Sequential(nn.Linear(2 * width, width), nn.GELU(), nn.Dropout(0.1), nn.Linear(width, 3))
        self.pair = nn.Sequential(nn.Linear(4 * width, width), nn.GELU(), nn.Dropout(0.1))
        self.penta, self.root = nn.Linear(width, 4), nn.Linear(width, n_root)

    def forward(self, ids, positions, mask, units, tags, real):
        vectors = self.encoder.embeddings.word_embeddings(ids)
        if self.view == "tagged":
            vectors = vectors + self.tags(tags) * (tags > 0).unsqueeze(-1)
        hidden = self.encoder(inputs_embeds=vectors, position_ids=positions, attention_mask=mask).last_hidden_state
        pooled = units @ hidden / units.sum(-1, keepdim=True).clamp(min=1)
        text = (real.unsqueeze(1).float() @ hidden).squeeze(1) / real.sum(-1, keepdim=True)
        source, target = pooled[:, 0], pooled[:, 1]
        three = self.unit(torch.cat([source, text], -1))
        pair = self.pair(torch.cat([source, target, source * target, text], -1))
        return three, self.penta(pair), self.root(pair)


def encode(rows, tokenizer, view, rng):
    marks = {k: tokenizer.convert_tokens_to_ids(f"[M{k}]") for k in range(4)}
    batch = []
    for text, source, target, *_ in rows:
        piece = tokenizer(text, return_offsets_mapping=True, add_special_tokens=True, truncation=True, max_length=160)
        ids, offsets = piece["input_ids"], piece["offset_mapping"]
        spans = [
            [i for i, (a, b) in enumerate(offsets) if b > a and a < e and b > s] or [0] for s, e in (source, target)
        ]
        tags = [0] * len(ids)
        order = [0, 1] if spans[0][0] <= spans[1][0] else [1, 0]  # index by first appearance: no hint of direction
        for rank, k in enumerate(order):
            for i in spans[k]:
                tags[i] = rank + 1
        positions, owner = list(range(len(ids))), [0] * len(ids)
        if view in ("text", "pair"):
            for k in sorted((0, 1), key=lambda k: -spans[k][0]):
                first, last = spans[k][0], spans[k][-1]
                left, right = (marks[0], marks[1]) if view == "text" or k == 0 else (marks[2], marks[3])
                ids = [*ids[:first], left, *ids[first : last + 1], right, *ids[last + 1 :]]
                other = 1 - k
                spans[other] = [i + (2 if i > last else 0) if i < first or i > last else i + 1 for i in spans[other]]
                spans[k] = list(range(first, last + 3))
            positions, owner, tags = list(range(len(ids))), [0] * len(ids), [0] * len(ids)
        if view == "levitated":
            n = len(ids)
            for k in (0, 1):
                ids, positions = [*ids, marks[0], marks[1]], [*positions, spans[k][0], spans[k][-1]]
                owner += [k + 1, k + 1]
                tags += [0, 0]
            spans = [[n, n + 1], [n + 2, n + 3]]
        batch.append((ids, positions, owner, tags, spans))
    return batch


def collate(items):
    n, b = max(len(i[0]) for i in items), len(items)
    ids, positions, owner, tags = (torch.zeros(b, n, dtype=torch.long) for _ in range(4))
    real, units = torch.zeros(b, n, dtype=torch.bool), torch.zeros(b, 2, n)
    for row, (i, p, o, t, spans) in enumerate(items):
        for tensor, values in ((ids, i), (positions, p), (owner, o), (tags, t)):
            tensor[row, : len(values)] = torch.tensor(values)
        real[row, : len(i)] = True
        for k in (0, 1):
            units[row, k, spans[k]] = 1
    text = real & (owner == 0)
    same = (owner.unsqueeze(2) == owner.unsqueeze(1)) & (owner > 0).unsqueeze(1)
    mask = (text.unsqueeze(1) | same).unsqueeze(1)
    return ids, positions, mask, units, tags, text


def run(rows, view, seed, options, roots):
    random.seed(seed), np.random.seed(seed), torch.manual_seed(seed)  # noqa: NPY002
    order = np.random.RandomState(100 + seed).permutation(len(rows))
    dev, train = order[: len(rows) // 4], order[len(rows) // 4 :]
    tokenizer = AutoTokenizer.from_pretrained(options.encoder)
    tokenizer.add_special_tokens({"additional_special_tokens": [f"[M{k}]" for k in range(4)]})
    model = Views(options.encoder, view, len(roots), len(tokenizer))
    data = encode(rows, tokenizer, view, random)
    gold = torch.tensor([[r[5], r[3], roots.index(r[4])] for r in rows])
    head = [p for n, p in model.named_parameters() if not n.startswith("encoder")]
    optimizer = torch.optim.AdamW(
        [{"params": model.encoder.parameters(), "lr": 1e-4}, {"params": head, "lr": 5e-4}], weight_decay=0.01
    )
    steps = options.epochs * (len(train) // 16)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda s: min((s + 1) / (0.1 * steps), (steps - s) / (0.9 * steps))
    )
    for _ in range(options.epochs):
        model.train()
        np.random.shuffle(train)  # noqa: NPY002
        for start in range(0, len(train) - 15, 16):
            chosen = train[start : start + 16]
            with torch.autocast("cpu", torch.bfloat16):
                outputs = model(*collate([data[i] for i in chosen]))
                loss = sum(nn.functional.cross_entropy(o.float(), gold[chosen, k]) for k, o in enumerate(outputs))
            optimizer.zero_grad()
            loss.backward()
            nn.utils.clip_grad_norm_(model.parameters(), 1.0)
            optimizer.step()
            schedule.step()
    model.eval()
    predicted = []
    with torch.no_grad():
        for start in range(0, len(dev), 32):
            outputs = model(*collate([data[i] for i in dev[start : start + 32]]))
            predicted.append(torch.stack([o.argmax(-1) for o in outputs], 1))
    predicted = torch.cat(predicted).numpy()
    return [100 * f1_score(gold[dev, k].numpy(), predicted[:, k], average="macro") for k in range(3)]


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("data", type=Path)
    parser.add_argument("-o", "--output", type=Path, required=True)
    parser.add_argument("--encoder", required=True)
    parser.add_argument("--views", nargs="+", default=["plain", "text", "tagged", "levitated", "pair"])
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--epochs", type=int, default=8)
    options = parser.parse_args()
    rows = read_rows(options.data)
    roots = sorted({r[4] for r in rows})
    print(len(rows), roots, flush=True)
    results = {}
    for seed in range(options.seeds):
        for view in options.views:
            began = time.time()
            scores = run(rows, view, seed, options, roots)
            results.setdefault(view, []).append(scores)
            print(seed, view, [round(s, 1) for s in scores], f"{time.time() - began:.0f} s", flush=True)
            table = {
                view: {
                    name: {
                        "mean": round(float(np.mean(c)), 2),
                        "sd": round(float(np.std(c)), 2),
                        "seeds": [round(x, 2) for x in c],
                    }
                    for name, c in zip(("three_way", "penta", "root"), zip(*s, strict=True), strict=True)
                }
                for view, s in results.items()
            }
            note = {
                "data": "PLV train half, 25% dev by seed",
                "metric": "macro-F1 x 100",
                "epochs": options.epochs,
                "seconds": round(time.time() - began),
            }
            options.output.write_text(json.dumps({"about": note, "views": table}, indent=1) + "\n")


if __name__ == "__main__":
    main()
