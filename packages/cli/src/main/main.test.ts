import { beforeEach, describe, expect, it, vi } from 'vitest';
import { version } from '../../package.json';

const doctor = vi.hoisted(() => ({ trial: {} as object | Error }));
vi.mock('../doctor/child', () => ({
  tryInChild: async (name: string) => {
    if (doctor.trial instanceof Error) throw doctor.trial;
    return name === 'cpu' ? doctor.trial : { works: false, reason: `${name} is not installed` };
  },
}));
const { main } = await import('./main');

const run = async (...args: string[]) => {
  let [out, error] = ['', ''];
  const code = await main(args, {
    out: (text) => {
      out += text;
    },
    error: (text) => {
      error += text;
    },
  });
  return { code, out, error };
};

const ALLOWED =
  'analyse, init, train, plan, join, compare, doctor, inspect, average, reparameterize, translate, generate, score, evaluate, serve, export, import, bpe, prepare, profile, sweep';

describe('steadyformer', () => {
  it('says its version and its commands', async () => {
    expect(await run('--version')).toEqual({ code: 0, out: `${version}\n`, error: '' });
    for (const args of [['--help'], ['help'], ['-h']]) {
      const { code, out, error } = await run(...args);
      expect([code, error]).toEqual([0, '']);
      expect(out).toMatch(/^Usage: steadyformer .*analyse.*doctor/s);
    }
  });

  it('helps with every command', async () => {
    for (const args of [
      ['analyse', 'depth-check', '--help'],
      ['analyze', 'help', 'depth-check'],
    ]) {
      const { code, out } = await run(...args);
      expect(code).toBe(0);
      expect(out).toMatch(/^Usage: steadyformer analyse depth-check \[options\]\n.*--depths <list>/s);
    }
    expect((await run('help', 'doctor')).out).toContain('--json');
  });

  it.each([
    [[], 'Usage: steadyformer'],
    [['analyse'], 'Usage: steadyformer analyse'],
    [['analsye', 'predict'], "error: unknown command 'analsye' (Did you mean analyse?)\n"],
    [['doctro'], "error: unknown command 'doctro' (Did you mean doctor?)\n"],
    [['analyse', 'predcit'], "error: unknown command 'predcit' (Did you mean predict?)\n"],
    [['analyse', 'depthcheck'], "error: unknown command 'depthcheck' (Did you mean depth-check?)\n"],
    [['predict'], "error: unknown command 'predict' (Did you mean analyse predict?)\n"],
    [
      ['depth-chek', '--depths', '1'],
      "error: unknown command 'depth-chek' (Did you mean analyse depth-check?)\n",
    ],
    [['frobnicate'], `error: unknown command 'frobnicate'. Allowed: ${ALLOWED}.\n`],
    [['constructor'], `error: unknown command 'constructor'. Allowed: ${ALLOWED}.\n`],
    [['doctor', 'x'], "error: too many arguments for 'doctor'. Expected 0 arguments but got 1.\n"],
    [['doctor', '--jsn'], "error: unknown option '--jsn' (Did you mean --json?)\n"],
  ])('exit code 2: %j', async (args, message) => {
    const { code, out, error } = await run(...args);
    expect(code).toBe(2);
    expect(out).toBe('');
    if (message.startsWith('error')) expect(error).toBe(message);
    else expect(error).toContain(message);
  });
});

describe('steadyformer doctor', () => {
  beforeEach(() => vi.stubEnv('STEADYFORMER_BACKEND', ''));

  it('ends with 0 where one backend works, and says which', async () => {
    doctor.trial = { works: true, milliseconds: 123.4 };
    const { code, out, error } = await run('doctor');
    expect([code, error]).toEqual([0, '']);
    expect(out).toMatch(/^cpu +works +120 ms$/m);
    expect(out).toMatch(
      /^wasm +does not +wasm is not installed\n +Run: npm install @tensorflow\/tfjs-backend-wasm@4\.22\.0$/m,
    );
    expect(out).toContain('Commands and selectBackend() take cpu.');
    const json = JSON.parse((await run('doctor', '--json')).out);
    expect(json).toMatchObject({
      chosen: 'cpu',
      versions: { steadyformer: version, node: process.version, tfjs: '4.22.0' },
    });
    expect(json.versions.packages['@steadyformer/core']).toBe(version);
    expect(json.machine.cores).toBeGreaterThan(0);
    expect(json.backends.map(({ name }: { name: string }) => name)).toContain('onnxruntime');
  });

  it('says who multiplies, who does not, and what would bring a faster one', async () => {
    const passedOver = [{ file: '/lib/libmkl_rt.so.3', reason: 'it cannot be loaded' }];
    const products = {
      name: 'MKL 2026.2',
      file: '/v/libmkl_rt.so.3',
      ratios: [1.314, 1.25, 1.4],
      passedOver,
    };
    doctor.trial = { works: true, milliseconds: 5, library: { version: '1.28.2' }, products };
    expect((await run('doctor')).out).toMatch(
      /^cpu +works +5 ms +ONNX Runtime 1\.28\.2\n +products by MKL 2026\.2, 1\.25 to 1\.40 times as fast as ONNX Runtime \(\/v\/libmkl_rt\.so\.3\)\n +not by \/lib\/libmkl_rt\.so\.3: it cannot be loaded$/m,
    );
    const advice = 'Another is faster. Run: pip install mkl';
    doctor.trial = { works: true, products: { name: 'ONNX Runtime', passedOver: [], advice } };
    expect((await run('doctor')).out).toMatch(
      /^cpu +works +products by ONNX Runtime\n +Another is faster\.\n +Run: pip install mkl$/m,
    );
  });

  it('ends with 1 where none works', async () => {
    doctor.trial = { works: false, reason: 'no arithmetic here' };
    const { code, out, error } = await run('doctor');
    expect([code, error]).toEqual([1, '']);
    expect(out).toContain('no arithmetic here');
    expect(out).toContain('No backend can be taken here.');
    expect(JSON.parse((await run('doctor', '--json')).out)).toMatchObject({ chosen: null });
  });

  it('ends with 1 and a line to report where it is itself at fault', async () => {
    doctor.trial = new TypeError('oops');
    const { code, out, error } = await run('doctor');
    expect([code, out]).toEqual([1, '']);
    expect(error).toMatch(/^error: TypeError: oops\. This is a fault of steadyformer [^\n]*\n$/);
  });
});
