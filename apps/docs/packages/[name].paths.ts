import { about, PACKAGES } from '../scripts/packages.mjs';

interface Page {
  readonly params: { readonly name: string; readonly source: string };
  readonly content: string;
}

/** A package's README, or its description until it has one; then the way to its reference. */
const content = (folder: string, name: string): string => {
  const { readme, description } = about(folder);
  const text = readme ?? `# ${name}\n\n${description}.\n`;
  return `${text}\n## Reference\n\nEvery export, from the sources: [API of ${folder}](/api/${folder}/).\n`;
};

export default {
  watch: ['../../../packages/*/README.md'],
  paths: (): Page[] =>
    PACKAGES.map(({ folder, name }) => ({
      params: { name: folder, source: `packages/${folder}/README.md` },
      content: content(folder, name),
    })),
};
