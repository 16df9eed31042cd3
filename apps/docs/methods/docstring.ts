import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import ts from 'typescript';
import { ROOT } from '../scripts/packages.mjs';

/** Where the residual methods are written, in the repository. */
export const FOLDER = 'packages/core/src/residual/methods';

/** What is written above a method and below it. */
export interface Docstring {
  /** In the repository. */
  readonly file: string;
  /** Of the method's name, from 1. */
  readonly line: number;
  /** The comment as text, without its tags. */
  readonly text: string;
  /** Its `@see` links. */
  readonly sources: readonly { readonly title: string; readonly url: string }[];
}

/** A comment's words up to its first tag: a line that begins with one. */
const withoutTags = (comment: string): string =>
  comment
    .replace(/^\/\*\*|\*\/$/gu, '')
    .split('\n')
    .map((line) => line.replace(/^\s*\*\s?/u, '').trim())
    .join('\n')
    .split(/^@(?:see|param|returns|throws|example)\b/mu)[0]!
    .trim()
    .replaceAll(/\s+/gu, ' ');

/** The comment above `const name = ...` in a file; undefined where the file does not export it. */
const docstringIn = (file: string, name: string): Docstring | undefined => {
  const path = join(ROOT, file);
  const source = ts.createSourceFile(path, readFileSync(path, 'utf8'), ts.ScriptTarget.Latest, true);
  for (const statement of source.statements) {
    if (!ts.isVariableStatement(statement)) continue;
    const [declared] = statement.declarationList.declarations;
    if (declared?.name.getText() !== name) continue;
    const [doc] = ts.getJSDocCommentsAndTags(statement).filter(ts.isJSDoc);
    const { line } = source.getLineAndCharacterOfPosition(declared.name.getStart());
    const text = withoutTags(doc?.getText() ?? '');
    const sources = [...(doc?.getText().matchAll(/@see \{@link (\S+) \| ([^}]+)\}/gu) ?? [])].map(
      ([, url = '', title = '']) => ({ title: title.replaceAll(/\s*\n \*\s*/gu, ' '), url }),
    );
    return { file, line: line + 1, text, sources };
  }
  return undefined;
};

const files = (): string[] =>
  readdirSync(join(ROOT, FOLDER))
    .filter((file) => file.endsWith('.ts') && !file.endsWith('.test.ts'))
    .map((file) => `${FOLDER}/${file}`);

/** The docstring of a built-in method. */
export const docstringOf = (name: string): Docstring => {
  const own = `${FOLDER}/${name}.ts`;
  for (const file of [...(existsSync(join(ROOT, own)) ? [own] : []), ...files()]) {
    const found = docstringIn(file, name);
    if (found) return found;
  }
  throw new Error(`no file of ${FOLDER} exports ${name}`);
};

/** Lines of a file that hold code: no blank ones, no comments, no imports. */
export const codeLines = (file: string): number => {
  const text = readFileSync(join(ROOT, file), 'utf8');
  const source = ts.createSourceFile(file, text, ts.ScriptTarget.Latest, true);
  const lines = new Set<number>();
  const visit = (node: ts.Node): void => {
    if (ts.isImportDeclaration(node) || ts.isJSDoc(node)) return;
    const children = node.getChildren(source);
    if (children.length > 0) for (const child of children) visit(child);
    else if (node.getWidth(source) > 0) {
      const [from, to] = [node.getStart(source), node.getEnd()];
      const lineOf = (at: number): number => source.getLineAndCharacterOfPosition(at).line;
      for (let line = lineOf(from); line <= lineOf(to); line++) lines.add(line);
    }
  };
  visit(source);
  return lines.size;
};
