import { itemPage } from './itemPage';
import { data as items } from './items';
import { otherPages } from './otherPages';

export interface ResultPage {
  readonly name: string;
  readonly content: string;
}

export const data = async (): Promise<ResultPage[]> => [
  ...(await items()).map((facts) => ({ name: facts.name, content: itemPage(facts) })),
  ...Object.entries(otherPages()).map(([name, content]) => ({ name, content })),
];
