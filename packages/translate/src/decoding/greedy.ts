import type { Hypothesis } from './hypothesis';
import type { StepDecoder } from './stepDecoder';

export interface GreedyOptions {
  readonly eos: number;
  /** Tokens that are never said, such as pad and begin. Default none. */
  readonly forbidden?: readonly number[];
  /** Most tokens of a translation, the end included. */
  readonly maxLength: number;
}

/** Takes the likeliest token each time. One hypothesis a row of the decoder, in order. Disposes the decoder. */
export const greedySearch = async (
  decoder: StepDecoder,
  { eos, forbidden = [], maxLength }: GreedyOptions,
): Promise<Hypothesis[]> => {
  const { vocabulary } = decoder;
  const sentences = Array.from({ length: decoder.rows }, () => ({
    ids: [] as number[],
    sum: 0,
    done: false,
  }));
  /** Which sentence each row of the decoder holds. */
  let live = sentences.map((_, i) => i);
  let last = new Int32Array(live.length).fill(eos);
  for (let length = 1; length <= maxLength && live.length > 0; length++) {
    const logProbabilities = await decoder.step(last);
    const going: number[] = [];
    for (const [row, index] of live.entries()) {
      const sentence = sentences[index]!;
      const best = argmax(logProbabilities.subarray(row * vocabulary, (row + 1) * vocabulary), forbidden);
      sentence.sum += logProbabilities[row * vocabulary + best]!;
      if (best === eos) sentence.done = true;
      else {
        sentence.ids.push(best);
        going.push(row);
      }
    }
    if (going.length < live.length) {
      live = going.map((row) => live[row]!);
      if (live.length > 0) decoder.select(going);
    }
    last = Int32Array.from(live, (index) => sentences[index]!.ids.at(-1)!);
  }
  decoder.dispose();
  return sentences.map(({ ids, sum, done }) => ({
    ids,
    logProbability: sum,
    score: sum / (ids.length + 1),
    finished: done,
  }));
};

const argmax = (values: Float32Array, forbidden: readonly number[]): number => {
  let best = -1;
  for (let i = 0; i < values.length; i++) {
    if ((best < 0 || values[i]! > values[best]!) && !forbidden.includes(i)) best = i;
  }
  return best;
};
