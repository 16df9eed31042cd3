/** Names that the models do not see in training, and what the corpus calls them. */
export const EXAMPLES: readonly { readonly source: string; readonly target: string }[] = [
  { source: 'woman mechanic: dark skin tone', target: 'Mechanikerin: dunkle Hautfarbe' },
  { source: 'family: man, woman, boy, boy', target: 'Familie: Mann, Frau, Junge und Junge' },
  { source: 'open hands: light skin tone', target: 'offene Hände: helle Hautfarbe' },
];

/** What the corpus says of a text, where it is one of the examples. */
export const referenceOf = (text: string): string | undefined =>
  EXAMPLES.find(({ source }) => source === text.trim())?.target;
