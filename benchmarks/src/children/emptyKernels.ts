// tfjs with a backend that does nothing: what tfjs itself costs around a kernel. Argument: JSON of a list of OpCase.
import * as tf from '@tensorflow/tfjs';
import { type OpCase, opName } from './opCases';
import { serve } from './serve';

/** Remembers nothing but which tensors exist. */
class EmptyBackend extends tf.KernelBackend {
  private readonly ids = new Set<object>();

  made(): object {
    const dataId = {};
    this.ids.add(dataId);
    return dataId;
  }

  override write(): object {
    return this.made();
  }

  override move(dataId: object): void {
    this.ids.add(dataId);
  }

  override numDataIds(): number {
    return this.ids.size;
  }

  override disposeData(dataId: object): boolean {
    this.ids.delete(dataId);
    return true;
  }

  override incRef(): void {}

  override floatPrecision(): 32 {
    return 32;
  }
}

const cases = JSON.parse(process.argv[2]!) as OpCase[];

await serve(async () => {
  tf.registerBackend('empty', () => new EmptyBackend());
  tf.registerKernel({
    kernelName: 'Add',
    backendName: 'empty',
    kernelFunc: ({ inputs, backend }) => {
      const { shape, dtype } = inputs.a as tf.TensorInfo;
      return { dataId: (backend as EmptyBackend).made(), shape, dtype };
    },
  });
  await tf.setBackend('empty');
  const adds = cases.flatMap((op) => (op.kind === 'add' ? [op] : []));
  return {
    versions: { node: process.versions.node, tfjs: tf.version.tfjs },
    cases: Object.fromEntries(
      adds.map((op) => [
        opName(op),
        () => {
          const [a, b] = [tf.zeros([op.size]), tf.zeros([op.size])];
          return { step: () => tf.add(a, b).dispose(), dispose: () => tf.dispose([a, b]) };
        },
      ]),
    ),
  };
});
