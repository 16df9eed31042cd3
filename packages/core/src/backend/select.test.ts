import * as tf from '@tensorflow/tfjs';
import { beforeEach, describe, expect, it, vi } from 'vitest';
import type { BackendCandidate } from './select';

const state = vi.hoisted(() => ({
  candidates: [] as BackendCandidate[],
  preferred: undefined as string | undefined,
  loaded: [] as string[],
}));
vi.mock('#backends', () => ({
  candidates: () => state.candidates,
  preferred: () => state.preferred,
}));

const { selectBackend } = await import('./select');

/** A backend that does nothing. */
class Fake extends tf.KernelBackend {
  override dispose(): void {}
}

const works = (name: string, automatic = true): BackendCandidate => ({
  name,
  automatic,
  load: async () => {
    state.loaded.push(name);
    if (tf.findBackendFactory(name) === null) tf.registerBackend(name, () => new Fake());
  },
});
const broken = (name: string, reason: unknown): BackendCandidate => ({
  name,
  load: async () => {
    state.loaded.push(name);
    throw reason;
  },
});

beforeEach(() => {
  if (tf.getBackend()) tf.removeBackend(tf.getBackend());
  state.loaded.length = 0;
  state.preferred = undefined;
});

describe('selectBackend', () => {
  it('takes the first that works, and says in one line why not the others', async () => {
    state.candidates = [
      broken('fastest', new Error('not installed\n  at somewhere')),
      broken('fast', 'no device'),
      works('middling'),
      works('slow'),
    ];
    const choice = await selectBackend();
    expect(choice).toEqual({
      name: 'middling',
      passedOver: [
        { name: 'fastest', reason: 'not installed' },
        { name: 'fast', reason: 'no device' },
      ],
      message: 'backend middling (not fastest: not installed; fast: no device)',
    });
    expect(tf.getBackend()).toBe('middling');
    expect(state.loaded).toEqual(['fastest', 'fast', 'middling']);
  });

  it('names the remedy of one that tfjs cannot start, and options that it does not take', async () => {
    const remedy = "say where its files lie: selectBackend('wasm', { wasmPaths: '/folder/' })";
    tf.registerBackend('wasm', () => Promise.reject(new Error('no file')));
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    state.candidates = [{ name: 'wasm', load: async () => {}, remedy }, works('slow')];
    await expect(selectBackend('wasm')).rejects.toThrow(remedy);
    await expect(selectBackend('slow', { wasmPath: '/' } as object)).rejects.toThrow(
      "selectBackend(): unknown option 'wasmPath', did you mean 'wasmPaths'?",
    );
    await expect(selectBackend('slow', { wasmPaths: 3 as never })).rejects.toThrow(
      'selectBackend() wasmPaths: received 3, allowed a folder, or the URL of each file by its name',
    );
    await expect(selectBackend('constructor')).rejects.toThrow("unknown backend 'constructor'");
  });

  it('does not take one by itself that is there only when asked for', async () => {
    state.candidates = [works('asked', false), works('slow')];
    expect((await selectBackend('auto')).message).toBe('backend slow');
    expect(state.loaded).toEqual(['slow']);
    expect((await selectBackend('asked')).message).toBe('backend asked (asked for)');
    expect(tf.getBackend()).toBe('asked');
  });

  it('passes over one that is not recommended, which may still be asked for', async () => {
    const slow = works('software');
    state.candidates = [
      { ...slow, recommend: () => Promise.reject(new Error('no hardware')) },
      works('slow'),
    ];
    expect((await selectBackend('auto')).message).toBe('backend slow (not software: no hardware)');
    expect(state.loaded).toEqual(['slow']);
    expect((await selectBackend('software')).name).toBe('software');
  });

  describe('where the program runs on a backend already', () => {
    const running = async (name: string): Promise<void> => {
      if (tf.findBackendFactory(name) === null) tf.registerBackend(name, () => new Fake());
      await tf.setBackend(name);
    };

    it('keeps one that it does not know, rather than the last resort', async () => {
      await running('own');
      state.candidates = [broken('fast', 'no device'), works('slow')];
      const choice = await selectBackend('auto');
      expect(choice.message).toBe('backend own (active before; not fast: no device)');
      expect(choice.passedOver).toEqual([{ name: 'fast', reason: 'no device' }]);
      expect(tf.getBackend()).toBe('own');
      expect(state.loaded).toEqual(['fast']);
    });

    it('keeps one that is there for asking only, and one whose package is not ours to find', async () => {
      await running('asked');
      state.candidates = [works('asked', false), works('slow')];
      expect((await selectBackend('auto')).message).toBe('backend asked (active before)');
      state.candidates = [broken('asked', 'not installed'), works('slow')];
      expect(await selectBackend('auto')).toEqual({
        name: 'asked',
        passedOver: [],
        message: 'backend asked (active before)',
      });
    });

    it('leaves it for a better one, and where it is unfit', async () => {
      await running('own');
      state.candidates = [works('fast'), works('slow')];
      expect((await selectBackend('auto')).message).toBe('backend fast');
      await running('half');
      const unfit = { ...works('half'), recommend: () => Promise.reject(new Error('of half precision')) };
      state.candidates = [unfit, works('slow')];
      expect((await selectBackend('auto')).message).toBe('backend slow (not half: of half precision)');
    });

    it('goes on with it where another cannot be started', async () => {
      await running('own');
      tf.registerBackend('ill', () => {
        throw new Error('no memory');
      });
      vi.spyOn(console, 'warn').mockImplementation(() => {});
      state.candidates = [works('ill'), works('slow')];
      await expect(selectBackend('ill')).rejects.toThrow("tfjs could not start 'ill'");
      expect(tf.getBackend()).toBe('own');
      expect((await selectBackend('auto')).name).toBe('own');
      expect(tf.getBackend()).toBe('own');
    });
  });

  it('takes the one named, and no other', async () => {
    state.candidates = [works('fast'), works('slow')];
    expect(await selectBackend('slow')).toEqual({
      name: 'slow',
      passedOver: [],
      message: 'backend slow (asked for)',
    });
    expect(state.loaded).toEqual(['slow']);
  });

  it('follows the standing wish where no argument is given', async () => {
    state.candidates = [works('fast'), works('slow')];
    state.preferred = 'slow';
    expect((await selectBackend()).name).toBe('slow');
    expect((await selectBackend('fast')).name).toBe('fast');
  });

  it('names what is known where the name is not', async () => {
    state.candidates = [works('wasm'), works('cpu')];
    await expect(selectBackend('wsam')).rejects.toThrow(
      "unknown backend 'wsam', did you mean 'wasm'? Allowed: auto, wasm, cpu.",
    );
  });

  it('says why the one named does not work, and tries no other', async () => {
    state.candidates = [broken('fast', new Error('library too old')), works('slow')];
    await expect(selectBackend('fast')).rejects.toThrow(
      "backend 'fast' does not work here: library too old. Choose another, or 'auto'.",
    );
    expect(state.loaded).toEqual(['fast']);
  });

  it('says so where tfjs cannot start a backend that loads', async () => {
    tf.registerBackend('sick', () => {
      throw new Error('no memory');
    });
    state.candidates = [works('sick')];
    vi.spyOn(console, 'warn').mockImplementation(() => {});
    await expect(selectBackend('sick')).rejects.toThrow("tfjs could not start 'sick'");
    await expect(selectBackend('auto')).rejects.toThrow(
      "no tfjs backend works here: sick: tfjs could not start 'sick'",
    );
  });
});
