import { sideBySide, transposed } from '../state/arrays';
import type { NamedArray } from '../state/safetensors';
import type { CheckpointTensors } from './tensors';

/** How a checkpoint's linear maps lie: [out, in] as of torch.nn.Linear, or [in, out] as of GPT-2's Conv1D. */
export type MapLayout = 'linear' | 'conv1d';

/** Our parameters by path, as they are gathered from a checkpoint's. */
export class Weights {
  readonly state: Record<string, NamedArray> = {};

  constructor(
    readonly from: CheckpointTensors,
    private readonly layout: MapLayout = 'linear',
  ) {}

  /** A tensor as it is. */
  copy(to: string, name: string, ...shape: readonly number[]): void {
    this.state[to] = this.from.read(name, ...shape);
  }

  /** One linear map of several that stand side by side: each a name and its outputs. */
  linear(
    to: string,
    inputs: number,
    maps: readonly (readonly [name: string, outputs: number])[],
    bias = true,
  ): void {
    const weights = maps.map(([name, outputs]) =>
      this.layout === 'conv1d'
        ? this.from.read(`${name}.weight`, inputs, outputs)
        : transposed(this.from.read(`${name}.weight`, outputs, inputs)),
    );
    this.state[`${to}.weight`] = joined(weights);
    if (!bias) return;
    this.state[`${to}.bias`] = joined(maps.map(([name, outputs]) => this.from.read(`${name}.bias`, outputs)));
  }

  /** A norm; old files call gain and bias `gamma` and `beta`. */
  norm(to: string, name: string, width: number, bias = true): void {
    const old = this.from.has(`${name}.gamma`);
    this.copy(`${to}.gain`, `${name}.${old ? 'gamma' : 'weight'}`, width);
    if (bias) this.copy(`${to}.bias`, `${name}.${old ? 'beta' : 'bias'}`, width);
  }
}

const joined = (parts: readonly NamedArray[]): NamedArray =>
  parts.length === 1 ? parts[0]! : sideBySide(parts);
