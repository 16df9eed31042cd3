"""subword-nmt on the benchmark's text; a child of the harness (see src/harness).

    python subwords.py '{"source": FILE, "target": FILE, "merges": 8000}'
"""

import hashlib
import importlib.metadata
import io
import json
import sys
import time

from harness import MARK, peak_bytes, say

try:
    from subword_nmt.apply_bpe import BPE
    from subword_nmt.learn_bpe import learn_bpe
except ImportError as error:
    say(**{"is": "skip", "reason": f"{error}; install it with: npm run torch -w benchmarks"})
    sys.exit(0)

options = json.loads(sys.argv[1])
lines = [
    line
    for side in ("source", "target")
    for line in open(options[side], encoding="utf-8", newline="\n").read().rstrip("\n").split("\n")
]
found = {"codes": "", "segments": 0}
learned = None


def learn():
    global learned
    codes = io.StringIO()
    learn_bpe(lines, codes, options["merges"])
    learned = codes.getvalue()
    found["codes"] = hashlib.sha256(learned.encode()).hexdigest()


def apply_body():
    if learned is None:
        learn()
    codes = learned

    def step():
        bpe = BPE(io.StringIO(codes))
        found["segments"] = sum(len(bpe.process_line(line).split()) for line in lines)

    return step


cases = {"learn": lambda: learn, "apply": apply_body}
say(**{"is": "ready", "cases": list(cases), "versions": {"subword-nmt": importlib.metadata.version("subword-nmt")}})
current, step = None, None
for request in sys.stdin:
    if not request.startswith(MARK):
        continue
    asked = json.loads(request[len(MARK) :])
    if asked["do"] == "report":
        say(**{"is": "report", "peakBytes": peak_bytes(), "facts": found})
        continue
    if current != asked["case"]:
        current, step = asked["case"], cases[asked["case"]]()
    steps, start, cpu = 0, time.perf_counter(), time.process_time()
    while True:
        step()
        steps += 1
        if time.perf_counter() - start >= asked["seconds"]:
            break
    say(
        **{
            "is": "timed",
            "seconds": (time.perf_counter() - start) / steps,
            "cpuSeconds": (time.process_time() - cpu) / steps,
            "steps": steps,
        }
    )
