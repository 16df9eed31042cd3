import { existsSync, readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join } from 'node:path';
import ts from 'typescript';
import type { Conditions, Workspace } from './workspaces';

/** What a file imports, by name as written: static, type-only, re-exported and dynamic alike. */
export const importsOf = (text: string): readonly string[] => [
  ...new Set(ts.preProcessFile(text, true, true).importedFiles.map(({ fileName }) => fileName)),
];

/** `@scope/name/path` -> `@scope/name`; undefined for a relative path, a `#` name or a module of Node's. */
export const packageOf = (specifier: string): string | undefined => {
  if (/^[.#/]/.test(specifier) || isBuiltin(specifier)) return undefined;
  return specifier
    .split('/')
    .slice(0, specifier.startsWith('@') ? 2 : 1)
    .join('/');
};

/** The target of an exports or imports map under some conditions, as Node resolves it: the first that applies. */
export const resolveConditions = (
  target: string | Conditions,
  conditions: readonly string[],
): string | undefined => {
  if (typeof target === 'string') return target;
  for (const [condition, inner] of Object.entries(target)) {
    if (condition !== 'default' && !conditions.includes(condition)) continue;
    const found = resolveConditions(inner, conditions);
    if (found !== undefined) return found;
  }
  return undefined;
};

const resolveFile = (base: string): string | undefined =>
  [base, `${base}.ts`, join(base, 'index.ts')].find((path) => /\.\w+$/.test(path) && existsSync(path));

/** The file a module of this package imports under a name, or undefined where it is another package's. */
const resolveWithin = (workspace: Workspace, from: string, specifier: string): string | undefined => {
  const mapped = workspace.manifest.imports?.[specifier];
  if (mapped !== undefined) {
    const target = resolveConditions(mapped, ['steadyformer-source', 'browser']);
    return target === undefined ? undefined : join(workspace.folder, target);
  }
  return specifier.startsWith('.') ? resolveFile(join(dirname(from), specifier)) : undefined;
};

/** Every leaf of an exports or imports map below the source condition. */
const targetsOf = (target: string | Conditions): readonly string[] =>
  typeof target === 'string' ? [target] : Object.values(target).flatMap(targetsOf);

/** Every file that a name may mean inside its package, under whatever conditions, its own published name included. */
export const resolveAll = (workspace: Workspace, from: string, specifier: string): readonly string[] => {
  if (specifier.startsWith('.')) return [resolveFile(join(dirname(from), specifier)) ?? []].flat();
  const { name, imports = {}, exports = {} } = workspace.manifest;
  const own = packageOf(specifier) === name ? `.${specifier.slice(name.length)}` : undefined;
  const target = own === undefined ? imports[specifier] : exports[own];
  if (target === undefined) return [];
  return targetsOf(target).map((path) => join(workspace.folder, path));
};

export interface ModuleGraph {
  readonly files: readonly string[];
  /** What leaves the package: `[file, specifier]`. */
  readonly outside: readonly (readonly [file: string, specifier: string])[];
}

/** Everything an entry reaches inside its package, as a browser would resolve it. */
export const moduleGraph = (workspace: Workspace, entry: string): ModuleGraph => {
  const files = new Set([join(workspace.folder, entry)]);
  const outside: [string, string][] = [];
  for (const file of files) {
    for (const specifier of importsOf(readFileSync(file, 'utf8'))) {
      const inside = resolveWithin(workspace, file, specifier);
      if (inside !== undefined) files.add(inside);
      else outside.push([file, specifier]);
    }
  }
  return { files: [...files], outside };
};

/** Top-level statements that do something when a module is loaded: bare imports and bare expressions. */
export const effectsOf = (text: string): readonly string[] =>
  ts
    .createSourceFile('module.ts', text, ts.ScriptTarget.ES2022)
    .statements.filter(
      (statement) =>
        ts.isExpressionStatement(statement) ||
        (ts.isImportDeclaration(statement) && statement.importClause === undefined),
    )
    .map((statement) => text.slice(statement.pos, statement.end).trim());
