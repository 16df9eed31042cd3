"""The benchmark's Transformer as a PyTorch user would write it, eager; a child of the harness (see src/harness).

    python twin.py TASK.json --threads 2 [--attention sdpa|manual] [--adam fused|foreach]
    python twin.py TASK.json --threads 2 --choose      prints the faster optimizer form and attention, as JSON

Same architecture, parameters, tokens and initial weights as ours: Post-LN (or Admin) residuals, fused projections,
ReLU, one table for both inputs and the output, sinusoidal positions, dropout on embeddings, branches and attention
probabilities, padding masks, label smoothing, Adam.
"""

import argparse
import json
import math
import sys
import time

import torch
import torch.nn.functional as F
from torch import nn

from harness import MARK, peak_bytes, say


class Attention(nn.Module):
    def __init__(self, task, options, cross=False, causal=False):
        super().__init__()
        d = task["width"]
        self.heads, self.dropout, self.causal = task["heads"], task["dropout"], causal
        self.manual = options.attention == "manual"
        if cross:
            self.query, self.keyValue = nn.Linear(d, d), nn.Linear(d, 2 * d)
        else:
            self.queryKeyValue = nn.Linear(d, 3 * d)
        self.output = nn.Linear(d, d)

    def split(self, x, parts):
        """[B, T, parts D] -> parts of [B, H, T, Dh]"""
        return x.unflatten(2, (parts, self.heads, -1)).permute(2, 0, 3, 1, 4).unbind(0)

    def forward(self, x, mask, memory=None):
        if memory is None:
            q, k, v = self.split(self.queryKeyValue(x), 3)
        else:
            (q,) = self.split(self.query(x), 1)
            k, v = self.split(self.keyValue(memory), 2)
        rate = self.dropout if self.training else 0.0
        if self.manual:
            scores = torch.matmul(q, k.transpose(2, 3)) * q.shape[3] ** -0.5 + mask
            y = torch.matmul(F.dropout(scores.softmax(-1), rate, self.training), v)
        else:
            y = F.scaled_dot_product_attention(
                q, k, v, attn_mask=None if self.causal else mask, dropout_p=rate, is_causal=self.causal
            )
        return self.output(y.transpose(1, 2).flatten(2))


class FeedForward(nn.Module):
    def __init__(self, task, options):
        super().__init__()
        self.inner = nn.Linear(task["width"], task["feedForward"])
        self.outer = nn.Linear(task["feedForward"], task["width"])

    def forward(self, x):
        return self.outer(F.relu(self.inner(x)))


class Residual(nn.Module):
    def __init__(self, task, branch):
        super().__init__()
        self.branch, self.after = branch, nn.LayerNorm(task["width"])
        self.dropout = nn.Dropout(task["dropout"])
        self.omega = nn.Parameter(torch.ones(task["width"])) if task["method"] == "admin" else None

    def forward(self, x, *rest):
        branch = self.dropout(self.branch(x, *rest))
        return self.after((x if self.omega is None else x * self.omega) + branch)


class Block(nn.Module):
    def __init__(self, task, options, decoder):
        super().__init__()
        self.selfAttention = Residual(task, Attention(task, options, causal=decoder))
        self.crossAttention = Residual(task, Attention(task, options, cross=True)) if decoder else None
        self.feedForward = Residual(task, FeedForward(task, options))

    def forward(self, x, mask, memory=None, memory_mask=None):
        x = self.selfAttention(x, mask)
        if self.crossAttention is not None:
            x = self.crossAttention(x, memory_mask, memory)
        return self.feedForward(x)


def positions(task):
    """Sines, then cosines, counted from padId + 1. [T, D]"""
    half = task["width"] // 2
    frequency = torch.exp(torch.arange(half, dtype=torch.float64) * -(math.log(10000) / (half - 1)))
    angle = (torch.arange(task["time"]) + task["padId"] + 1)[:, None] * frequency
    return torch.cat([angle.sin(), angle.cos()], 1).float()


class Twin(nn.Module):
    def __init__(self, task, options):
        super().__init__()
        self.task = task
        self.table = nn.Embedding(task["vocabulary"], task["width"])
        self.register_buffer("positions", positions(task), persistent=False)
        self.dropout = nn.Dropout(task["dropout"])
        make = lambda decoder: nn.ModuleList(Block(task, options, decoder) for _ in range(task["depth"]))
        self.encoder, self.decoder = make(False), make(True)
        self.register_buffer("future", torch.full((task["time"],) * 2, -1e9).triu(1), persistent=False)

    def embed(self, ids):
        real = ids.ne(self.task["padId"])[:, :, None]
        x = math.sqrt(self.task["width"]) * self.table(ids) + real * self.positions[: ids.shape[1]]
        return self.dropout(x)

    def forward(self, source, target):
        pads = source.eq(self.task["padId"])[:, None, None, :] * -1e9
        memory = self.embed(source)
        for block in self.encoder:
            memory = block(memory, pads)
        x = self.embed(target)
        future = self.future[: target.shape[1], : target.shape[1]]
        for block in self.decoder:
            x = block(x, future, memory, pads)
        return F.linear(x, self.table.weight)


def load_weights(model, path):
    """Sets every parameter from our safetensors file: the same names but for prefixes, linear weights transposed."""
    data = open(path, "rb").read()
    length = int.from_bytes(data[:8], "little")
    header = {k: v for k, v in json.loads(data[8 : 8 + length]).items() if k != "__metadata__"}
    used = set()
    for name, parameter in model.named_parameters():
        path = name.replace("table.weight", "sourceEmbedding.table")
        path = path.replace("encoder.", "encoder.layers.", 1).replace("decoder.", "decoder.layers.", 1)
        if ".after." in path:
            path = path.replace(".after.weight", ".after.gain")
        entry = header[path]
        used.add(path)
        start, end = (8 + length + offset for offset in entry["data_offsets"])
        values = torch.frombuffer(bytearray(data[start:end]), dtype=torch.float32).reshape(entry["shape"])
        transposed = values.dim() == 2 and not name.startswith("table.")
        with torch.no_grad():
            parameter.copy_(values.T if transposed else values)
    left = set(header) - used
    assert not left, f"weights without a parameter: {sorted(left)[:3]}"


class Training:
    def __init__(self, task, options):
        torch.manual_seed(1)
        self.task = task
        self.model = Twin(task, options)
        load_weights(self.model, task["weights"])
        self.model.to(options.device)
        form = {} if options.adam == "auto" else {options.adam: True}
        self.optimizer = torch.optim.Adam(
            self.model.parameters(),
            lr=task["learningRate"],
            betas=(task["beta1"], task["beta2"]),
            eps=task["epsilon"],
            **form,
        )
        make = lambda batch, side: torch.tensor(batch[side], device=options.device).reshape(batch["rows"], -1)
        self.batches = [tuple(make(b, side) for side in ("source", "target", "labels")) for b in task["batches"]]
        self.updates, self.losses = 0, []

    def loss(self, batch):
        source, target, labels = batch
        logits = self.model(source, target)
        return F.cross_entropy(
            logits.flatten(0, 1),
            labels.flatten(),
            ignore_index=self.task["padId"],
            label_smoothing=self.task["smoothing"],
        )

    def start_loss(self):
        self.model.eval()
        with torch.no_grad():
            return self.loss(self.batches[0]).item()

    def step(self):
        for _ in range(self.task["updates"]):
            self.update()

    def update(self):
        self.model.train()
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss(self.batches[self.updates % len(self.batches)])
        loss.backward()
        self.optimizer.step()
        self.updates += 1
        self.losses.append(loss.item())


def timed(step, seconds):
    steps, begin, cpu = 0, time.perf_counter(), time.process_time()
    while True:
        step()
        steps += 1
        passed = time.perf_counter() - begin
        if passed >= seconds:
            return dict(seconds=passed / steps, cpuSeconds=(time.process_time() - cpu) / steps, steps=steps)


def choose(task, options):
    """The faster of the two forms of each part, by the best of a few steps."""

    def best(step):
        step()
        return min(timed(step, 0)["seconds"] for _ in range(4))

    def whole_step(attention):
        options.attention = attention
        return best(Training(task, options).step)

    def update(adam):
        options.adam = adam
        training = Training(task, options)
        training.step()
        return best(training.optimizer.step)

    options.adam = "auto"
    attention = {name: whole_step(name) for name in ("sdpa", "manual")}
    adam = {name: update(name) for name in ("fused", "foreach")}
    fastest = lambda times: min(times, key=times.get)
    say(attention=fastest(attention), adam=fastest(adam), seconds={**attention, **adam})


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("task")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--attention", choices=["sdpa", "manual"], default="sdpa")
    parser.add_argument("--adam", choices=["fused", "foreach", "auto"], default="auto")
    parser.add_argument("--choose", action="store_true")
    parser.add_argument("--device", choices=["cpu", "cuda"], default="cpu")
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    with open(options.task) as file:
        task = json.load(file)
    if options.choose:
        return choose(task, options)

    start_bytes = peak_bytes()
    training = Training(task, options)
    start_loss = training.start_loss()
    versions = {"python": sys.version.split()[0], "torch": torch.__version__}
    say(**{"is": "ready", "cases": ["step"], "versions": versions})
    for line in sys.stdin:
        if not line.startswith(MARK):
            continue
        request = json.loads(line[len(MARK) :])
        if request["do"] == "time":
            say(**{"is": "timed", **timed(training.step, request["seconds"])})
        else:
            facts = dict(
                parameters=sum(p.numel() for p in training.model.parameters()),
                startLoss=start_loss,
                losses=training.losses[:3],
                importBytes=start_bytes,
                attention=options.attention,
                adam=options.adam,
                threads=torch.get_num_threads(),
            )
            say(**{"is": "report", "peakBytes": peak_bytes(), "facts": facts})


main()
