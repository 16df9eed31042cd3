"""Translation of the decode suite's sentences by another library. Argument: JSON of DecodeOptions (src/children/decode.ts)
with `library` and `threads`."""

import json
import os
import sys
import time

from harness import peak_bytes, say

options = json.loads(sys.argv[1])
cases, threads, translators = options["cases"], options["threads"], options["translators"]
with open(options["task"]) as file:
    task = json.load(file)
length = task.get("length")
EOS, NEVER = 2, [0, 1]
# As ours decodes at a time.
BATCH = 32


def most(rows):
    """Tokens of the longest translation of these, the end included."""
    return length or 2 * max(len(row) for row in rows) + 10


def sorted_rows(count):
    """Rows of like length together, as each library is at its best."""
    return sorted(task["ids"][:count], key=len)


def batches(count):
    rows = sorted_rows(count)
    for start in range(0, count, BATCH):
        yield rows[start : start + BATCH]


def ctranslate2_step():
    import ctranslate2

    folder = os.path.join(task["folder"], "ctranslate2")
    with open(os.path.join(folder, "shared_vocabulary.json"), encoding="utf-8") as file:
        names = json.load(file)
    translator = ctranslate2.Translator(
        folder,
        device="cpu",
        inter_threads=translators,
        intra_threads=threads,
        compute_type=options.get("computeType", "float32"),
    )

    def step(case):
        said = 0
        # Several translators are given all at once, which they take a batch each of.
        parts = batches(case["sentences"]) if translators == 1 else [sorted_rows(case["sentences"])]
        for rows in parts:
            found = translator.translate_batch(
                [[names[token] for token in row] for row in rows],
                max_batch_size=BATCH,
                beam_size=case["beamSize"],
                length_penalty=1,
                min_decoding_length=length or 1,
                max_decoding_length=most(rows),
                suppress_sequences=[[names[token]] for token in NEVER],
            )
            said += sum(len(one.hypotheses[0]) for one in found)
        return said

    return step, {"ctranslate2": ctranslate2.__version__}


def transformers_step():
    import torch
    import transformers

    torch.set_num_threads(threads)
    model = transformers.MarianMTModel.from_pretrained(os.path.join(task["folder"], "marian")).eval()

    def step(case):
        said = 0
        for rows in batches(case["sentences"]):
            longest = max(len(row) for row in rows)
            ids = torch.tensor([row + [1] * (longest - len(row)) for row in rows])
            mask = torch.tensor([[1] * len(row) + [0] * (longest - len(row)) for row in rows])
            found = model.generate(
                input_ids=ids,
                attention_mask=mask,
                num_beams=case["beamSize"],
                do_sample=False,
                max_length=most(rows) + 1,
                min_length=(length or 0) + 1,
            )
            said += int(((found[:, 1:] != EOS) & (found[:, 1:] != 1)).sum())
        return said

    return step, {"transformers": transformers.__version__, "torch": torch.__version__}


try:
    step, versions = {"ctranslate2": ctranslate2_step, "transformers": transformers_step}[options["library"]]()
except ImportError as error:
    say(**{"is": "skip", "reason": f"{error}; pip install {options['library']}"})
    sys.exit(0)

tokens = {}
named = {case["name"]: case for case in cases}
say(**{"is": "ready", "cases": list(named), "versions": versions})
for line in sys.stdin:
    if not line.startswith("@bench "):
        continue
    request = json.loads(line[7:])
    if request["do"] == "report":
        say(**{"is": "report", "peakBytes": peak_bytes(), "facts": {"tokens": tokens}})
        continue
    steps, begin, cpu = 0, time.perf_counter(), time.process_time()
    while True:
        tokens[request["case"]] = step(named[request["case"]])
        steps += 1
        seconds = time.perf_counter() - begin
        if seconds >= request["seconds"]:
            break
    used = time.process_time() - cpu
    say(**{"is": "timed", "seconds": seconds / steps, "cpuSeconds": used / steps, "steps": steps})
