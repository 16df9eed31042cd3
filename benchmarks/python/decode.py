"""Decoding of sentences of random ids with CTranslate2, weights of the same shapes drawn here. Argument: JSON of
DecodeOptions (src/children/decode.ts) with `threads`."""

import json
import sys
import tempfile
import time

from harness import peak_bytes, say

options = json.loads(sys.argv[1])
size, cases, threads = options["size"], options["cases"], options["threads"]
try:
    import ctranslate2
    import numpy as np
    from ctranslate2.specs import transformer_spec
except ImportError as error:
    say(**{"is": "skip", "reason": f"{error}; pip install ctranslate2"})
    sys.exit(0)

V, D, F = size["vocabulary"], size["width"], size["feedForward"]
rng = np.random.default_rng(1)


def linear(spec, outputs, inputs):
    spec.weight = rng.normal(0, inputs**-0.5, (outputs, inputs)).astype("float32")
    spec.bias = np.zeros(outputs, "float32")


def norm(spec):
    spec.gamma, spec.beta = np.ones(D, "float32"), np.zeros(D, "float32")


def self_attention(spec):
    linear(spec.linear[0], 3 * D, D)
    linear(spec.linear[1], D, D)
    norm(spec.layer_norm)


def feed_forward(spec):
    linear(spec.linear_0, F, D)
    linear(spec.linear_1, D, F)
    norm(spec.layer_norm)


def build(folder):
    depth = size["depth"]
    spec = transformer_spec.TransformerSpec.from_config((depth, depth), size["heads"], pre_norm=False)
    for layer in spec.encoder.layer:
        self_attention(layer.self_attention)
        feed_forward(layer.ffn)
    for layer in spec.decoder.layer:
        self_attention(layer.self_attention)
        for part, outputs in zip(layer.attention.linear, (D, 2 * D, D)):
            linear(part, outputs, D)
        norm(layer.attention.layer_norm)
        feed_forward(layer.ffn)
    table = rng.normal(0, D**-0.5, (V, D)).astype("float32")
    positions = rng.normal(0, 1, (512, D)).astype("float32")
    for stack, embeddings in ((spec.encoder, spec.encoder.embeddings[0]), (spec.decoder, spec.decoder.embeddings)):
        embeddings.weight = table
        stack.position_encodings.encodings = positions
    spec.decoder.projection.weight = table
    words = ["<s>", "<pad>", "</s>", "<unk>"] + [f"t{i}" for i in range(4, V)]
    spec.register_source_vocabulary(words)
    spec.register_target_vocabulary(words)
    spec.config.decoder_start_token = "</s>"
    spec.validate()
    spec.optimize(quantization=None)
    spec.save(folder)


folder = tempfile.mkdtemp()
build(folder)
translator = ctranslate2.Translator(
    folder, device="cpu", inter_threads=1, intra_threads=threads, compute_type="float32"
)
tokens = {}


def step(case):
    draw = np.random.default_rng(2)
    source = [
        [f"t{i}" for i in draw.integers(4, V, size["sourceTokens"])] for _ in range(case["sentences"])
    ]
    found = translator.translate_batch(
        source,
        beam_size=case["beamSize"],
        min_decoding_length=size["length"],
        max_decoding_length=size["length"],
        max_batch_size=case["sentences"],
    )
    tokens[case["name"]] = sum(len(one.hypotheses[0]) for one in found)


named = {case["name"]: case for case in cases}
say(**{"is": "ready", "cases": list(named), "versions": {"ctranslate2": ctranslate2.__version__}})
for line in sys.stdin:
    if not line.startswith("@bench "):
        continue
    request = json.loads(line[7:])
    if request["do"] == "report":
        say(**{"is": "report", "peakBytes": peak_bytes(), "facts": {"tokens": tokens}})
        continue
    steps, begin, cpu = 0, time.perf_counter(), time.process_time()
    while True:
        step(named[request["case"]])
        steps += 1
        seconds = time.perf_counter() - begin
        if seconds >= request["seconds"]:
            break
    used = time.process_time() - cpu
    say(**{"is": "timed", "seconds": seconds / steps, "cpuSeconds": used / steps, "steps": steps})
