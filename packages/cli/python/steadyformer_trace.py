"""Writes what `steadyformer analyse fit|figure|verdict TRACE.jsonl` reads, from any PyTorch model: PyTorch alone is needed.

    write_trace("trace.jsonl", model, lambda: model(ids), streams={"h.0": model.h[0], ...}, branches={...})
"""

import json

import torch


def _centred(x):
    x = (x[0] if isinstance(x, (tuple, list)) else x).detach().double()
    return x - x.mean(-1, keepdim=True)


def _outputs(run, modules):
    """What every module gives in one forward pass, and what enters the first as 'input', every token centred."""
    seen = {}
    enter = lambda _, args, named: seen.update({"input": _centred([*args, *named.values()]), **seen})
    hooks = [module.register_forward_pre_hook(enter, with_kwargs=True) for module in [*modules.values()][:1]]
    for path, module in modules.items():
        hooks.append(module.register_forward_hook(lambda _, args, out, path=path: seen.update({path: _centred(out)})))
    run()
    for hook in hooks:
        hook.remove()
    return seen


@torch.no_grad()
def write_trace(file, model, run, streams, branches=None, step=0, size=1e-4, seeds=3):
    """Appends one step. streams: modules by path, in forward order, whose output is the residual stream; branches: those
    whose output is added to it (default: as many in a block as len(branches) / len(streams)). Dropout has to be off."""
    before, inside, lines = _outputs(run, streams), _outputs(run, branches or {}), []
    each, moved = max(1, len(branches or {}) // len(streams)), [p for p in model.parameters() if p.dim() > 1]
    normed = lambda x: x * x.square().mean(-1, keepdim=True).add(1e-12).rsqrt()
    line = lambda kind, depth, path, x, **more: lines.append(
        {"path": path, "step": step, "kind": kind, "value": x.square().mean().item(), "depth": depth, **more})
    line("stream-variance", 0, "input", before["input"])
    for i, path in enumerate((path for path in inside if path != "input"), 1):
        line("branch-variance", i, path, inside[path])
    for seed in range(1, seeds + 1):
        generator, kept = torch.Generator().manual_seed(seed), [p.clone() for p in moved]
        for p in moved:
            p.add_((size * (2 * torch.randint(2, p.shape, generator=generator) - 1)).to(p))
        after = _outputs(run, streams)
        for p, old in zip(moved, kept):
            p.copy_(old)
        for i, path in enumerate(["input", *streams]):
            line("output-change", each * i, path, normed(after[path]) - normed(before[path]), run=f"seed {seed}")
    with open(file, "a", encoding="utf-8") as out:
        out.writelines(json.dumps(each_line) + "\n" for each_line in lines)
