/**
 * `import '@steadyformer/backend-tensorflow'` registers the TensorFlow.js backend `'tensorflow'`, served by the
 * project's own `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node`, on Node 20, 22 and 24.
 *
 * @packageDocumentation
 */
import { registerTensorflow } from './register';
import { restoreUtil } from './shim';

export { type Availability, availability } from './availability';
export { TensorflowBackendError } from './errors';
export { type Loaded, loadTensorflow, type TensorflowBackend } from './load';
export { type NodePackage, PACKAGE_NAMES, type PackageName } from './packages';
export { registerTensorflow } from './register';

// Also for a program that imports tfjs-node itself after this line.
restoreUtil();
registerTensorflow();
