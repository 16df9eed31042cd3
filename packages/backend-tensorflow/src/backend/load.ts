import { createRequire } from 'node:module';
import { join } from 'node:path';
import * as tf from '@tensorflow/tfjs';
import { reasonOf, TensorflowBackendError } from '../checks/errors';
import { fusedKernels } from '../fused';
import { onFirstDevice } from '../gpu/visible';
import { completeKernels } from '../kernels/register';
import type { Binding } from '../ops/native';
import { quietly } from '../ops/quietly';
import { choosePackage } from '../packages/availability';
import type { NodePackage } from '../packages/packages';
import { type BackendClass, withSharedMemory } from './shared';
import { restoreUtil } from './shim';

/** The parts of tfjs-node that are used here. */
interface BackendModule {
  readonly NodeJSKernelBackend: BackendClass;
}
interface FileModule {
  readonly nodeFileSystemRouter: Parameters<typeof tf.io.registerSaveRouter>[0];
}

/** tfjs-node's backend, as far as it is public. */
export interface TensorflowBackend extends tf.KernelBackend {
  /** Whether TensorFlow placed itself on a CUDA device. */
  readonly isUsingGpuDevice: boolean;
}

/** A loaded TensorFlow. */
export interface Loaded {
  readonly backend: TensorflowBackend;
  /** Of the native library, e.g. '2.21.0'. */
  readonly version: string;
  readonly source: NodePackage;
}

/** tfjs-node registers `model.save('file://...')` on import; a handler that is already there stays the only one. */
const registerFiles = ({ nodeFileSystemRouter }: FileModule): void => {
  if (tf.io.getSaveHandlers('file://x').length === 0) tf.io.registerSaveRouter(nodeFileSystemRouter);
  if (tf.io.getLoadHandlers('file://x').length === 0) tf.io.registerLoadRouter(nodeFileSystemRouter);
};

const loadPackage = (source: NodePackage): Loaded => {
  restoreUtil();
  // TensorFlow announces oneDNN and its CPU features on stderr at levels below 2.
  process.env.TF_CPP_MIN_LOG_LEVEL ??= '2';
  // Else it takes all memory of a GPU at once, which processes of one program may have to share.
  process.env.TF_FORCE_GPU_ALLOW_GROWTH ??= 'true';
  const load = createRequire(join(source.folder, 'package.json'));
  // The pieces of tfjs-node's index, without its `setBackend`, which would change the user's choice on import.
  const binding: Binding = onFirstDevice(() => load(source.addon));
  load('./dist/register_all_kernels');
  completeKernels(fusedKernels);
  const { NodeJSKernelBackend }: BackendModule = load('./dist/nodejs_kernel_backend');
  registerFiles(load('./dist/io/file_system'));
  const Backend = withSharedMemory(NodeJSKernelBackend);
  return { backend: new Backend(binding, source.name), version: binding.TF_Version, source };
};

/**
 * Loads TensorFlow through the user's tfjs-node package.
 *
 * @throws TensorflowBackendError where no prepared package is found, or where its addon does not load.
 */
export const loadTensorflow = (points?: readonly string[]): Loaded => {
  const choice = choosePackage(points);
  if ('reason' in choice) throw new TensorflowBackendError(`tensorflow backend: ${choice.reason}`);
  try {
    return quietly(() => loadPackage(choice.chosen));
  } catch (error) {
    throw new TensorflowBackendError(
      `tensorflow backend: ${choice.chosen.addon} does not load: ${reasonOf(error)}. Run: npx steadyformer-tensorflow doctor`,
      { cause: error },
    );
  }
};
