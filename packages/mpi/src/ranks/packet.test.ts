import { expect, it } from 'vitest';
import { type Call, PACKET, Packets, packetOf, reducePayloads, sumOfStretches } from './packet';

const call: Call = { name: 'allReduce', kind: 1, length: 3, detail: 0 };
const together = (...packets: Uint8Array[]): Packets => {
  const all = new Uint8Array(packets.length * PACKET);
  for (const [i, packet] of packets.entries()) all.set(packet, i * PACKET);
  return new Packets(all, packets.length);
};

it('carries a small array with the call, whatever lies around it', () => {
  const around = Float32Array.of(9, 1, 2, 3, 9);
  const packets = together(
    packetOf(call, around.subarray(1, 4)),
    packetOf(call, Float32Array.of(10, 20, 30)),
    packetOf(call, Float32Array.of(0.5, -1, 0)),
  );
  expect(packets.other).toBeUndefined();
  const reduced = (operation: 'sum' | 'max' | 'min'): number[] => {
    const array = new Float32Array(3);
    reducePayloads(packets, array, 3, operation);
    return Array.from(array);
  };
  expect(reduced('sum')).toEqual([11.5, 21, 33]);
  expect(reduced('max')).toEqual([10, 20, 30]);
  expect(reduced('min')).toEqual([0.5, -1, 0]);
});

it('names two ranks that differ, and what they call', () => {
  const packets = [call, call, { ...call, length: 4 }].map((each) => packetOf(each, undefined));
  expect(together(...packets).other).toBe(
    "rank 0 calls allReduce(Float32Array of 3, 'sum'), rank 2 calls allReduce(Float32Array of 4, 'sum')",
  );
});

it('tells stretches apart that add up to the same', () => {
  const sums = [
    [2, 3],
    [3, 2],
    [5, 0],
    [0, 5],
    [1, 4],
  ].map(sumOfStretches);
  expect(new Set(sums).size).toBe(sums.length);
});
