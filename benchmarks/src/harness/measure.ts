import type { Competitor, Runner, Start } from './competitor';
import type { Answer, Facts, Versions } from './protocol';

/** What is measured together. */
export interface Group {
  readonly title: string;
  /** Cases in order; each child says which of them it can do. */
  readonly cases: readonly string[];
  readonly competitors: readonly Competitor[];
  /** Untimed visits of a case before the first round. Default 2. */
  readonly warmUp?: number;
  /** Least seconds of a sample: short steps are repeated and averaged. Default 0: one step. */
  readonly sampleSeconds?: number;
}

export interface Settings {
  readonly repeats: number;
  /** Seconds of a case after which a competitor sits out the other rounds. */
  readonly budget: number;
  /** Told of progress. */
  readonly log: (line: string) => void;
}

/** What one competitor did. */
export interface Outcome {
  readonly name: string;
  /** Why it took no part, or stopped. */
  readonly skipped?: string;
  readonly versions: Versions;
  /** Seconds a step, one a round, by case. */
  readonly samples: Readonly<Record<string, readonly number[]>>;
  /** Processor time of the same samples, all threads together: other programs hardly touch it. */
  readonly cpuSamples: Readonly<Record<string, readonly number[]>>;
  /** Why a case has no samples, where the child said so. */
  readonly refused: Readonly<Record<string, string>>;
  readonly peakBytes?: number;
  readonly facts: Facts;
}

interface Entry {
  readonly name: string;
  readonly runner: Runner | undefined;
  readonly versions: Versions;
  readonly cases: readonly string[];
  readonly samples: Record<string, number[]>;
  readonly cpuSamples: Record<string, number[]>;
  readonly refused: Record<string, string>;
  skipped?: string;
}

const enter = async (competitor: Competitor, start: Start, log: Settings['log']): Promise<Entry> => {
  const entry = { name: competitor.name, samples: {}, cpuSamples: {}, refused: {} };
  const out = (skipped: string): Entry => {
    log(`  ${competitor.name}: skipped, ${skipped}`);
    return { ...entry, runner: undefined, versions: {}, cases: [], skipped };
  };
  if (competitor.skip !== undefined) return out(competitor.skip);
  const runner = start(competitor);
  const answer = await runner.ready;
  if (answer.is === 'ready') return { ...entry, runner, versions: answer.versions, cases: answer.cases };
  await runner.close();
  return out(answer.is === 'skip' ? answer.reason : `its first answer was '${answer.is}'`);
};

const note = (entry: Entry, name: string, answer: Answer, keep: boolean, log: Settings['log']): number => {
  if (answer.is === 'timed') {
    if (keep) {
      entry.samples[name] ??= [];
      entry.samples[name].push(answer.seconds);
      entry.cpuSamples[name] ??= [];
      entry.cpuSamples[name].push(answer.cpuSeconds);
    }
    return answer.seconds * answer.steps;
  }
  const reason = answer.is === 'skip' ? answer.reason : `unexpected answer '${answer.is}'`;
  entry.refused[name] = reason;
  log(`  ${entry.name}: ${name}: skipped, ${reason}`);
  return 0;
};

/**
 * Times every competitor once a round, in turn, so that a slow spell of the machine falls on all of them. Rounds of
 * one competitor and another correspond: competitors leave (budget, failure), but none skips a round and comes back.
 */
export const measure = async (group: Group, settings: Settings, start: Start): Promise<Outcome[]> => {
  const { cases, competitors, warmUp = 2, sampleSeconds = 0 } = group;
  const { repeats, budget, log } = settings;
  log(group.title);
  const entries: Entry[] = [];
  // One after the other: setting up is work too.
  for (const competitor of competitors) entries.push(await enter(competitor, start, log));
  try {
    for (const name of cases) {
      const used = new Map<Entry, number>();
      const able = entries.filter((entry) => entry.cases.includes(name));
      for (let round = -warmUp; round < repeats; round++) {
        for (const entry of able) {
          const spent = used.get(entry) ?? 0;
          // One round is always timed, however slow the warm-up was.
          if (name in entry.refused || (spent > budget && round !== 0)) continue;
          const seconds = round < 0 ? 0 : sampleSeconds;
          const answer = await entry.runner!.ask({ do: 'time', case: name, seconds });
          used.set(entry, spent + note(entry, name, answer, round >= 0, log));
        }
      }
    }
    const outcomes: Outcome[] = [];
    for (const entry of entries) outcomes.push(await finish(entry));
    return outcomes;
  } finally {
    await Promise.all(entries.map((entry) => entry.runner?.close()));
  }
};

const finish = async ({
  name,
  runner,
  versions,
  samples,
  cpuSamples,
  refused,
  skipped,
}: Entry): Promise<Outcome> => {
  const answer = await runner?.ask({ do: 'report' });
  const reported =
    answer?.is === 'report' ? { peakBytes: answer.peakBytes, facts: answer.facts } : { facts: {} };
  return {
    name,
    versions,
    samples,
    cpuSamples,
    refused,
    ...reported,
    ...(skipped === undefined ? {} : { skipped }),
  };
};
