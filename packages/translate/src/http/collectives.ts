import type { Ranks } from '../training/ranks';
import { type Call, type Numbers, partsOf, stretchesOf } from './wire';

/** What ranks do together, made of calls, of which several are on their way at a time. */
export abstract class Collectives implements Omit<Ranks, 'rank' | 'size' | 'finalize'> {
  protected abstract call(call: Call): Promise<void>;

  async allReduce(array: Float32Array | Float64Array, operation: 'sum' | 'max' = 'sum'): Promise<void> {
    await this.all(partsOf(array).map((numbers) => ({ operation, root: 0, numbers })));
  }

  async reduceScatter(array: Float32Array, lengths: readonly number[]): Promise<void> {
    await this.all(stretchesOf(array, lengths).map((each) => ({ operation: 'sumTo', ...each })));
  }

  async allGather(array: Float32Array, lengths: readonly number[]): Promise<void> {
    await this.all(stretchesOf(array, lengths).map((each) => ({ operation: 'broadcast', ...each })));
  }

  broadcast(array: Numbers, root = 0): Promise<void> {
    return this.call({ operation: 'broadcast', root, numbers: array });
  }

  private async all(calls: readonly Call[]): Promise<void> {
    await Promise.all(calls.map((each) => this.call(each)));
  }
}
