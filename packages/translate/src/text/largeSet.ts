/** Below what one Set or Map of V8 can hold, 2^24. */
const MOST = 2 ** 23;

/** A set of any number of values: several sets, the last of which grows. */
export class LargeSet<Value> {
  private readonly parts: Set<Value>[] = [new Set()];

  /** @param most values in one part; for tests */
  constructor(private readonly most: number = MOST) {}

  get size(): number {
    return this.parts.reduce((sum, part) => sum + part.size, 0);
  }

  has(value: Value): boolean {
    return this.parts.some((part) => part.has(value));
  }

  add(value: Value): this {
    if (this.has(value)) return this;
    const last = this.parts.at(-1)!;
    if (last.size < this.most) last.add(value);
    else this.parts.push(new Set([value]));
    return this;
  }
}

/** A map of any number of keys, in the same way. */
export class LargeMap<Key, Value> {
  private readonly parts: Map<Key, Value>[] = [new Map()];

  /** @param most keys in one part; for tests */
  constructor(private readonly most: number = MOST) {}

  get size(): number {
    return this.parts.reduce((sum, part) => sum + part.size, 0);
  }

  get(key: Key): Value | undefined {
    return this.parts.find((part) => part.has(key))?.get(key);
  }

  set(key: Key, value: Value): this {
    const last = this.parts.at(-1)!;
    const part = this.parts.find((each) => each.has(key)) ?? last;
    if (part === last && part.size >= this.most && !part.has(key)) this.parts.push(new Map([[key, value]]));
    else part.set(key, value);
    return this;
  }

  *[Symbol.iterator](): Generator<[Key, Value]> {
    for (const part of this.parts) yield* part;
  }
}
