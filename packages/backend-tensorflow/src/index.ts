/**
 * `import '@steadyformer/backend-tensorflow'` registers the TensorFlow.js backend `'tensorflow'`, served by the
 * project's own `@tensorflow/tfjs-node-gpu` or `@tensorflow/tfjs-node`, on Node 20, 22 and 24.
 *
 * Shapes in comments: `B` sentences or images of a batch, `T` tokens of a sentence (`Tq` of queries, `Tk` of keys), `D` features
 * of the stream, `H` heads, `G` heads of keys and values, `R` = H / G, `Dh` features of a head, `V` tokens of a vocabulary, `M`
 * rows, `P` numbers of all parameters; of images `H` rows, `W` columns, `C` channels.
 *
 * @packageDocumentation
 */
import { registerTensorflow } from './backend/register';
import { restoreUtil } from './backend/shim';

export { type Loaded, loadTensorflow, type TensorflowBackend } from './backend/load';
export { registerTensorflow } from './backend/register';
export { TensorflowBackendError } from './checks/errors';
export { type Availability, availability } from './packages/availability';
export { type NodePackage, PACKAGE_NAMES, type PackageName } from './packages/packages';

// Also for a program that imports tfjs-node itself after this line.
restoreUtil();
registerTensorflow();
