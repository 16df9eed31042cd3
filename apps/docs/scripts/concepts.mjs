import { existsSync } from 'node:fs';
import { mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { dirname, join, posix, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';
import { ROOT } from './packages.mjs';

const CACHE = fileURLToPath(new URL('../.cache/api', import.meta.url));

/** More names than this are too many for one page. */
const MANY = 60;

/**
 * @typedef {{ name: string, alias: string, type: boolean }} Exported
 * @typedef {{ name: string, file: string }} Entry
 * @typedef {{ concept: string, from: { file: string, names: Exported[] }[] }} Concept what an entry point exports from one
 *   folder
 */

/** @param {string} folder of a package */
const imports = async (folder) =>
  JSON.parse(await readFile(join(ROOT, 'packages', folder, 'package.json'), 'utf8')).imports ?? {};

/**
 * The file that an entry point's `from` means.
 *
 * @param {string} folder of the package @param {string} file of the entry point @param {string} specifier
 */
const fileOf = async (folder, file, specifier) =>
  specifier.startsWith('#')
    ? join(ROOT, 'packages', folder, (await imports(folder))[specifier]['steadyformer-source'])
    : join(dirname(file), specifier);

/**
 * What an entry point exports, by the folder of `src` that it comes from, in the order of the file.
 *
 * @param {string} folder of the package @param {Entry} entry @returns {Promise<Concept[]>}
 */
export const conceptsOf = async (folder, { file }) => {
  const source = ts.createSourceFile(file, await readFile(file, 'utf8'), ts.ScriptTarget.Latest);
  /** @type {Map<string, Concept>} */
  const found = new Map();
  for (const statement of source.statements) {
    if (!ts.isExportDeclaration(statement) || !statement.exportClause) continue;
    if (!statement.moduleSpecifier || !ts.isStringLiteral(statement.moduleSpecifier)) continue;
    if (!ts.isNamedExports(statement.exportClause)) continue;
    const from = await fileOf(folder, file, statement.moduleSpecifier.text);
    const sources = join(ROOT, 'packages', folder, 'src');
    const [first = ''] = relative(sources, from).split(/[\\/]/);
    const concept = existsSync(join(sources, first)) ? first : folder;
    const own = found.get(concept) ?? { concept, from: [] };
    found.set(concept, own);
    own.from.push({
      file: from,
      names: statement.exportClause.elements.map((element) => ({
        name: (element.propertyName ?? element.name).text,
        alias: element.name.text,
        type: statement.isTypeOnly || element.isTypeOnly,
      })),
    });
  }
  return [...found.values()];
};

/** @param {Concept} concept @returns {string[]} */
export const namesOf = ({ from }) => from.flatMap(({ names }) => names.map(({ alias }) => alias));

/**
 * Whether an entry point has a page a concept rather than one for all.
 *
 * @param {Concept[]} concepts
 */
export const isSplit = (concepts) => concepts.flatMap(namesOf).length > MANY;

/**
 * The page of a concept, below the package's.
 *
 * @param {Entry} entry @param {string} concept
 */
export const pageOf = (entry, concept) => (entry.name === 'index' ? concept : `${entry.name}-${concept}`);

/**
 * What CONTRIBUTING.md says a folder is for; undefined where it has no row.
 *
 * @param {string} folder of the package @param {string} concept
 */
export const meaningOf = async (folder, concept) => {
  const text = await readFile(join(ROOT, 'CONTRIBUTING.md'), 'utf8');
  const map = text.split(/^### /m).find((each) => each.startsWith(`\`packages/${folder}\``));
  return map
    ?.split('\n')
    .map((line) => /^\| `([^`]+)` \| (.+?) \|/.exec(line))
    .find((row) => row?.[1] === concept)?.[2];
};

/**
 * Writes a module a concept, for the reference to be made from, and the tsconfig that knows them.
 *
 * @param {string} folder of the package @param {Entry} entry @param {Concept[]} concepts
 * @returns {Promise<{ files: string[], tsconfig: string }>}
 */
export const writeConcepts = async (folder, entry, concepts) => {
  const out = join(CACHE, folder, entry.name);
  await rm(out, { recursive: true, force: true });
  await mkdir(out, { recursive: true });
  const files = [];
  for (const { concept, from } of concepts) {
    const lines = from.map(({ file, names }) => {
      const list = names.map(
        ({ name, alias, type }) => `${type ? 'type ' : ''}${name}${name === alias ? '' : ` as ${alias}`}`,
      );
      const specifier = posix.normalize(relative(out, file).replaceAll('\\', '/'));
      return `export { ${list.join(', ')} } from '${specifier.replace(/\.ts$/, '')}';`;
    });
    const file = join(out, `${pageOf(entry, concept)}.ts`);
    await writeFile(file, `/** @module ${pageOf(entry, concept)} */\n${lines.join('\n')}\n`);
    files.push(file);
  }
  const tsconfig = join(out, 'tsconfig.json');
  const base = relative(out, join(ROOT, 'packages', folder, 'tsconfig.json'));
  await writeFile(tsconfig, JSON.stringify({ extends: base, include: ['*.ts'] }));
  return { files, tsconfig };
};
