import { Writable } from 'node:stream';
import { describe, expect, it } from 'vitest';
import { processStreams } from './streams';

/** A stream whose reader is gone, or whose disk is full, from the second write on. */
const failing = (code: string) => {
  const written: string[] = [];
  const stream = new Writable({
    write: (chunk, _, done) => {
      if (written.length > 0) return done(Object.assign(new Error(code), { code }));
      written.push(String(chunk));
      done();
    },
  });
  return { stream, written };
};
const settled = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 5));

describe('the streams of a process', () => {
  it('drop what nobody reads, quietly, on either stream', async () => {
    const [out, error] = [failing('EPIPE'), failing('EPIPE')];
    const failures: Error[] = [];
    const streams = processStreams(out.stream, error.stream, (failure) => failures.push(failure));
    expect(streams.closed?.()).toBe(false);
    for (const text of ['1', '2', '3', '4']) {
      streams.out(text);
      streams.error(text);
      await settled();
    }
    expect([out.written, error.written, failures]).toEqual([['1'], ['1'], []]);
    expect(streams.closed?.()).toBe(true);
  });

  it('a closed error stream alone does not close the output', async () => {
    const [out, error] = [failing('none'), failing('EPIPE')];
    const streams = processStreams(out.stream, error.stream, () => {});
    streams.error('1');
    streams.error('2');
    await settled();
    expect(streams.closed?.()).toBe(false);
  });

  it('say how wide a terminal is, and nothing of what is none', () => {
    const columnsOf = (output: object): number | undefined =>
      processStreams(Object.assign(new Writable(), output), new Writable(), () => {}).columns?.();
    expect(columnsOf({ isTTY: true, columns: 120 })).toBe(120);
    expect(columnsOf({ isTTY: true })).toBe(80);
    expect(columnsOf({ columns: 120 })).toBeUndefined();
  });

  it('say what else befalls the output', async () => {
    const { stream } = failing('ENOSPC');
    const failures: string[] = [];
    const streams = processStreams(stream, new Writable(), ({ message }) => failures.push(message));
    streams.out('1');
    streams.out('2');
    await settled();
    expect(failures).toEqual(['ENOSPC']);
  });

  it('say when the output takes more: once it is read, or nobody reads it any more', async () => {
    const held: (() => void)[] = [];
    const stream = new Writable({ highWaterMark: 4, write: (_chunk, _encoding, done) => held.push(done) });
    const streams = processStreams(stream, new Writable(), () => {});
    await streams.drained?.();
    streams.out('more than fits');
    let drained = 0;
    const waiting = streams.drained?.().then(() => drained++);
    await settled();
    expect(drained).toBe(0);
    held.shift()?.();
    await waiting;
    expect(drained).toBe(1);
    streams.out('more than fits');
    const left = streams.drained?.();
    stream.destroy(Object.assign(new Error('gone'), { code: 'EPIPE' }));
    await left;
    await streams.drained?.();
    expect(streams.closed?.()).toBe(true);
    expect(stream.listenerCount('drain')).toBe(0);
  });
});
