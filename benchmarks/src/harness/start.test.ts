import { describe, expect, it } from 'vitest';
import { lastWords, start } from './start';

const script = (text: string) => start({ name: 'child', program: process.execPath, args: ['-e', text] });

describe('start', () => {
  it('asks a child and gets its answers, whatever else it prints', async () => {
    const runner = script(`
      const say = (x) => console.log('@bench ' + JSON.stringify(x));
      console.log('chatter');
      say({ is: 'ready', cases: ['a'], versions: {} });
      require('readline').createInterface({ input: process.stdin }).on('line', (line) => {
        say({ is: 'timed', seconds: JSON.parse(line.slice(7)).seconds, cpuSeconds: 3, steps: 1 });
      });`);
    expect(await runner.ready).toEqual({ is: 'ready', cases: ['a'], versions: {} });
    expect(await runner.ask({ do: 'time', case: 'a', seconds: 2 })).toEqual({
      is: 'timed',
      seconds: 2,
      cpuSeconds: 3,
      steps: 1,
    });
    await runner.close();
    expect(await runner.ask({ do: 'report' })).toMatchObject({ is: 'skip' });
  });

  it('says why a child died', async () => {
    const runner = script(`throw new Error('out of luck');`);
    expect(await runner.ready).toMatchObject({
      is: 'skip',
      reason: 'process ended (exit code 1): Error: out of luck',
    });
    await runner.close();
  });

  it('says so where there is no such program', async () => {
    const runner = start({ name: 'none', program: 'no-such-program-anywhere', args: [] });
    expect(await runner.ready).toMatchObject({ is: 'skip', reason: expect.stringContaining('ENOENT') });
  });
});

describe('lastWords', () => {
  it('finds the line that names the error', () => {
    expect(lastWords('x\nRuntimeError: Aborted()\n    at f (a.js:1)\n\nNode.js v20.1.0\n')).toBe(
      'RuntimeError: Aborted()',
    );
    expect(lastWords('one\ntwo\n')).toBe('two');
    expect(lastWords('')).toBe('no message');
  });
});
