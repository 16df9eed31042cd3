import { SteadyformerError, show } from '../checks/errors';
import type { NamedArray } from '../state/safetensors';

const FILE = 'model.safetensors';
const NEXT = 'The file is damaged, or belongs to another config.json.';

/** The tensors of a checkpoint by name and shape, and which of them were asked for. */
export class CheckpointTensors {
  private readonly asked = new Set<string>();

  constructor(private readonly tensors: Readonly<Record<string, NamedArray>>) {}

  has(name: string): boolean {
    return Object.hasOwn(this.tensors, name);
  }

  /** Throws where there is no such tensor, or it has another shape. */
  read(name: string, ...shape: readonly number[]): NamedArray {
    if (!this.has(name)) throw new SteadyformerError(`${FILE}: it has no tensor '${name}'. ${NEXT}`);
    this.asked.add(name);
    const found = this.tensors[name]!;
    if (String(found.shape) === String(shape)) return found;
    throw new SteadyformerError(
      `${FILE}: '${name}' has the shape ${show(found.shape)}, by config.json it is ${show(shape)}. ${NEXT}`,
    );
  }

  /** Throws where a tensor was of no use: it would be lost. `unused` says which may be, and `kind` of what they are. */
  checkAllAsked(kind: string, unused: (name: string) => boolean = () => false): void {
    const left = Object.keys(this.tensors).filter((name) => !this.asked.has(name) && !unused(name));
    if (left.length === 0) return;
    throw new SteadyformerError(
      `${FILE}: ${left.length} of its tensors are none of a ${kind} of this config.json, such as ${show(left[0])}. ${NEXT}`,
    );
  }
}
