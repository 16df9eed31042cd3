/** A page of results that is made from what lies elsewhere in the repository. */
export interface ResultPage {
  readonly name: string;
  /** The file that one would edit. */
  readonly source: string;
  readonly content: string;
}
