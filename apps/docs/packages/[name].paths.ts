import { about, nameOf, PACKAGES } from '../scripts/packages.mjs';

interface Page {
  readonly params: { readonly name: string };
  readonly content: string;
}

/** A package's README, or its description until it has one; then the way to its reference. */
const content = (name: string): string => {
  const { readme, description } = about(name);
  const text = readme ?? `# ${nameOf(name)}\n\n${description}.\n`;
  return `${text}\n## Reference\n\nEvery export, from the sources: [API of ${name}](/api/${name}/).\n`;
};

export default {
  watch: ['../../../packages/*/README.md'],
  paths: (): Page[] => PACKAGES.map((name) => ({ params: { name }, content: content(name) })),
};
