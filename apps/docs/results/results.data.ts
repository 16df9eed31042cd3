import { defineLoader } from 'vitepress';
import { fromSources } from '../scripts/fromSources';
import type { ItemFacts, Word } from './items';

/** What the overview shows of an item. */
export interface ItemSummary extends Pick<ItemFacts, 'name' | 'paper' | 'states'> {
  readonly result?: {
    readonly word: Word;
    readonly claims: readonly { readonly claim: string; readonly word: Word; readonly found: string }[];
    readonly date: string;
    readonly seconds: number;
    readonly command: string;
    readonly commit: string;
  };
}

export const summaryOf = ({ name, paper, states, results: [first] }: ItemFacts): ItemSummary => ({
  ...{ name, paper, states },
  ...(first
    ? {
        result: {
          ...first.verdict,
          ...{ date: first.date, seconds: first.seconds, command: first.command },
          commit: first.provenance.commit,
        },
      }
    : {}),
});

declare const data: readonly ItemSummary[];

export { data };

export default defineLoader({
  watch: ['../../../experiments/results/*.json', './*.ts'],
  load: async (): Promise<readonly ItemSummary[]> =>
    (await fromSources<ItemFacts[]>(new URL('./items.ts', import.meta.url))).map(summaryOf),
});
