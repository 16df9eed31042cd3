import { SteadyformerError } from '@steadyformer/core';
import { CommanderError } from 'commander';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { endingOf, oneLine } from './errors';
import { ClosedPipe } from './streams';

afterEach(() => {
  vi.unstubAllEnvs();
});

describe('how the command ends', () => {
  it('a mistake: its line, exit code 2, also of a core that is installed twice', () => {
    expect(endingOf(new SteadyformerError('width: received 0\n  allowed more'))).toEqual({
      code: 2,
      line: 'error: width: received 0 allowed more\n',
    });
    const twin = Object.assign(new Error('no'), { name: 'SteadyformerError' });
    expect(endingOf(twin)).toEqual({ code: 2, line: 'error: no\n' });
  });

  it('what commander has said already, and a pipe that nobody reads: no line', () => {
    expect(endingOf(new CommanderError(1, 'x', 'said'))).toEqual({ code: 2 });
    expect(endingOf(new CommanderError(0, 'commander.help', ''))).toEqual({ code: 0 });
    expect(endingOf(new ClosedPipe())).toEqual({ code: 0 });
  });

  it.each([() => new Float32Array(1e15), () => new ArrayBuffer(2 ** 52), () => 'x'.repeat(2 ** 30)])(
    'no memory: exit code 2 and what to do, %s',
    (allocate) => {
      let failure: unknown;
      try {
        allocate();
      } catch (error) {
        failure = error;
      }
      const { code, line } = endingOf(failure);
      expect(code).toBe(2);
      expect(line).toMatch(
        /^error: this takes more memory than there is \(.+\); make the networks .*smaller\n$/,
      );
    },
  );

  it.each([new TypeError('x is not\na function'), 'a thrown text', null])(
    'a fault of ours: exit code 1 and one line that asks to report it, %j',
    (failure) => {
      const { code, line } = endingOf(failure);
      expect(code).toBe(1);
      expect(line).toMatch(
        /^error: [^\n]*This is a fault of steadyformer \d+\.\d+\.\d+: please report it [^\n]*issues\n$/,
      );
    },
  );

  it('shows the place of a fault where it is asked for, on the same line', () => {
    const failure = new TypeError('x');
    expect(endingOf(failure).line).not.toContain('errors.test.ts');
    vi.stubEnv('STEADYFORMER_STACK', '1');
    expect(endingOf(failure).line).toMatch(/^[^\n]*errors\.test\.ts:\d+[^\n]*\n$/);
  });
});

describe('oneLine', () => {
  it('joins lines and cuts what is enormous', () => {
    expect(oneLine('a\n  b\n\n')).toBe('a b\n');
    expect(oneLine(`a ${'x'.repeat(1e6)} b`)).toBe(`a ${'x'.repeat(100)}... (1000000 characters) b\n`);
  });
});
