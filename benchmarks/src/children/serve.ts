import { createInterface } from 'node:readline';
import { type Answer, decode, encode, type Facts, type Request, type Versions } from '../harness/protocol';
import { peakMemory } from '../machine';

/** One case, made when it is first asked for. */
export interface Body {
  /** One step. Its time is what is measured, so it must wait for its own results. */
  readonly step: () => void | Promise<void>;
  /** Frees what the case holds; called when another case begins. */
  readonly dispose?: () => void;
}

/** What a child can do. */
export interface Served {
  readonly versions: Versions;
  readonly cases: Readonly<Record<string, () => Body | Promise<Body>>>;
  readonly facts?: () => Facts | Promise<Facts>;
}

const say = (answer: Answer): void => {
  process.stdout.write(encode(answer));
};

const reasonOf = (thrown: unknown): string => (thrown instanceof Error ? thrown.message : String(thrown));

/** Steps in growing blocks until `seconds` have passed, so that the clock costs nothing. */
const time = async (step: Body['step'], seconds: number): Promise<Answer> => {
  let steps = 0;
  let block = 1;
  const from = performance.now();
  const cpuFrom = process.cpuUsage();
  for (;;) {
    for (let i = 0; i < block; i++) {
      const pending = step();
      if (pending) await pending;
    }
    steps += block;
    const passed = (performance.now() - from) / 1000;
    if (passed >= seconds) {
      const { user, system } = process.cpuUsage(cpuFrom);
      return { is: 'timed', seconds: passed / steps, cpuSeconds: (user + system) / 1e6 / steps, steps };
    }
    block = passed < seconds / 4 ? steps : Math.max(1, Math.ceil((steps * (seconds - passed)) / passed));
  }
};

/** Answers the harness until it closes the input. */
export const serve = async (setUp: () => Promise<Served>): Promise<void> => {
  const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]();
  let served: Served;
  try {
    served = await setUp();
  } catch (thrown) {
    say({ is: 'skip', reason: reasonOf(thrown) });
    process.exit(0);
  }
  const { cases, versions, facts } = served;
  say({ is: 'ready', cases: Object.keys(cases), versions });
  let current: { name: string; body: Body } | undefined;
  const bodyOf = async (name: string): Promise<Body> => {
    if (current?.name === name) return current.body;
    current?.body.dispose?.();
    current = undefined;
    const body = await cases[name]!();
    current = { name, body };
    return body;
  };
  for (let line = await lines.next(); !line.done; line = await lines.next()) {
    const request = decode<Request>(line.value);
    if (request === undefined) continue;
    try {
      if (request.do === 'time') say(await time((await bodyOf(request.case)).step, request.seconds));
      else say({ is: 'report', peakBytes: peakMemory(), facts: (await facts?.()) ?? {} });
    } catch (thrown) {
      say({ is: 'skip', reason: reasonOf(thrown) });
    }
  }
  process.exit(0);
};
