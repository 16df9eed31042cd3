import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { importsOf, packageOf } from './imports';
import type { Manifest } from './workspaces';

/** The strings written in a program, template strings without their values included. */
export const stringsOf = (text: string): readonly string[] => {
  const found: string[] = [];
  const visit = (node: ts.Node): void => {
    if (ts.isStringLiteralLike(node) || ts.isTemplateHead(node) || ts.isTemplateMiddleOrTemplateTail(node)) {
      found.push(node.text);
    }
    ts.forEachChild(node, visit);
  };
  visit(ts.createSourceFile('module.ts', text, ts.ScriptTarget.ES2022));
  return found;
};

/** What the code blocks of a page import. */
const importsOfPage = (text: string): readonly string[] =>
  [...text.matchAll(/(?:\bfrom|\bimport|\bimport\() ?'([^'\n]+)'/g)].map(([, specifier = '']) => specifier);

/** The package that a string means: by its name, as a path of it, or as a path through `node_modules`. */
const named = (text: string): string | undefined =>
  packageOf(text.split('node_modules/').at(-1) ?? '') || undefined;

/** The packages that files need: what they import, and what they name in a string, which may be how they load it. */
export const packagesIn = (
  files: readonly { readonly path: string; readonly text: string }[],
): ReadonlySet<string> =>
  new Set(
    files.flatMap(({ path, text }) => {
      if (path.endsWith('.md'))
        return importsOfPage(text)
          .map(packageOf)
          .filter((name) => name !== undefined);
      const strings = path.endsWith('.vue') ? [] : stringsOf(text);
      return [...importsOf(text).map(packageOf), ...strings.map(named)].filter((name) => name !== undefined);
    }),
  );

/** The commands that a manifest's scripts call. */
const commandsIn = ({ scripts = {} }: Manifest): ReadonlySet<string> =>
  new Set(Object.values(scripts).flatMap((script) => script.split(/\s+/)));

/** The commands that an installed package brings. */
export const binsOf = (root: string, name: string): readonly string[] => {
  const path = join(root, 'node_modules', name, 'package.json');
  if (!existsSync(path)) return [];
  const { bin = {} } = JSON.parse(readFileSync(path, 'utf8')) as { bin?: string | Record<string, string> };
  return typeof bin === 'string' ? [name.split('/').at(-1) ?? ''] : Object.keys(bin);
};

/** Of some declared packages those that nothing uses: no file by import or by name, no script by a command. */
export const unusedOf = (
  declared: readonly string[],
  used: ReadonlySet<string>,
  manifest: Manifest,
  bins: (name: string) => readonly string[],
): readonly string[] => {
  const commands = commandsIn(manifest);
  return declared.filter((name) => !used.has(name) && !bins(name).some((bin) => commands.has(bin)));
};
