import { itemPage } from './itemPage';
import { data as items } from './items';
import { otherPages } from './otherPages';
import type { ResultPage } from './resultPage';

export const data = async (): Promise<ResultPage[]> => [
  ...(await items()).map((facts) => ({
    name: facts.name,
    source: `experiments/src/items/${facts.name}/README.md`,
    content: itemPage(facts),
  })),
  ...otherPages(),
];
