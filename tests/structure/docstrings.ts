import ts from 'typescript';

/** What a reader of a published entry point's declarations finds missing. */
export interface Gaps {
  /** Exports without a sentence, such as `packages/core/src/x.ts: name`. */
  readonly undocumented: readonly string[];
  /** Functions that throw or check in their own body and do not say so. */
  readonly silent: readonly string[];
  /** Exports looked at. */
  readonly exports: number;
}

const functionOf = (node: ts.Declaration): ts.FunctionLikeDeclaration | undefined => {
  if (ts.isFunctionDeclaration(node)) return node;
  const value = ts.isVariableDeclaration(node) ? node.initializer : undefined;
  return value && ts.isArrowFunction(value) ? value : undefined;
};

/** Whether a body throws itself or calls a check: what its calls throw beyond that cannot be seen from here. */
const throws = (body: ts.Node | undefined): boolean => {
  let found = false;
  const visit = (node: ts.Node): void => {
    if (ts.isThrowStatement(node)) found = true;
    if (ts.isCallExpression(node) && /^check(?:[A-Z]\w*)?$/u.test(node.expression.getText())) found = true;
    if (!found) ts.forEachChild(node, visit);
  };
  if (body) visit(body);
  return found;
};

/**
 * Gaps in the docstrings of what modules export.
 *
 * @param name of a file, for people
 */
export const docstringGaps = (
  files: readonly string[],
  options: ts.CompilerOptions,
  name: (file: string) => string,
): Gaps => {
  const program = ts.createProgram([...files], options);
  const checker = program.getTypeChecker();
  const seen = new Set<ts.Symbol>();
  const [undocumented, silent]: [string[], string[]] = [[], []];
  for (const file of files) {
    const module = checker.getSymbolAtLocation(program.getSourceFile(file)!);
    for (const exported of module ? checker.getExportsOfModule(module) : []) {
      const symbol = exported.flags & ts.SymbolFlags.Alias ? checker.getAliasedSymbol(exported) : exported;
      const [declared] = symbol.declarations ?? [];
      if (!declared || seen.has(symbol)) continue;
      seen.add(symbol);
      const where = `${name(declared.getSourceFile().fileName)}: ${exported.name}`;
      const text = ts.displayPartsToString(symbol.getDocumentationComment(checker));
      const tags = symbol.getJsDocTags(checker).map((tag) => tag.name);
      if (text === '' && !tags.includes('throws')) undocumented.push(where);
      else if (throws(functionOf(declared)?.body) && !tags.includes('throws') && !/\b[Tt]hrow/u.test(text)) {
        silent.push(where);
      }
    }
  }
  return { undocumented, silent, exports: seen.size };
};
