// Writes the API reference from the sources: api/<package>/<entry>.md, one page an entry point; of one with many names
// that page leads to a page a concept, as CONTRIBUTING.md's map has them. Needs no network and no build: the sources are
// read through tsconfig's source condition.
import { execFileSync } from 'node:child_process';
import { readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Application } from 'typedoc';
import { mendAnchors } from './apiAnchors.mjs';
import { conceptsOf, isSplit, meaningOf, namesOf, pageOf, writeConcepts } from './concepts.mjs';
import { entries, PACKAGES, ROOT } from './packages.mjs';
import { REPOSITORY } from './repository.mjs';

/** @typedef {import('../../../scripts/lib/packages.mjs').Package} Package */

const OUT = fileURLToPath(new URL('../api', import.meta.url));

/** The commit that is built, whose lines sources are linked to. */
const revision = () => {
  try {
    return execFileSync('git', ['rev-parse', 'HEAD'], { cwd: ROOT, encoding: 'utf8' }).trim();
  } catch {
    return 'main';
  }
};

/**
 * Where every name of a package is described.
 *
 * @param {Package} described @returns {Promise<Record<string, string>>}
 */
const placesOf = async ({ folder }) => {
  /** @type {Record<string, string>} */
  const places = { '*': `/api/${folder}/` };
  for (const entry of entries(folder)) {
    const concepts = await conceptsOf(folder, entry);
    for (const each of concepts) {
      const page = isSplit(concepts) ? pageOf(entry, each.concept) : entry.name.replace(/^index$/, '');
      for (const name of namesOf(each)) places[name] ??= `/api/${folder}/${page}#${name.toLowerCase()}`;
    }
  }
  return places;
};

/**
 * Options of every run.
 *
 * @param {Package} described @param {string} name of its entry point @param {string} title
 * @returns {Promise<Record<string, unknown>>}
 */
const common = async (described, name, title) => ({
  name: title,
  plugin: ['typedoc-plugin-markdown', 'typedoc-vitepress-theme'],
  out: join(OUT, described.folder),
  docsRoot: OUT,
  router: 'module',
  entryFileName: name,
  readme: 'none',
  // One package at a time, and `tsc` checks types elsewhere.
  skipErrorChecking: true,
  excludePrivate: true,
  excludeInternal: true,
  excludeExternals: true,
  disableGit: true,
  basePath: ROOT,
  gitRevision: REVISION,
  sourceLinkTemplate: `${REPOSITORY}/blob/{gitRevision}/{path}#L{line}`,
  hidePageHeader: true,
  hideBreadcrumbs: true,
  groupOrder: ['Functions', 'Classes', 'Variables', '*'],
  parametersFormat: 'table',
  interfacePropertiesFormat: 'table',
  typeDeclarationFormat: 'table',
  useCodeBlocks: true,
  expandParameters: true,
  tableColumnSettings: { hideDefaults: true, hideModifiers: true, hideSources: true },
  externalSymbolLinkMappings: Object.fromEntries(
    await Promise.all(
      PACKAGES.filter((other) => other !== described).map(async (other) => [
        other.name,
        await placesOf(other),
      ]),
    ),
  ),
  sanitizeComments: true,
  cleanOutputDir: false,
  logLevel: 'Error',
  validation: { notExported: false, invalidLink: false, rewrittenLink: false },
});

/**
 * Links to sources by the paths that they show: TypeDoc has them begin at a folder that it finds for itself.
 *
 * @param {string} markdown
 */
const withSources = (markdown) =>
  markdown.replaceAll(
    /^Defined in: \[([^\]]+):(\d+)\]\([^)]*\)$/gm,
    (_, path, line) =>
      `Source: [${path}:${line}](${REPOSITORY}/blob/${REVISION}/${path.replaceAll('\\', '')}#L${line})`,
  );

/** @param {Record<string, unknown>} options */
const generate = async (options) => {
  const app = await Application.bootstrapWithPlugins(options);
  const project = await app.convert();
  if (!project) throw new Error(`API reference: ${options.name} could not be read`);
  await app.generateOutputs(project);
  if (app.logger.hasErrors()) throw new Error(`API reference: ${options.name} has errors, see above`);
};

/**
 * The anchor of every name that a page describes, as VitePress makes them of headings: `model()` comes before `Model`.
 *
 * @param {string} markdown
 */
const anchorsOf = (markdown) => {
  /** @type {Map<string, number>} */
  const counts = new Map();
  /** @type {Map<string, string>} */
  const anchors = new Map();
  for (const [, marks, text = ''] of markdown.matchAll(/^(#{2,6}) (.*)$/gm)) {
    const name = text
      .replace(/\\?[(<].*$/, '')
      .replaceAll('\\', '')
      .trim();
    const slug = name.toLowerCase().replaceAll(/\s+/g, '-');
    const count = counts.get(slug) ?? 0;
    counts.set(slug, count + 1);
    if (marks === '###' && !anchors.has(name)) anchors.set(name, count === 0 ? slug : `${slug}-${count}`);
  }
  return anchors;
};

/** @param {Package} described @param {{ name: string, file: string }} entry one of its entry points */
const writePages = async (described, entry) => {
  const { folder, name } = described;
  const title = entry.name === 'index' ? name : `${name}/${entry.name}`;
  const options = await common(described, entry.name, title);
  const concepts = await conceptsOf(folder, entry);
  if (!isSplit(concepts)) {
    const tsconfig = join(ROOT, 'packages', folder, 'tsconfig.json');
    await generate({ ...options, entryPoints: [entry.file], tsconfig });
    return;
  }
  const { files, tsconfig } = await writeConcepts(folder, entry, concepts);
  await generate({ ...options, entryPoints: files, tsconfig });
  const sections = [];
  for (const each of concepts) {
    const page = pageOf(entry, each.concept);
    const meaning = await meaningOf(folder, each.concept);
    const file = join(OUT, folder, `${page}.md`);
    const [, body = ''] = /^# .*\n([\s\S]*)$/m.exec(await readFile(file, 'utf8')) ?? [];
    const about = meaning ? `\n${meaning[0]?.toUpperCase()}${meaning.slice(1)}.\n` : '';
    const lead = `\nFrom [\`${title}\`](./${entry.name === 'index' ? '' : entry.name}).\n`;
    await writeFile(file, `# ${folder}: ${page.replace('-', ', ')}\n${about}${lead}${body}`);
    const anchors = anchorsOf(body);
    const list = namesOf(each).map((one) => `[\`${one}\`](./${page}#${anchors.get(one) ?? ''})`);
    sections.push(`## [${each.concept}](./${page})\n${about}\n${list.join(', ')}`);
  }
  await writeFile(
    join(OUT, folder, `${entry.name}.md`),
    `# ${title}\n\nEvery export, by the folder of the sources that it comes from.\n\n${sections.join('\n\n')}\n`,
  );
};

const REVISION = revision();
await rm(OUT, { recursive: true, force: true });
for (const described of PACKAGES) {
  for (const entry of entries(described.folder)) await writePages(described, entry);
}
for (const file of await readdir(OUT, { recursive: true })) {
  if (!file.endsWith('.md')) continue;
  const path = join(OUT, file);
  await writeFile(path, withSources(await readFile(path, 'utf8')));
}
await mendAnchors(OUT);
process.stdout.write(`API reference of ${PACKAGES.length} packages in ${OUT}\n`);
