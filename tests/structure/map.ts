/** A line of the map in CONTRIBUTING.md: a folder of a package's `src`, its one concept, and the folders it imports. */
export interface MapRow {
  readonly folder: string;
  readonly concept: string;
  readonly standsOn: readonly string[];
}

/**
 * The map of one package: the table below the heading that ends with its path, such as ``### `packages/core` ``. A folder
 * stands in backquotes; what it stands on is a list of names, empty where it stands on nothing.
 */
export const mapOf = (text: string, path: string): readonly MapRow[] => {
  const [, section = ''] = text.split(new RegExp(`^### \`${path}\`\\n`, 'm'));
  const [own = ''] = section.split(/^#/m);
  return [...own.matchAll(/^\| `([^`|]+)` \| ([^|]+) \|([^|]*)\|$/gm)].map(
    ([, folder = '', concept = '', standsOn = '']) => ({
      folder,
      concept: concept.trim(),
      standsOn: standsOn
        .split(',')
        .map((name) => name.trim())
        .filter((name) => name !== ''),
    }),
  );
};

/** What is wrong with a map whose rows stand in the order of their dependencies: each only on rows above it. */
export const disorderOf = (rows: readonly MapRow[]): readonly string[] =>
  rows.flatMap(({ folder, standsOn }, row) => {
    const above = rows.slice(0, row).map((each) => each.folder);
    return standsOn.filter((name) => !above.includes(name)).map((name) => `${folder} stands on ${name}`);
  });
