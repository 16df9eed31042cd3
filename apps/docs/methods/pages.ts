import { data as facts } from './facts';
import { pageOf } from './page';

/** A page of the site that is made from code. */
export interface MethodPage {
  readonly name: string;
  readonly content: string;
}

export const data = (): MethodPage[] => facts().map((each) => ({ name: each.name, content: pageOf(each) }));
