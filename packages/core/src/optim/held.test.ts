import { afterEach, beforeEach, describe } from 'vitest';
import { testedBackends } from '../../testing/backends';
import { keepsWhatIsHeld } from '../../testing/held';
import { registerReferenceKernels } from '../../testing/referenceKernels';
import { selectBackend } from '../backend/select';

let undo = (): void => {};
afterEach(() => undo());

describe.each([
  ...testedBackends.map((backend) => [backend, 'its own ops', false] as const),
  ['cpu', 'reference kernels', true] as const,
])('on %s with %s', (backend, _how, kernels) => {
  beforeEach(async () => {
    await selectBackend(backend);
    undo = kernels ? registerReferenceKernels() : () => {};
  });
  keepsWhatIsHeld();
});
