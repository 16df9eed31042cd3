import {
  checkInteger,
  checkRecord,
  fields,
  parseAs,
  type RandomStream,
  randomStream,
  rate,
} from '@steadyformer/core';
import type { Settings } from '../settings/settings';
import type { Bpe } from '../subwords/bpe';
import type { TokenBatch } from './batch';
import { Epochs } from './epochs';
import { fingerprint } from './fingerprint';

/** What batches of one encoding of the text give. */
export type Encoded = Epochs<TokenBatch> & { readonly settings: Settings };

/** What merges a vocabulary has: the same ids may be cut otherwise by others. */
const printOf = ({ model }: Bpe): string => {
  const text = model.merges.map((merge) => merge.join(' ')).join('\n');
  return fingerprint([Uint16Array.from({ length: text.length }, (_, i) => text.charCodeAt(i))]);
};

/** `dropout` apart from the other options. */
export const takeDropout = <Options extends { readonly dropout: number }>(
  options: Options,
  where: string,
): readonly [number, Omit<Options, 'dropout'>] => {
  checkRecord(where, options, 'an object of options, dropout among them');
  const { dropout, ...rest } = options;
  return [parseAs(fields({ dropout: rate() }), { dropout }, where).dropout, rest];
};

/**
 * Batches of text that every epoch encodes anew, as BPE-dropout asks for (Provilkov et al., 2020): the encoding is a
 * function of (seed, epoch) alone. One encoding is in memory, that of the epoch last asked for.
 */
export abstract class EncodedAnew extends Epochs<TokenBatch> {
  /** Those of the batches without dropout, and with it the rate and a fingerprint of the merges. */
  readonly settings: Settings;
  private readonly random: RandomStream;
  /** Batches of the epochs met so far: to say how many there are, none is encoded twice. */
  private readonly counts = new Map<number, number>();
  private latest: { readonly epoch: number; readonly batches: Encoded } | undefined;

  protected constructor(
    /** Without dropout. */
    protected readonly plain: Encoded,
    protected readonly dropout: number,
    seed: number,
    vocabularies: readonly Bpe[],
  ) {
    super();
    this.random = randomStream(seed).fork('subwords');
    const own = { dropout, vocabulary: vocabularies.map(printOf).join(' ') };
    this.settings = dropout === 0 ? plain.settings : { ...plain.settings, ...own };
  }

  /** Batches of the text as it is encoded with draws from `random`. */
  protected abstract encoded(random: RandomStream): Encoded;

  /** Batches of the first epoch; `batchesIn` says how many another has. */
  get count(): number {
    return this.batchesIn(0);
  }

  override batchesIn(epoch: number): number {
    return this.counts.get(epoch) ?? this.batchesOf(epoch).count;
  }

  /**
   * Batch `index` of `epoch`, both counted from 0. The first of an epoch encodes all of its text.
   *
   * @throws SteadyformerError where the epoch has no such batch.
   */
  batchAt(epoch: number, index: number): TokenBatch {
    return this.batchesOf(epoch).batchAt(epoch, index);
  }

  private batchesOf(epoch: number): Encoded {
    checkInteger('batchAt() epoch', epoch, 0);
    if (this.dropout === 0) return this.plain;
    if (this.latest?.epoch !== epoch) {
      // The one before goes first: one encoding is in memory, not two.
      this.latest = undefined;
      const batches = this.encoded(this.random.fork(epoch));
      this.latest = { epoch, batches };
      this.counts.set(epoch, batches.count);
    }
    return this.latest!.batches;
  }
}
