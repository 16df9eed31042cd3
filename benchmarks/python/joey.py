"""Trains JoeyNMT's Transformer with its own training loop; a child of the harness.

    python joey.py TASK.json --threads 2

The configuration is a file of JoeyNMT's, its data text whose words stand for the task's ids, its batches those that the
task plans, in their order.
"""

import argparse
import logging
import os

from harness import Pace, peak_bytes, read_task

import torch
import yaml

import joeynmt.training
from joeynmt.config import load_config
from joeynmt.datasets import PlaintextDataset, SentenceBatchSampler

def write_text(task, folder):
    """Ids as words, the special symbols of JoeyNMT's in front of the vocabulary."""
    special = {task["pad"], task["eos"]}
    words = [f"t{i}" for i in range(task["vocabulary"]) if i not in special]
    vocabulary = ["<unk>", "<pad>", "<s>", "</s>", *words]
    paths = {}
    for name, count in (("train", None), ("dev", 10)):
        paths[name] = os.path.join(folder, name)
        for language, side in (("en", "sources"), ("de", "targets")):
            lines = (" ".join(f"t{i}" for i in ids) for ids in task[side][:count])
            with open(f"{paths[name]}.{language}", "w") as file:
                file.writelines(f"{line}\n" for line in lines)
    paths["vocabulary"] = os.path.join(folder, "vocabulary.txt")
    with open(paths["vocabulary"], "w") as file:
        file.writelines(f"{word}\n" for word in vocabulary)
    return paths


def configuration(task, folder):
    size, recipe, habits = task["size"], task["recipe"], task["habits"]
    paths = write_text(task, folder)
    width = size["width"]
    stack = {
        "type": "transformer",
        "num_layers": size["depth"],
        "num_heads": size["heads"],
        "embeddings": {"embedding_dim": width, "scale": True, "dropout": recipe["dropout"]},
        "hidden_size": width,
        "ff_size": size["feedForward"],
        "dropout": recipe["dropout"],
        "layer_norm": "post",
        "activation": "relu",
    }
    side = lambda language: {"lang": language, "level": "word", "voc_file": paths["vocabulary"]}
    return {
        "name": "bench",
        "model_dir": folder,
        "use_cuda": False,
        "random_seed": recipe["seed"],
        "data": {
            "train": paths["train"],
            "dev": paths["dev"],
            "dataset_type": "plain",
            "src": side("en"),
            "trg": side("de"),
        },
        "testing": {"beam_size": 1},
        "training": {
            "optimizer": "adam",
            "adam_betas": [recipe["adam"]["beta1"], recipe["adam"]["beta2"]],
            "normalization": "tokens",
            "scheduling": "warmupinversesquareroot",
            "learning_rate_warmup": recipe["schedule"]["warmup"],
            "learning_rate": recipe["peak"],
            "learning_rate_min": 1e-9,
            "label_smoothing": recipe["smoothing"],
            "clip_grad_norm": recipe["clipNorm"],
            # One batch sampler is put in the place of the other: see Planned.
            "batch_size": 1,
            "batch_type": "sentence",
            "epochs": 1_000_000,
            "logging_freq": habits["log"],
            "validation_freq": habits["log"] * 1_000_000,
        },
        "model": {
            "tied_embeddings": True,
            "tied_softmax": True,
            "encoder": stack,
            "decoder": stack,
        },
    }


class Planned(SentenceBatchSampler):
    def __init__(self, sampler, batches):
        super().__init__(sampler, batch_size=1, drop_last=False, seed=1)
        self.planned = batches

    def __iter__(self):
        return iter(self.planned)

    def __len__(self):
        return len(self.planned)


def take_planned(batches):
    """Training text is read in the planned batches."""
    original = PlaintextDataset.make_iter

    def make_iter(self, *args, **kwargs):
        loader = original(self, *args, **kwargs)
        if self.split != "train":
            return loader
        sampler = Planned(loader.batch_sampler.sampler, batches)
        return torch.utils.data.DataLoader(self, batch_sampler=sampler, collate_fn=loader.collate_fn)

    PlaintextDataset.make_iter = make_iter


def take_pace(pace, facts):
    """A round ends where the next batch's step would begin, so that the optimizer's step is part of it."""
    manager = joeynmt.training.TrainManager
    original, done = manager._train_step, []

    def train_step(self, batch):
        if done:
            pace.updated(*done.pop())
        else:
            facts["parameters"] = sum(p.numel() for p in self.model.parameters())
            import joeynmt

            pace.ready(torch=torch.__version__, joeynmt=joeynmt.__version__)
        loss, correct = original(self, batch)
        done.append((int(batch.ntokens), batch.trg.numel(), lambda: loss))
        return loss, correct

    manager._train_step = train_step


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("task")
    parser.add_argument("--threads", type=int, required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    facts = dict(importBytes=peak_bytes(), threads=torch.get_num_threads())
    task = read_task(options.task)
    folder = os.path.join(task["folder"], "joey")
    os.makedirs(folder, exist_ok=True)
    path = os.path.join(folder, "config.yaml")
    with open(path, "w") as file:
        yaml.safe_dump(configuration(task, folder), file)
    logging.disable(logging.WARNING)
    take_planned([batch["indices"] for batch in task["batches"]])
    take_pace(Pace(task["size"], facts), facts)
    joeynmt.training.train(rank=0, world_size=None, cfg=load_config(path), skip_test=True)


main()
