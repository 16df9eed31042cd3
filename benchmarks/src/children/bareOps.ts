// Products and additions on ONNX Runtime with nothing around it. Argument: JSON of BareOpsOptions.
import { type BareOptions, BareRuntime } from '../ort/bare';
import { productNode, shapesOf } from '../ort/product';
import { type OpCase, opName } from './opCases';
import { coldSets, filled } from './rotation';
import { type Body, serve } from './serve';

export interface BareOpsOptions extends BareOptions {
  readonly cases: readonly OpCase[];
}

const options = JSON.parse(process.argv[2]!) as BareOpsOptions;
const sizeOf = (shape: readonly number[]): number => shape.reduce((size, n) => size * n, 1);

await serve(async () => {
  const runtime = new BareRuntime();
  const matrix = (shape: readonly number[], seed: number) => ({ data: filled(sizeOf(shape), seed), shape });

  const bodyOf = (op: OpCase): (() => Body)[] => {
    if (op.kind === 'add') {
      return [
        () => {
          const session = runtime.session({ operator: 'Add', domain: '' }, options);
          const shape = [op.size];
          return { step: runtime.prepare(session, matrix(shape, 1), matrix(shape, 2), matrix(shape, 3)) };
        },
      ];
    }
    if (op.kind !== 'product') return [];
    return [
      () => {
        const { a, b, y } = shapesOf(op.product);
        const session = runtime.session(productNode(op.product), options);
        const sets = op.cold ? coldSets(4 * (sizeOf(a) + sizeOf(b))) : 1;
        // One result, as in our backend, whose pool gives the same memory again.
        const result = matrix(y, 3);
        const calls = Array.from({ length: sets }, (_, i) =>
          runtime.prepare(session, matrix(a, i + 1), matrix(b, i + 2), result),
        );
        let turn = 0;
        return { step: () => calls[turn++ % sets]!() };
      },
    ];
  };

  return {
    versions: { 'onnxruntime (bare)': runtime.version },
    cases: Object.fromEntries(
      options.cases.flatMap((op) => bodyOf(op).map((body) => [opName(op), body] as const)),
    ),
  };
});
