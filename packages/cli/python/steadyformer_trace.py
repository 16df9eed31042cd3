"""Writes what `steadyformer analyse fit|figure|verdict TRACE.jsonl` reads, from any PyTorch model: PyTorch alone is needed.

    write_trace("trace.jsonl", model, lambda: model(ids), streams={"h.0": model.h[0], ...}, branches={...})
"""

import json

import torch


def _first(output):
    return (output[0] if isinstance(output, (tuple, list)) else output).detach().double()


def _centred(x):
    return x - x.mean(-1, keepdim=True)


def _normed(x):
    return _centred(x) * _centred(x).square().mean(-1, keepdim=True).add(1e-12).rsqrt()


def _outputs(run, modules):
    """What every module gives in one forward pass, and what enters the first as 'input'."""
    seen = {}

    def entering(_, args, named):
        seen.setdefault("input", _first((*args, *named.values())))

    def leaving(path):
        def keep(_module, _args, output):
            seen[path] = _first(output)

        return keep

    hooks = [next(iter(modules.values())).register_forward_pre_hook(entering, with_kwargs=True)]
    hooks += [module.register_forward_hook(leaving(path)) for path, module in modules.items()]
    run()
    for hook in hooks:
        hook.remove()
    return seen


@torch.no_grad()
def write_trace(file, model, run, streams, branches=None, step=0, size=1e-4, seeds=3):
    """Appends one step. streams: modules by path, in forward order, whose output is the residual stream; branches: those
    whose output is added to it (default: as many in a block as len(branches) / len(streams)). Dropout has to be off."""
    branches = branches or {}
    each = max(1, len(branches) // len(streams))
    moved = [p for p in model.parameters() if p.dim() > 1]
    before = _outputs(run, streams)
    with open(file, "a", encoding="utf-8") as out:
        def line(path, kind, value, depth, **more):
            out.write(json.dumps({"path": path, "step": step, "kind": kind, "value": value.item(), "depth": depth, **more}) + "\n")

        line("input", "stream-variance", _centred(before["input"]).square().mean(), 0)
        for i, (path, branch) in enumerate((_outputs(run, branches) if branches else {}).items()):
            if path != "input":
                line(path, "branch-variance", _centred(branch).square().mean(), i)
        for seed in range(1, seeds + 1):
            generator, kept = torch.Generator().manual_seed(seed), [p.clone() for p in moved]
            for p in moved:
                p.add_((size * (2 * torch.randint(2, p.shape, generator=generator) - 1)).to(p))
            after = _outputs(run, streams)
            for p, old in zip(moved, kept):
                p.copy_(old)
            for i, path in enumerate(["input", *streams]):
                change = (_normed(after[path]) - _normed(before[path])).square().mean()
                line(path, "output-change", change, each * i, run=f"seed {seed}")
