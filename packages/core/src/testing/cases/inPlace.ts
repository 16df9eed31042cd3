import * as tf from '@tensorflow/tfjs';
import type { FusedKernelName } from '../../backend/contract';
import { runKernel } from '../../backend/kernels';
import { SteadyformerError } from '../../checks/errors';
import { checkClose, noise, type Plain, plainOf } from '../numbers';
import { withBackend } from '../onBackend';
import { type KernelCase, named } from '../spec';

/** Makes a tensor for the length of a case. */
type Make = (data: readonly number[], shape?: readonly number[]) => tf.Tensor;

interface Scene {
  readonly make: Make;
  /** A view of a tensor, for the length of the case. */
  readonly view: (x: tf.Tensor, offset: number, shape: readonly number[]) => tf.Tensor;
  /** Writes numbers into a tensor, in place. */
  readonly copy: (destination: tf.Tensor, data: readonly number[]) => void;
  /** Keeps a tensor for the length of the case. */
  readonly keep: <T extends tf.Tensor>(tensor: T) => T;
  /** Throws where a tensor does not hold exactly these numbers. */
  readonly holds: (what: string, tensor: tf.Tensor, data: readonly number[]) => Promise<void>;
}

type Play = (scene: Scene) => Promise<void>;

const counting = (from: number, count: number): number[] => Array.from({ length: count }, (_, i) => from + i);

/** Throws unless an in-place kernel gave the empty tensor that it owes. */
export const checkEmpty = (what: string, [out]: readonly tf.Tensor[]): void => {
  if (out?.shape.join() !== '0') {
    throw new SteadyformerError(`${what}: received an output of shape [${out?.shape}], expected [0].`);
  }
  out.dispose();
};

/** A case of one kernel in which tensors live on the backend for its length; none may be left behind. */
export const sceneCase = (
  backend: string,
  kernel: FusedKernelName,
  options: string,
  play: Play,
): KernelCase => {
  const name = `${kernel}: ${options}`;
  const scene = (mine: tf.Tensor[]): Scene => {
    const keep: Scene['keep'] = (tensor) => {
      mine.push(tensor);
      return tensor;
    };
    const make: Make = (data, shape = [data.length]) => keep(tf.tensor([...data], [...shape], 'float32'));
    return {
      make,
      keep,
      view: (x, offset, shape) =>
        keep(runKernel('SteadyView', { x: x as tf.Tensor1D }, { offset, shape })[0]!),
      copy: (destination, data) => {
        const source = tf.tensor([...data], destination.shape, 'float32');
        checkEmpty('SteadyCopy', runKernel('SteadyCopy', { destination, source }, {}));
        source.dispose();
      },
      holds: async (what, tensor, data) => {
        checkClose(what, await plainOf(tensor), { shape: tensor.shape, data }, 0);
      },
    };
  };
  const run = async (): Promise<void> => {
    const before = tf.memory().numTensors;
    const mine: tf.Tensor[] = [];
    try {
      await play(scene(mine));
    } finally {
      tf.dispose(mine);
    }
    const left = tf.memory().numTensors - before;
    if (left !== 0) throw new SteadyformerError(`left ${left} tensors behind.`);
  };
  return named(kernel, name, () => withBackend(backend, run));
};

/** How users hold on to the value of a tensor [2, 3]: what they read, and what shares its data until it is written. */
const held: Readonly<Record<string, (x: tf.Tensor) => tf.Tensor | Promise<ArrayLike<number>>>> = {
  'what was read': (x) => x.data(),
  'a clone': (x) => tf.clone(x),
  'a clone of a clone': (x) => tf.tidy(() => tf.clone(tf.clone(x))),
  'a reshaped form': (x) => tf.reshape(x, [6]),
  'an expanded form': (x) => tf.expandDims(x, 0),
  'a cast to its own type': (x) => tf.cast(x, 'float32'),
  'a slice': (x) => tf.slice(x, [0, 0], [2, 3]),
};

/** Says that what is held of x, whose numbers are `before`, keeps them while `write` changes x to `after`. */
export const keepsWhatIsHeld = async (
  { holds, keep }: Scene,
  x: tf.Tensor,
  before: readonly number[],
  write: () => void,
  after: readonly number[],
): Promise<void> => {
  const all: [string, tf.Tensor | ArrayLike<number>][] = [];
  for (const [what, hold] of Object.entries(held)) {
    const one = await hold(x);
    all.push([what, one instanceof tf.Tensor ? keep(one) : one]);
  }
  write();
  await holds('the tensor itself', x, after);
  for (const [what, one] of all) {
    const numbers: Plain =
      one instanceof tf.Tensor ? await plainOf(one) : { shape: [], data: Array.from(one) };
    checkClose(`${what} before the write`, { ...numbers, shape: [6] }, { shape: [6], data: before }, 0);
  }
};

const views: Readonly<Record<string, Play>> = {
  'shares the memory of its tensor, from its offset on': async ({ make, view, copy, holds }) => {
    const flat = make(counting(0, 10));
    const part = view(flat, 3, [2, 3]);
    await holds('the view', part, counting(3, 6));
    copy(flat, counting(100, 10));
    await holds('the view of what was written since', part, counting(103, 6));
  },
  'written, its tensor changes there and nowhere else': async ({ make, view, copy, holds }) => {
    const flat = make(counting(0, 10));
    const [first, second] = [view(flat, 0, [3]), view(flat, 3, [2, 3])];
    copy(second, counting(50, 6));
    await holds('the whole', flat, [0, 1, 2, ...counting(50, 6), 9]);
    await holds('the view before it', first, [0, 1, 2]);
  },
  'of all, of one number and of none': async ({ make, view, holds }) => {
    const flat = make(counting(0, 4));
    await holds('the view of all', view(flat, 0, [2, 2]), counting(0, 4));
    await holds('the view of the last', view(flat, 3, [1]), [3]);
    await holds('the empty view', view(flat, 0, [0]), []);
  },
  'gone, leaves its tensor and other views as they are': async ({ make, view, copy, holds }) => {
    const flat = make(counting(0, 6));
    const [part, other] = [view(flat, 0, [3]), view(flat, 3, [3])];
    part.dispose();
    copy(other, [7, 8, 9]);
    await holds('the whole', flat, [0, 1, 2, 7, 8, 9]);
  },
  'is read by ops as it is now': async ({ make, view, copy, keep, holds }) => {
    const flat = make(counting(0, 6));
    const part = view(flat, 2, [2]);
    await holds('twice the view', keep(tf.mul(part, 2)), [4, 6]);
    copy(flat, counting(10, 6));
    await holds('twice the view after a write', keep(tf.mul(part, 2)), [24, 26]);
  },
  'changes nothing that was read or cloned of it': async (scene) => {
    const flat = scene.make(counting(0, 10));
    const part = scene.view(flat, 3, [2, 3]);
    const [before, after] = [counting(3, 6), counting(80, 6)];
    await keepsWhatIsHeld(scene, part, before, () => scene.copy(part, after), after);
    await keepsWhatIsHeld(scene, part, after, () => scene.copy(flat, counting(0, 10)), before);
  },
};

const copies: Readonly<Record<string, Play>> = {
  'writes the numbers of its source, which stays': async ({ make, copy, holds }) => {
    const destination = make(counting(0, 6), [2, 3]);
    const source = make(counting(20, 6), [2, 3]);
    checkEmpty('SteadyCopy', runKernel('SteadyCopy', { destination, source }, {}));
    await holds('the destination', destination, counting(20, 6));
    copy(destination, counting(5, 6));
    await holds('the source', source, counting(20, 6));
  },
  'of nothing writes nothing': async ({ make, view, copy, holds }) => {
    const flat = make(counting(0, 4));
    copy(view(flat, 2, [0]), []);
    await holds('the whole', flat, counting(0, 4));
  },
  'writes what is no number as it is': async ({ make, copy, holds }) => {
    const odd = [Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];
    const destination = make([1, 2, 3]);
    copy(destination, odd);
    await holds('the destination', destination, odd);
  },
  'changes nothing that was read before its first write': async ({ make, copy, keep, holds }) => {
    const [given, computed] = [make(counting(0, 300)), keep(tf.tidy(() => tf.add(tf.ones([300]), 1)))];
    const read = [await given.data(), await computed.data()];
    for (const x of [given, computed]) copy(x, noise(300, 3));
    checkClose(
      'what was read',
      { shape: [300], data: Array.from(read[0]!) },
      { shape: [300], data: counting(0, 300) },
      0,
    );
    await holds('what was read of a result', keep(tf.tensor(read[1]!)), new Array(300).fill(2));
  },
  'changes nothing that was read or cloned of its destination since': async (scene) => {
    const x = scene.make(counting(0, 6), [2, 3]);
    scene.copy(x, counting(10, 6));
    for (const from of [20, 30]) {
      await keepsWhatIsHeld(
        scene,
        x,
        counting(from - 10, 6),
        () => scene.copy(x, counting(from, 6)),
        counting(from, 6),
      );
    }
  },
};

/** SteadyView and SteadyCopy. */
export const memoryCases = (backend: string): KernelCase[] => [
  ...Object.entries(views).map(([options, play]) => sceneCase(backend, 'SteadyView', options, play)),
  ...Object.entries(copies).map(([options, play]) => sceneCase(backend, 'SteadyCopy', options, play)),
];

const sums: Readonly<Record<string, Play>> = {
  'adds, and gives the norm of the sum': async ({ make, keep, holds }) => {
    for (const size of [0, 1, 5, 1003]) {
      const [sum, x] = [make(counting(0, size)), make(counting(7, size))];
      const [norm] = runKernel('SteadyAddInto', { sum, x }, {});
      const expected = counting(0, size).map((each) => 2 * each + 7);
      await holds('the sum', sum, expected);
      await holds('what was added', x, counting(7, size));
      checkClose('norm', await plainOf(keep(norm!)), { shape: [], data: [Math.hypot(...expected)] }, 1e-6);
    }
  },
  'changes nothing that was read or cloned of the sum since': async (scene) => {
    const x = scene.make(counting(0, 6), [2, 3]);
    const more = scene.make(counting(10, 6), [2, 3]);
    const add = (): void => tf.dispose(runKernel('SteadyAddInto', { sum: x, x: more }, {}));
    const after = (times: number): number[] => counting(0, 6).map((each) => each + times * (each + 10));
    add();
    for (const times of [1, 2]) await keepsWhatIsHeld(scene, x, after(times), add, after(times + 1));
  },
  'passes on what is no number': async ({ make, keep, holds }) => {
    const sum = make([1, Number.NaN, 2]);
    const [norm] = runKernel('SteadyAddInto', { sum, x: make([Number.POSITIVE_INFINITY, 1, 1]) }, {});
    await holds('the sum', sum, [Number.POSITIVE_INFINITY, Number.NaN, 3]);
    await holds('the norm', keep(norm!), [Number.NaN]);
  },
};

/** SteadyAddInto. */
export const sumCases = (backend: string): KernelCase[] =>
  Object.entries(sums).map(([options, play]) => sceneCase(backend, 'SteadyAddInto', options, play));
