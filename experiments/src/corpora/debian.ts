import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { SteadyformerError } from '@steadyformer/core';
import { type Description, readDescriptions } from './descriptions';
import type { Run } from './program';

/** What builders reach outside with, and where downloads are kept. */
export interface Outside {
  readonly run: Run;
  readonly downloads: string;
  readonly log: (line: string) => void;
}

/** A folder that `make` fills: there already, or made whole. */
const once = async (folder: string, make: (partial: string) => Promise<void>): Promise<string> => {
  if (existsSync(folder)) return folder;
  const partial = `${folder}.partial`;
  await rm(partial, { recursive: true, force: true });
  await mkdir(partial, { recursive: true });
  try {
    await make(partial);
    await rename(partial, folder);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
  return folder;
};

export interface Unpacked {
  readonly folder: string;
  readonly version: string;
}

/** The newest version of a Debian package that the machine's package source has, downloaded and unpacked; not installed. */
export const debianPackage = async (name: string, { run, downloads, log }: Outside): Promise<Unpacked> => {
  const policy = await run('apt-cache', ['policy', name]);
  const version = /^\s+Candidate: (\S+)$/mu.exec(policy)?.[1];
  if (version === undefined || version === '(none)') {
    throw new SteadyformerError(
      `package '${name}': the package source does not have it. Run \`apt-get update\`, or choose other languages or packages.`,
    );
  }
  const folder = join(downloads, `${name}_${version.replaceAll(/[^\w.+~-]/gu, '_')}`);
  await once(folder, async (partial) => {
    log(`${name} ${version}`);
    await run('apt-get', ['download', `${name}=${version}`], { folder: partial });
    const deb = (await readdir(partial)).find((file) => file.endsWith('.deb'));
    if (deb === undefined)
      throw new SteadyformerError(`apt-get download ${name}: left no .deb in ${partial}`);
    await run('dpkg', ['-x', deb, '.'], { folder: partial });
    await rm(join(partial, deb));
  });
  return { folder, version };
};

/** What a package says of its licence. */
export const copyrightOf = async ({ folder }: Unpacked, name: string): Promise<string> => {
  const path = join(folder, 'usr', 'share', 'doc', name, 'copyright');
  return existsSync(path) ? readFile(path, 'utf8') : '';
};

export interface Described {
  readonly source: readonly Description[];
  readonly target: readonly Description[];
  /** The lists that were read. */
  readonly lists: readonly string[];
}

/** The descriptions of all packages of the machine's package sources, by lists of their own: the machine's are not touched. */
export const debianDescriptions = async (
  [source, target]: readonly [string, string],
  { run, downloads, log }: Outside,
): Promise<Described> => {
  const folder = join(downloads, `apt-${source}-${target}`);
  await mkdir(join(folder, 'lists', 'partial'), { recursive: true });
  await mkdir(join(folder, 'cache', 'archives', 'partial'), { recursive: true });
  const config = join(folder, 'apt.conf');
  await writeFile(
    config,
    [
      '#clear Acquire::Languages;',
      `Acquire::Languages { "${source}"; "${target}"; };`,
      `Dir::State::Lists "${join(folder, 'lists')}";`,
      `Dir::Cache "${join(folder, 'cache')}";`,
      'APT::Update::Post-Invoke "";',
      'Acquire::IndexTargets::deb::Contents-deb::DefaultEnabled "false";',
      '',
    ].join('\n'),
  );
  log('lists of package descriptions');
  await run('apt-get', ['-c', config, 'update', '--error-on=any']);
  const names = (await readdir(join(folder, 'lists'))).sort();
  const read = async (language: string): Promise<{ lists: string[]; descriptions: Description[] }> => {
    const lists = names.filter((name) =>
      new RegExp(`_i18n_Translation-${language}(?:\\.\\w+)?$`, 'u').test(name),
    );
    const texts = lists.map((name) =>
      run('/usr/lib/apt/apt-helper', ['cat-file', join(folder, 'lists', name)]),
    );
    return {
      lists,
      descriptions: (await Promise.all(texts)).flatMap((text) => readDescriptions(text, language)),
    };
  };
  const [from, to] = [await read(source), await read(target)];
  for (const [language, { descriptions }] of [[source, from] as const, [target, to] as const]) {
    if (descriptions.length > 0) continue;
    throw new SteadyformerError(
      `language '${language}': the package sources have no descriptions in it. Choose another, such as de, da, it or fr; Debian's own archive has them.`,
    );
  }
  return { source: from.descriptions, target: to.descriptions, lists: [...from.lists, ...to.lists] };
};
