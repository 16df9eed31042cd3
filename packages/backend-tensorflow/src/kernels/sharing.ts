import { computeOne } from '../ops/compute';
import { isShared } from '../ops/memory';
import { type Repair, repaired } from './kernel';

/**
 * A clone gives its input's own data in tfjs-node. Of a tensor that is written in place it needs a handle of its own: over the
 * same memory until that is written, as TensorFlow copies what others hold before it writes.
 */
export const sharingRepairs: Readonly<Record<string, Repair>> = {
  Identity: repaired(
    ({ inputs, backend }) => isShared(backend.tensorMap.get(inputs.x!.dataId)),
    ({ inputs, backend }) => {
      return computeOne(backend, ({ of, run }) => run('Identity', [of(inputs.x!)]));
    },
  ),
};
