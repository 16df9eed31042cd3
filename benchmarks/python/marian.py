"""Trains MarianMTModel of Hugging Face's transformers with its Seq2SeqTrainer; a child of the harness.

    python marian.py TASK.json --threads 2 --batches ours|grouped

`ours` takes the batches that the task plans, in their order; `grouped` is the trainer's own sampler, which sorts by
length and takes a fixed number of sentences, the mean of ours. Sentences come as ids, made beforehand on all sides.
"""

import argparse
import os

from harness import Pace, peak_bytes, read_task

import torch
import transformers
from tokenizers import Tokenizer, models
from transformers import (
    DataCollatorForSeq2Seq,
    MarianConfig,
    MarianMTModel,
    PreTrainedTokenizerFast,
    Seq2SeqTrainer,
    Seq2SeqTrainingArguments,
    TrainerCallback,
)

IGNORED = -100


class Pairs(torch.utils.data.Dataset):
    def __init__(self, task):
        eos = [task["eos"]]
        # The collator fills up shorter ones.
        self.items = [
            {"input_ids": source + eos, "attention_mask": [1] * (len(source) + 1), "labels": target + eos}
            for source, target in zip(task["sources"], task["targets"])
        ]

    def __len__(self):
        return len(self.items)

    def __getitem__(self, index):
        return self.items[index]


class PacedTrainer(Seq2SeqTrainer):
    """A Seq2SeqTrainer that counts, and takes batches where they are given."""

    pace = planned = None

    def get_train_dataloader(self):
        if self.planned is None:
            return super().get_train_dataloader()
        loader = torch.utils.data.DataLoader(
            self.train_dataset, batch_sampler=self.planned, collate_fn=self.data_collator
        )
        return self.accelerator.prepare(loader)

    def training_step(self, model, inputs, *rest):
        labels = inputs["labels"]
        self.seen = int(labels.ne(IGNORED).sum()), labels.numel()
        self.last = super().training_step(model, inputs, *rest)
        return self.last


class Counts(TrainerCallback):
    def __init__(self, trainer, pace):
        self.trainer, self.pace = trainer, pace

    def on_train_begin(self, *_, **__):
        self.pace.ready(torch=torch.__version__, transformers=transformers.__version__)

    def on_step_end(self, *_, **__):
        self.pace.updated(*self.trainer.seen, lambda: self.trainer.last)


def model_of(task):
    size, recipe = task["size"], task["recipe"]
    rate = recipe["dropout"]
    stack = lambda name: {
        f"{name}_layers": size["depth"],
        f"{name}_ffn_dim": size["feedForward"],
        f"{name}_attention_heads": size["heads"],
    }
    config = MarianConfig(
        vocab_size=task["vocabulary"],
        d_model=size["width"],
        **stack("encoder"),
        **stack("decoder"),
        activation_function="relu",
        dropout=rate,
        attention_dropout=rate,
        activation_dropout=rate,
        scale_embedding=True,
        pad_token_id=task["pad"],
        eos_token_id=task["eos"],
        bos_token_id=None,
        decoder_start_token_id=task["eos"],
        forced_eos_token_id=None,
        use_cache=False,
    )
    # Embeddings are multiplied by the root of the width, so they are drawn smaller by it.
    config.init_std = size["width"] ** -0.5
    return MarianMTModel(config)


def tokenizer_of(task):
    """Only pads: a tokenizer whose vocabulary names ids."""
    names = {f"t{i}": i for i in range(task["vocabulary"])}
    model = models.WordLevel(names, unk_token=f"t{task['eos']}")
    return PreTrainedTokenizerFast(
        tokenizer_object=Tokenizer(model), pad_token=f"t{task['pad']}", eos_token=f"t{task['eos']}"
    )


def arguments_of(task, grouped):
    recipe, habits = task["recipe"], task["habits"]
    adam = recipe["adam"]
    sentences = sum(len(batch["indices"]) for batch in task["batches"]) / len(task["batches"])
    return Seq2SeqTrainingArguments(
        output_dir=os.path.join(task["folder"], f"marian-{'grouped' if grouped else 'ours'}"),
        use_cpu=True,
        seed=recipe["seed"],
        max_steps=1_000_000,
        per_device_train_batch_size=round(sentences),
        learning_rate=recipe["peak"],
        lr_scheduler_type="inverse_sqrt",
        warmup_steps=recipe["schedule"]["warmup"],
        adam_beta1=adam["beta1"],
        adam_beta2=adam["beta2"],
        adam_epsilon=adam["epsilon"],
        weight_decay=0.0,
        max_grad_norm=recipe["clipNorm"],
        label_smoothing_factor=recipe["smoothing"],
        logging_steps=habits["log"],
        save_steps=habits["checkpoints"],
        save_total_limit=2,
        report_to=["tensorboard"],
        disable_tqdm=True,
        **({"train_sampling_strategy": "group_by_length"} if grouped else {}),
    )


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("task")
    parser.add_argument("--threads", type=int, required=True)
    parser.add_argument("--batches", choices=["ours", "grouped"], required=True)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    import_bytes = peak_bytes()
    task = read_task(options.task)
    grouped = options.batches == "grouped"
    model = model_of(task)
    facts = dict(
        parameters=sum(p.numel() for p in model.parameters() if p.requires_grad),
        importBytes=import_bytes,
        attention=model.config._attn_implementation,
        threads=torch.get_num_threads(),
    )
    tokenizer = tokenizer_of(task)
    trainer = PacedTrainer(
        model=model,
        args=arguments_of(task, grouped),
        train_dataset=Pairs(task),
        data_collator=DataCollatorForSeq2Seq(tokenizer, model=model, label_pad_token_id=IGNORED),
    )
    facts["optimizer"] = str(trainer.args.optim)
    if not grouped:
        trainer.planned = [batch["indices"] for batch in task["batches"]]
    trainer.add_callback(Counts(trainer, Pace(task["size"], facts)))
    trainer.train()


main()
