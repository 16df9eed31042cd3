import { cpus } from 'node:os';
import type { BlasChoice, PassedOver } from './choose';

/** Who multiplies matrices. */
export interface ProductLibrary {
  /** `MKL 2026.2`, or `ONNX Runtime`. */
  readonly name: string;
  readonly file?: string;
  /** How many times as fast as ONNX Runtime it was measured to be: x W, and its gradients' dy W^T and x^T dy. */
  readonly ratios?: readonly [plain: number, secondTransposed: number, firstTransposed: number];
  /** Libraries that are there and are not used. */
  readonly passedOver: readonly PassedOver[];
  /** What would bring a faster one. */
  readonly advice?: string;
}

interface Machine {
  readonly platform: string;
  readonly arch: string;
  readonly processor: string;
}

const thisMachine = (): Machine => ({
  platform: process.platform,
  arch: process.arch,
  processor: cpus()[0]?.model ?? '',
});

const ADVICE =
  "Intel's MKL multiplies about 1.3 times as fast on this processor. Run: pip install mkl (1 GB, in the Python environment that is active)";

/** Who multiplies, for people; `wish` is the option, `threads` what a product may use. */
export const productLibrary = (
  { blas, ratios, passedOver }: BlasChoice,
  wish: string,
  threads: number,
  { platform, arch, processor }: Machine = thisMachine(),
): ProductLibrary => {
  if (blas !== undefined) {
    const { NN, NT, TN } = ratios.get(threads)!;
    return { name: blas.name, file: blas.path, ratios: [NN, NT, TN], passedOver };
  }
  const pays = arch === 'x64' && platform !== 'darwin' && /Intel/i.test(processor);
  const isAdvised = wish === 'auto' && passedOver.length === 0 && pays;
  return { name: 'ONNX Runtime', passedOver, ...(isAdvised ? { advice: ADVICE } : {}) };
};
