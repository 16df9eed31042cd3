import * as tf from '@tensorflow/tfjs';
import type { Recompute } from './recompute';
import { addNode, aside, forget, isRecording, type Recording, record, type TapeNode } from './recording';

/** `recompute` on the tape of a recording: what it forgets is recorded again where the backward pass comes to it. */
export const recomputeOnTape: Recompute = <T extends tf.Tensor>(
  held: readonly tf.Tensor[],
  f: (held: readonly tf.Tensor[], again: boolean) => T,
): T => {
  if (!isRecording()) return f(held, false);
  const { value, tape } = aside(() => tf.tidy(() => f(held, false)));
  forget(tape);
  // A tensor that f handed through stands on no tape of its own.
  if (!tape.some(({ outputs }) => outputs.some(({ id }) => id === value.id))) return value;
  const { value: saved } = aside(() => held.map((tensor) => tf.keep(tf.clone(tensor))));
  const original = new Map(saved.map(({ id }, i) => [id, held[i]!]));
  const replay = (): Recording<tf.Tensor> => renamed(record(() => f(saved, true))!, original);
  addNode({ inputs: sourcesOf(tape), outputs: [value], saved, replay });
  return value;
};

/** What the ops of a tape read and did not make. */
const sourcesOf = (tape: readonly TapeNode[]): TapeNode['inputs'] => {
  const made = new Set(tape.flatMap(({ outputs }) => outputs.map(({ id }) => id)));
  const read = new Map(
    tape.flatMap(({ inputs }) => Object.values(inputs).map((tensor) => [tensor.id, tensor])),
  );
  return Object.fromEntries([...read].filter(([id]) => !made.has(id)));
};

/** The recording with the tensors that stand for others named by these, in what it records later, too. */
const renamed = (
  { value, tape }: Recording<tf.Tensor>,
  original: ReadonlyMap<number, tf.Tensor>,
): Recording<tf.Tensor> => ({
  value,
  tape: tape.map(({ inputs, replay, ...node }) => ({
    ...node,
    inputs: Object.fromEntries(
      Object.entries(inputs).map(([name, tensor]) => [name, original.get(tensor.id) ?? tensor]),
    ),
    ...(replay ? { replay: () => renamed(replay(), original) } : {}),
  })),
});
