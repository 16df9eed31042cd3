import * as tf from '@tensorflow/tfjs';
import { type Product, productName, productOf } from '../ort/product';
import { PRODUCT_KERNELS } from './kernelNames';

/** Calls of one kernel. */
export interface KernelTime {
  readonly name: string;
  readonly calls: number;
  readonly seconds: number;
}

/** A product and how often it was computed. */
export interface CountedProduct extends Product {
  readonly count: number;
}

interface Sum {
  calls: number;
  seconds: number;
}

const shapeOf = (inputs: tf.NamedTensorInfoMap): string =>
  Object.values(inputs)
    .slice(0, 3)
    .map((info) => (info as tf.TensorInfo | undefined)?.shape.join('x') ?? '-')
    .join(' ');

/**
 * Wraps every kernel of a backend with a clock. The backends measured compute before they return, so the time of a
 * call is the time of the kernel. The clock costs about 0.2 us a call.
 */
export class KernelClock {
  private readonly sums = new Map<string, Sum>();
  private readonly products = new Map<string, { product: Product; count: number }>();

  constructor(backend: string) {
    for (const config of tf.getKernelsForBackend(backend)) {
      const { kernelName, kernelFunc } = config;
      tf.unregisterKernel(kernelName, backend);
      tf.registerKernel({
        ...config,
        kernelFunc: (call) => {
          if (PRODUCT_KERNELS.has(kernelName)) this.countProduct(call);
          const from = performance.now();
          const result = kernelFunc(call);
          this.add(`${kernelName} ${shapeOf(call.inputs)}`, (performance.now() - from) / 1000);
          return result;
        },
      });
    }
  }

  private add(name: string, seconds: number): void {
    const sum = this.sums.get(name);
    if (sum === undefined) this.sums.set(name, { calls: 1, seconds });
    else {
      sum.calls += 1;
      sum.seconds += seconds;
    }
  }

  private countProduct({ inputs, attrs }: Parameters<tf.KernelFunc>[0]): void {
    const { a, b } = inputs as { a: tf.TensorInfo; b: tf.TensorInfo };
    const { transposeA, transposeB } = (attrs ?? {}) as { transposeA?: boolean; transposeB?: boolean };
    const product = productOf(a.shape, b.shape, transposeA === true, transposeB === true);
    const name = productName(product);
    const known = this.products.get(name);
    if (known === undefined) this.products.set(name, { product, count: 1 });
    else known.count += 1;
  }

  /** Forgets what was counted. */
  reset(): void {
    this.sums.clear();
    this.products.clear();
  }

  /** Kernels with the shapes of their inputs, the costliest first. */
  times(): KernelTime[] {
    return [...this.sums]
      .map(([name, { calls, seconds }]) => ({ name, calls, seconds }))
      .sort((x, y) => y.seconds - x.seconds);
  }

  /** Products since the last reset. Complete only where no kernel hides one: run plain ops. */
  counted(): CountedProduct[] {
    return [...this.products.values()].map(({ product, count }) => ({ ...product, count }));
  }
}
