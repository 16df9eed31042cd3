import type { Session } from '../ort/runtime';
import type { Held, SessionCache } from '../sessions';

interface Pack {
  /** What the weight's memory is known by. */
  readonly place: object;
  readonly forms: Map<string, Held>;
}

/**
 * Sessions that hold a weight in ONNX Runtime's own form, made when they are first asked for: a product with few rows spends
 * more time on bringing the weight into that form than on multiplying. They end with the weight, or where its memory is written.
 */
export class PackedWeights {
  private readonly packs = new Map<object, Pack>();

  constructor(private readonly sessions: SessionCache) {}

  /** How many sessions there are. */
  get size(): number {
    return [...this.packs.values()].reduce((sum, { forms }) => sum + forms.size, 0);
  }

  /** The session of a form of the weight, whose model is made where it is needed for the first time. */
  get(weight: object, place: object, form: string, threads: number, model: () => Uint8Array): Session {
    let pack = this.packs.get(weight);
    if (pack === undefined) {
      pack = { place, forms: new Map() };
      this.packs.set(weight, pack);
    }
    const key = `${form}:${threads > 1}`;
    let held = pack.forms.get(key);
    if (held === undefined) {
      held = this.sessions.make(model(), threads);
      pack.forms.set(key, held);
    }
    return held.session;
  }

  /** The weight is gone. */
  drop(weight: object): void {
    const pack = this.packs.get(weight);
    if (pack === undefined) return;
    this.packs.delete(weight);
    for (const held of pack.forms.values()) this.sessions.release(held);
  }

  /** The memory is written. */
  dropAt(place: object): void {
    for (const [weight, pack] of this.packs) if (pack.place === place) this.drop(weight);
  }

  clear(): void {
    for (const weight of [...this.packs.keys()]) this.drop(weight);
  }
}
