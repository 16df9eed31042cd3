import { data as all, type MethodFacts } from './facts';
import { pageOf } from './page';

/** A page of the site that is made from code. */
export interface MethodPage {
  readonly name: string;
  readonly content: string;
  readonly facts: MethodFacts;
}

export const data = (): MethodPage[] =>
  all().map((facts) => ({ name: facts.name, content: pageOf(facts), facts }));
