"""Makes the traces of the tests, of Post-LN and Pre-LN encoders of 24 blocks of torch.nn at their start:

    python make_trace.py FOLDER

Those that are committed were made with torch 2.15.0.
"""

import sys
from pathlib import Path

import torch
from steadyformer_trace import write_trace

torch.manual_seed(0)
x = 0.3 * torch.randn(4, 16, 64)
for name, norm_first in {"postLN": False, "preLN": True}.items():
    # In training mode, without dropout: the fast path of evaluation passes hooks by.
    layer = torch.nn.TransformerEncoderLayer(64, 4, 256, dropout=0.0, batch_first=True, norm_first=norm_first)
    encoder = torch.nn.TransformerEncoder(layer, 24, enable_nested_tensor=False)
    for p in encoder.parameters():
        # The layers are copies of one: each gets weights of its own.
        if p.dim() > 1:
            torch.nn.init.xavier_uniform_(p)
    streams = {f"layers.{i}": block for i, block in enumerate(encoder.layers)}
    branches = {}
    for path, block in streams.items():
        branches |= {f"{path}.self_attn": block.self_attn, f"{path}.linear2": block.linear2}
    write_trace(Path(sys.argv[1]) / f"{name}.jsonl", encoder, lambda: encoder(x), streams, branches)
