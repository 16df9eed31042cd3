import type { MethodName, PlaygroundChoices } from './methods';

/** Methods that have a colour throughout the site. */
const OF_METHOD: Partial<Record<MethodName, string>> = {
  postLN: 'var(--steady-post-ln)',
  preLN: 'var(--steady-pre-ln)',
  admin: 'var(--steady-admin)',
};

/** The colours of both models: the methods' own, and never the same. */
export const coloursOf = ({
  left,
  right,
}: PlaygroundChoices): { readonly left: string; readonly right: string } => {
  const first = OF_METHOD[left.method] ?? 'var(--play-left)';
  const second = OF_METHOD[right.method] ?? 'var(--play-right)';
  return { left: first, right: second === first ? 'var(--play-right)' : second };
};
