import type * as tf from '@tensorflow/tfjs';
import { freeConstants } from '../ops/compute';
import { isShared, materialise, release } from '../ops/memory';
import type { Binding, NativeBackend } from '../ops/native';
import { type Processes, processesOn } from './processes';

/** tfjs-node's class of its backend. */
export type BackendClass = new (binding: Binding, packageName: string) => NativeBackend & TfjsNodeBackend;

/** What of it is added to here. */
interface TfjsNodeBackend {
  readSync(dataId: object): tf.backend_util.BackendValues;
  disposeData(dataId: object, force?: boolean): boolean;
}

/** tfjs-node's backend with tensors that share memory, and are written in place. */
export const withSharedMemory = (Native: BackendClass): BackendClass =>
  class extends Native {
    /** What Steadyformer's core asks of backends: on a CPU values lie in this process, and reading waits for nothing. */
    readonly steadyCapabilities: { readonly hostMemory: boolean } = { hostMemory: !this.isUsingGpuDevice };
    readonly steadyProcesses: Processes = processesOn(this.isUsingGpuDevice);

    override getInputTensorIds(tensors: readonly tf.TensorInfo[]): number[] {
      for (const { dataId } of tensors) {
        // Scalars of 64 bits are none of tfjs's.
        if (dataId === undefined) continue;
        const entry = this.tensorMap.get(dataId);
        if (isShared(entry)) materialise(this, entry);
      }
      return super.getInputTensorIds(tensors);
    }

    override readSync(dataId: object): tf.backend_util.BackendValues {
      const entry = this.tensorMap.has(dataId) ? this.tensorMap.get(dataId) : undefined;
      if (entry && isShared(entry)) materialise(this, entry);
      return super.readSync(dataId);
    }

    override dispose(): void {
      super.dispose();
      freeConstants(this.binding);
    }

    override disposeData(dataId: object, force = false): boolean {
      const entry = this.tensorMap.has(dataId) ? this.tensorMap.get(dataId) : undefined;
      const gone = super.disposeData(dataId, force);
      if (gone && entry && isShared(entry)) release(this, entry);
      return gone;
    }
  };
