"""The children's side of the protocol (see src/harness/protocol.ts)."""

import json
import os
import resource
import sys
import time

MARK = "@bench "


def say(**message):
    sys.stdout.write(MARK + json.dumps(message) + "\n")
    sys.stdout.flush()


def peak_bytes():
    """Linux's own count of this address space; getrusage's also remembers what the process was before exec."""
    try:
        for line in open("/proc/self/status"):
            if line.startswith("VmHWM"):
                return int(line.split()[1]) * 1024
    except OSError:
        pass
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024


def read_task(path):
    """A CorpusTask (src/children/corpusTask.ts), its sentences with it."""
    with open(path) as file:
        task = json.load(file)
    with open(task["ids"]) as file:
        return {**task, **json.load(file)}


class Pace:
    """The pace of a program that trains by itself: it stands still between rounds, inside a callback of its own, until
    the harness asks for the next one. The same as src/children/pace.ts."""

    def __init__(self, size, facts):
        self.warm_up, self.length, self.facts = size["warmUp"], size["updates"], facts
        self.rounds = []

    def ready(self, **versions):
        """The program is set up: the first round may begin."""
        versions = {"python": sys.version.split()[0], **versions}
        say(**{"is": "ready", "cases": ["round"], "versions": versions})
        self.wait()

    def updated(self, tokens, positions, loss):
        """One update is done, `loss` a function that gives its loss. Returns when the next one may begin."""
        self.updates += 1
        self.tokens += tokens
        self.positions += positions
        if self.updates < (self.length if self.rounds else self.warm_up):
            return
        seconds, cpu = time.perf_counter() - self.begin, time.process_time() - self.cpu
        self.rounds.append(
            dict(updates=self.updates, tokens=self.tokens, positions=self.positions, loss=float(loss()))
        )
        say(**{"is": "timed", "seconds": seconds, "cpuSeconds": cpu, "steps": 1})
        self.wait()

    def wait(self):
        for line in iter(sys.stdin.readline, ""):
            if not line.startswith(MARK):
                continue
            if json.loads(line[len(MARK) :])["do"] == "time":
                self.updates = self.tokens = self.positions = 0
                self.begin, self.cpu = time.perf_counter(), time.process_time()
                return
            facts = {**self.facts, "rounds": self.rounds}
            say(**{"is": "report", "peakBytes": peak_bytes(), "facts": facts})
        # Whatever a trainer does at its end is not waited for.
        os._exit(0)
