import { isFirst, type Ranks } from '@steadyformer/translate/node';
import { type Screen, screenOn } from '../output/screen';
import type { Streams } from '../program/streams';

/** Where a run says how it goes: of ranks the first alone says so. */
export const screenOfFirst = (ranks: Ranks | undefined, streams: Streams, quiet: boolean): Screen =>
  screenOn(isFirst(ranks) ? streams : { ...streams, out: () => {}, error: () => {} }, quiet);
