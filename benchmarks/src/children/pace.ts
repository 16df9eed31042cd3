import { readSync, writeSync } from 'node:fs';
import { type Answer, decode, encode, type Facts, type Request, type Versions } from '../harness/protocol';
import { peakMemory } from '../machine';
import type { CorpusRound, CorpusTask } from './corpusTask';

const say = (answer: Answer): void => {
  writeSync(1, encode(answer));
};

/** Blocks until there is something on the standard input. */
const read = (buffer: Uint8Array): number => {
  for (;;) {
    try {
      return readSync(0, buffer);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
};

/** Requests, one after the other, without giving the event loop a turn; undefined at the end of the input. */
const requests = (): (() => Request | undefined) => {
  const buffer = new Uint8Array(4096);
  let text = '';
  const next = (): Request | undefined => {
    for (let end = text.indexOf('\n'); end < 0; end = text.indexOf('\n')) {
      const length = read(buffer);
      if (length === 0) return undefined;
      text += Buffer.from(buffer.subarray(0, length)).toString('utf8');
    }
    const end = text.indexOf('\n');
    const line = text.slice(0, end);
    text = text.slice(end + 1);
    return decode<Request>(line) ?? next();
  };
  return next;
};

/** Where requests come from and answers go to. */
export interface Channel {
  readonly say: (answer: Answer) => void;
  /** Waits for the next request; undefined where there will be none. */
  readonly next: () => Request | undefined;
  /** Called then: training is not to go on. */
  readonly end: () => void;
}

const standard = (): Channel => ({ say, next: requests(), end: () => process.exit(0) });

/**
 * The pace of a program that trains by itself: it stands still between rounds, inside a callback of its own, until the
 * harness asks for the next one. The same as `python/harness.py` is for programs in Python.
 */
export class Pace {
  private readonly rounds: CorpusRound[] = [];
  private begun = { updates: 0, from: 0, cpu: process.cpuUsage() };

  constructor(
    private readonly task: Pick<CorpusTask, 'batches' | 'size'>,
    private readonly facts: () => Facts,
    private readonly channel: Channel = standard(),
  ) {}

  /** The program is set up: the first round may begin. */
  ready(versions: Versions): void {
    this.channel.say({ is: 'ready', cases: ['round'], versions });
    this.wait(0);
  }

  /** So many updates are done. Returns when the next one may begin. */
  reached(updates: number, loss: number): void {
    const { size, batches } = this.task;
    const due = this.begun.updates === 0 ? size.warmUp : size.updates;
    if (updates < this.begun.updates + due) return;
    const seconds = (performance.now() - this.begun.from) / 1000;
    const { user, system } = process.cpuUsage(this.begun.cpu);
    const seen = batches.slice(this.begun.updates, updates);
    this.rounds.push({
      updates: seen.length,
      tokens: seen.reduce((sum, { tokens }) => sum + tokens, 0),
      positions: seen.reduce((sum, { positions }) => sum + positions, 0),
      loss,
    });
    this.channel.say({ is: 'timed', seconds, cpuSeconds: (user + system) / 1e6, steps: 1 });
    this.wait(updates);
  }

  private wait(updates: number): void {
    const { next, end } = this.channel;
    for (let request = next(); request; request = next()) {
      if (request.do === 'time') {
        this.begun = { updates, from: performance.now(), cpu: process.cpuUsage() };
        return;
      }
      this.channel.say({
        is: 'report',
        peakBytes: peakMemory(),
        facts: { ...this.facts(), rounds: this.rounds },
      });
    }
    end();
  }
}

/** Says why there is nothing to measure, and ends. */
export const giveUp = (thrown: unknown): never => {
  say({ is: 'skip', reason: thrown instanceof Error ? thrown.message : String(thrown) });
  process.exit(0);
};
