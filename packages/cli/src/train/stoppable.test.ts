import { setTimeout } from 'node:timers/promises';
import { expect, it } from 'vitest';
import { stoppable } from './stoppable';

it.each([
  ['SIGINT', 130],
  ['SIGTERM', 143],
] as const)('a first %s asks for an end, a second ends at once with %i', async (signal, code) => {
  const [codes, told]: [number[], string[]] = [[], []];
  const listening = process.listenerCount(signal);
  const result = await stoppable(
    async (stop) => {
      process.emit(signal, signal);
      expect(stop.aborted).toBe(true);
      expect([told, codes]).toEqual([['told'], []]);
      process.emit(signal, signal);
      await setTimeout(0);
      return 'saved';
    },
    () => told.push('told'),
    (exit) => codes.push(exit),
  );
  expect([result, told, codes]).toEqual(['saved', ['told'], [code]]);
  expect(process.listenerCount(signal)).toBe(listening);
});

it('leaves signals alone after work that fails', async () => {
  const listening = process.listenerCount('SIGINT');
  await expect(
    stoppable(
      () => Promise.reject(new Error('no')),
      () => {},
    ),
  ).rejects.toThrow('no');
  expect(process.listenerCount('SIGINT')).toBe(listening);
});
