import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { root } from '../structure/workspaces';

/** Says when it is ready, counts interrupts, and ends with code 7 well after the first, as a clean stop does. */
const program = `
let interrupts = 0;
process.on('SIGINT', () => {
  interrupts += 1;
  if (interrupts > 1) return;
  setTimeout(() => { console.log('interrupts ' + interrupts); process.exit(7); }, 400);
});
setInterval(() => {}, 1000);
console.log('ready');`;

const launcher = (args: readonly string[]): string => `
import { foreground } from '${root}scripts/lib/child.mjs';
process.exit(await foreground(process.execPath, ${JSON.stringify(args)}, { apart: true }));`;

const start = (args: readonly string[]): { child: ChildProcess; output: () => string } => {
  const child = spawn(process.execPath, ['--input-type=module', '--eval', launcher(args)], {
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  let text = '';
  child.stdout?.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  return { child, output: () => text };
};

const until = async (condition: () => boolean): Promise<void> => {
  while (!condition()) await sleep(20);
};

describe.skipIf(process.platform === 'win32')('foreground', () => {
  it('passes on the exit code and the arguments', async () => {
    const { child, output } = start([
      '--eval',
      'console.log(process.argv[1]); process.exit(3)',
      'an argument',
    ]);
    const [code] = await once(child, 'close');
    expect(code).toBe(3);
    expect(output()).toBe('an argument\n');
  });

  it('gives the child one interrupt for one Ctrl-C, however often it arrives, and waits for it to finish', async () => {
    const { child, output } = start(['--eval', program]);
    await until(() => output().includes('ready'));
    // A terminal signals the whole group; npm sends the same again to the launcher.
    process.kill(-child.pid!, 'SIGINT');
    process.kill(child.pid!, 'SIGINT');
    const [code] = await once(child, 'close');
    expect(code).toBe(7);
    expect(output()).toBe('ready\ninterrupts 1\n');
  });

  it('does not leave the child behind when it is killed', async () => {
    const follow = new URL('../../scripts/lib/followParent.mjs', import.meta.url).href;
    const { child, output } = start(['--import', follow, '--eval', program]);
    await until(() => output().includes('ready'));
    child.kill('SIGKILL');
    // The pipe closes only when the child, which holds it too, has ended.
    await once(child, 'close');
    expect(output()).toBe('ready\ninterrupts 1\n');
  });
});
