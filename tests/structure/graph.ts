import { readFileSync } from 'node:fs';
import { relative } from 'node:path';
import { importsOf, resolveAll } from './imports';
import { sourceFiles, type Workspace } from './workspaces';

/** What each file imports, or each folder: names to names. */
export type Graph = ReadonlyMap<string, readonly string[]>;

/**
 * The files of a package's `src` and what each imports of the others: types as well as values, and every target of a
 * name that depends on conditions. Names are relative to `src`.
 */
export const fileGraph = (workspace: Workspace): Graph => {
  const source = `${workspace.folder}/src`;
  const files = sourceFiles(source);
  const known = new Set(files);
  return new Map(
    files.map((file) => [
      relative(source, file),
      importsOf(readFileSync(file, 'utf8'))
        .flatMap((specifier) => resolveAll(workspace, file, specifier))
        .filter((target) => known.has(target))
        .map((target) => relative(source, target)),
    ]),
  );
};

/**
 * The groups of nodes that reach themselves: strongly connected components of more than one node, and nodes that import
 * themselves. Each group sorted, and the groups by their first node.
 */
export const cyclesOf = (graph: Graph): readonly (readonly string[])[] => {
  const reach = new Map([...graph.keys()].map((node) => [node, reachable(graph, node)]));
  const groups = new Map<string, readonly string[]>();
  for (const [node, targets] of reach) {
    if (!targets.has(node)) continue;
    const group = [...targets].filter((each) => reach.get(each)?.has(node) === true).sort();
    groups.set(group.join(), group);
  }
  return [...groups.values()].sort(([a = ''], [b = '']) => (a < b ? -1 : 1));
};

/** What a node leads to; itself only where a way leads back. */
const reachable = (graph: Graph, start: string): ReadonlySet<string> => {
  const found = new Set<string>();
  const queue = [...(graph.get(start) ?? [])];
  for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
    if (found.has(node)) continue;
    found.add(node);
    queue.push(...(graph.get(node) ?? []));
  }
  return found;
};

/** `residual/methods/admin.ts` -> `residual`; '' for a file in the root. */
export const folderOf = (file: string): string =>
  file.includes('/') ? file.slice(0, file.indexOf('/')) : '';

/** Which folder imports which others, with one import of each as the witness: `residual/a.ts -> ops/b.ts`. */
export const folderGraph = (files: Graph): ReadonlyMap<string, ReadonlyMap<string, string>> => {
  const folders = new Map<string, Map<string, string>>();
  for (const [file, targets] of files) {
    const from = folderOf(file);
    const edges = folders.get(from) ?? new Map<string, string>();
    folders.set(from, edges);
    for (const target of targets) {
      const to = folderOf(target);
      if (to !== from && !edges.has(to)) edges.set(to, `${file} -> ${target}`);
    }
  }
  return folders;
};
