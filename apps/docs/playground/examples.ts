/** Names that the models do not see in training, and what the corpus calls them. */
export const EXAMPLES: readonly { readonly source: string; readonly target: string }[] = [
  { source: 'cook: dark skin tone', target: 'Koch/Köchin: dunkle Hautfarbe' },
  { source: 'family: man, woman, boy, boy', target: 'Familie: Mann, Frau, Junge und Junge' },
  { source: 'open hands: medium-light skin tone', target: 'offene Hände: mittelhelle Hautfarbe' },
];

/** What the corpus says of a text, where it is one of the examples. */
export const referenceOf = (text: string): string | undefined =>
  EXAMPLES.find(({ source }) => source === text.trim())?.target;
