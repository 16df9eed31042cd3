// Writes the API reference from the sources: api/<package>/<entry>.md, one page an entry point. Needs no network and
// no build: the sources are read through tsconfig's source condition.
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';
import { entries, PACKAGES, ROOT } from './packages.mjs';

/** @typedef {import('../../../scripts/lib/packages.mjs').Package} Package */

const OUT = fileURLToPath(new URL('../api', import.meta.url));

/**
 * Types of another package of ours lead to that package's page.
 *
 * @param {Package} described
 */
const links = (described) =>
  Object.fromEntries(
    PACKAGES.filter((other) => other !== described).map(({ folder, name }) => [
      name,
      { '*': `/api/${folder}/` },
    ]),
  );

/** @param {Package} described @param {{ name: string, file: string }} entry one of its entry points */
const writePages = async (described, entry) => {
  const { folder, name } = described;
  const title = entry.name === 'index' ? name : `${name}/${entry.name}`;
  const app = await Application.bootstrapWithPlugins({
    name: title,
    entryPoints: [entry.file],
    tsconfig: join(ROOT, 'packages', folder, 'tsconfig.json'),
    plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
    out: join(OUT, folder),
    docsRoot: OUT,
    router: 'module',
    entryFileName: entry.name,
    readme: 'none',
    // One package at a time, and `tsc` checks types elsewhere.
    skipErrorChecking: true,
    excludePrivate: true,
    excludeInternal: true,
    excludeExternals: true,
    // There is no public repository whose lines could be linked.
    disableSources: true,
    hidePageHeader: true,
    hideBreadcrumbs: true,
    groupOrder: ['Functions', 'Classes', 'Variables', '*'],
    parametersFormat: 'table',
    interfacePropertiesFormat: 'table',
    typeDeclarationFormat: 'table',
    useCodeBlocks: true,
    expandParameters: true,
    tableColumnSettings: { hideDefaults: true, hideModifiers: true },
    externalSymbolLinkMappings: links(described),
    sanitizeComments: true,
    cleanOutputDir: false,
    logLevel: 'Error',
    validation: { notExported: false, invalidLink: false, rewrittenLink: false },
  });
  const project = await app.convert();
  if (!project) throw new Error(`API reference: ${title} could not be read from ${entry.file}`);
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error(`API reference: ${title} has errors, see above`);
};

await rm(OUT, { recursive: true, force: true });
for (const described of PACKAGES) {
  for (const entry of entries(described.folder)) await writePages(described, entry);
}
process.stdout.write(`API reference of ${PACKAGES.length} packages in ${OUT}\n`);
