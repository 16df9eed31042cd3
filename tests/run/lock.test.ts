import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundled } from '../support/bundle';

const rounds = process.env.STEADYFORMER_LONG === '1' ? 500 : 20;
const root = mkdtempSync(join(tmpdir(), 'steadyformer-runs-'));
const children: ChildProcess[] = [];
afterAll(() => {
  for (const child of children) child.kill('SIGKILL');
  rmSync(root, { recursive: true });
});

let program = '';
beforeAll(async () => {
  program = fileURLToPath(await bundled(new URL('lock.entry.ts', import.meta.url), 'lock'));
});

interface Contender {
  readonly child: ChildProcess;
  /** Takes the folder at a moment, or gives it back if it has it; resolves with what the process says. */
  readonly ask: (folder: string, moment?: number) => Promise<string>;
}

const contender = (): Contender => {
  const child = spawn(process.execPath, [program], { stdio: ['pipe', 'pipe', 'inherit'] });
  children.push(child);
  const lines = createInterface({ input: child.stdout! })[Symbol.asyncIterator]();
  return {
    child,
    ask: async (folder, moment = 0) => {
      child.stdin!.write(`${JSON.stringify([moment, folder])}\n`);
      return (await lines.next()).value as string;
    },
  };
};

const killed = (child: ChildProcess): Promise<void> =>
  new Promise((resolve) => {
    child.on('exit', () => resolve());
    child.kill('SIGKILL');
  });

describe('lockRun', () => {
  it(
    `lets one of 8 processes that begin in the same moment have a folder, ${rounds} times`,
    async () => {
      const all = Array.from({ length: 8 }, contender);
      // All have started once they have answered.
      await Promise.all(all.map(({ ask }, i) => ask(join(root, `first-${i}`))));
      for (let round = 0; round < rounds; round++) {
        const folder = join(root, 'race', String(round));
        const moment = Date.now() + 10;
        const said = await Promise.all(all.map(({ ask }) => ask(folder, moment)));
        const winners = all.filter((_, i) => said[i] === 'won');
        expect(winners, said.join('\n')).toHaveLength(1);
        const [winner] = winners as [Contender];
        for (const text of said.filter((each) => each !== 'won')) {
          expect(text).toContain(
            `SteadyformerError: another run is at work in '${folder}': process ${winner.child.pid} on ${hostname()}, since 2`,
          );
        }
        expect(readdirSync(folder)).toHaveLength(1);
        expect(await winner.ask(folder)).toBe('released');
        expect(readdirSync(folder)).toEqual([]);
      }
      await Promise.all(all.map(({ child }) => killed(child)));
    },
    60_000 + rounds * 500,
  );

  it('gives a folder whose holder was killed to one of those that come next', async () => {
    const folder = join(root, 'killed');
    for (let i = 0; i < 3; i++) {
      const holder = contender();
      expect(await holder.ask(folder)).toBe('won');
      const next = [contender(), contender(), contender(), contender()];
      await Promise.all(next.map(({ ask }, k) => ask(join(root, `next-${i}-${k}`))));
      await killed(holder.child);
      const moment = Date.now() + 10;
      const said = await Promise.all(next.map(({ ask }) => ask(folder, moment)));
      expect(said.filter((each) => each === 'won')).toHaveLength(1);
      expect(readdirSync(folder)).toHaveLength(1);
      await Promise.all(next.map(({ child }) => killed(child)));
    }
  }, 60_000);
});
