import { execFile } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import ts from 'typescript';
import { ROOT } from '../scripts/packages.mjs';
import type { Snippet } from './snippets';

/** Git-ignored; inside the site's folder, so that imports resolve as for a user of the packages. */
const FOLDER = fileURLToPath(new URL('../.cache/snippets', import.meta.url));
const BUILT = join(FOLDER, 'built');
const TSX = pathToFileURL(createRequire(import.meta.url).resolve('tsx')).href;
/** Threads are files of their own, which a bundle has none of. */
const STARTS_THREADS = /replica|parallelTranslator/i;
const BACKENDS = ['onnxruntime', 'tensorflow'] as const;

const fileOf = ({ page, line, language }: Snippet): string =>
  join(FOLDER, `${page.replace(/\W+/g, '-')}-${line}.${language.startsWith('j') ? 'mjs' : 'mts'}`);

/** Writes the snippets as modules and returns the file of each. */
export const writePrograms = (snippets: readonly Snippet[]): ReadonlyMap<Snippet, string> => {
  rmSync(FOLDER, { recursive: true, force: true });
  mkdirSync(FOLDER, { recursive: true });
  return new Map(
    snippets.map((snippet) => {
      const file = fileOf(snippet);
      writeFileSync(file, snippet.code);
      return [snippet, file];
    }),
  );
};

/** Type errors of the files, by file, under the repository's strict options. */
export const typeErrors = (files: readonly string[]): ReadonlyMap<string, readonly string[]> => {
  const base = ts.readConfigFile(join(ROOT, 'tsconfig.base.json'), ts.sys.readFile);
  const { options } = ts.parseJsonConfigFileContent(base.config, ts.sys, ROOT);
  const program = ts.createProgram([...files], {
    ...options,
    allowJs: true,
    checkJs: true,
    declaration: false,
    isolatedDeclarations: false,
    noUnusedLocals: false,
    moduleDetection: ts.ModuleDetectionKind.Force,
    typeRoots: [join(ROOT, 'node_modules', '@types')],
  });
  const errors = (file: string): string[] => {
    const source = program.getSourceFile(file);
    return [...program.getSyntacticDiagnostics(source), ...program.getSemanticDiagnostics(source)].map(
      ({ messageText, start = 0 }) => {
        const line = source ? source.getLineAndCharacterOfPosition(start).line + 1 : 0;
        return `line ${line} of the block: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`;
      },
    );
  };
  return new Map(files.map((file) => [file, errors(file)]));
};

/**
 * Bundles modules with the packages' sources, what they share once for all, and returns the file to run for each: a
 * process that loads the sources one by one takes longer to start than most programs to run.
 */
export const bundlePrograms = async (files: readonly string[]): Promise<ReadonlyMap<string, string>> => {
  const whole = files.filter((file) => !STARTS_THREADS.test(readFileSync(file, 'utf8')));
  await build({
    entryPoints: [...whole],
    outdir: BUILT,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    platform: 'node',
    format: 'esm',
    conditions: ['steadyformer-source'],
    external: ['@tensorflow/*', 'koffi', 'onnxruntime-node', '@resvg/*'],
    // What is CommonJS among what they stand on asks for Node's own modules.
    banner: {
      js: "import { createRequire as makeRequire } from 'node:module'; const require = makeRequire(import.meta.url);",
    },
    logLevel: 'error',
  });
  const built = (file: string): string => join(BUILT, basename(file).replace(/\.\w+$/, '.mjs'));
  return new Map(files.map((file) => [file, whole.includes(file) ? built(file) : file]));
};

export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs a module, on the packages' sources where it is no bundle, in a process and an empty folder of its own. */
export const runProgram = async (file: string): Promise<Outcome> => {
  const cwd = mkdtempSync(join(tmpdir(), 'steadyformer-snippet-'));
  const bundle = file.startsWith(BUILT);
  const args = bundle ? [file] : ['--conditions=steadyformer-source', '--import', TSX, file];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, args, { cwd, timeout: 50_000 });
    return { ok: true, stdout, stderr };
  } catch (error) {
    const output = (name: 'stdout' | 'stderr'): string =>
      error instanceof Error && name in error ? String(error[name as keyof Error]) : '';
    return { ok: false, stdout: output('stdout'), stderr: output('stderr') || String(error) };
  } finally {
    rmSync(cwd, { recursive: true, force: true });
  }
};

/** Why a backend that the program names does not work here; undefined where all do, or none is named. */
export const absentBackend = async (code: string): Promise<string | undefined> => {
  for (const name of BACKENDS.filter((one) => code.includes(`backend-${one}`) || code.includes(`'${one}'`))) {
    const probe = join(FOLDER, `availability-${name}.mts`);
    writeFileSync(
      probe,
      `import { availability } from '@steadyformer/backend-${name}';\nconst { available, reason } = availability();\nconsole.log(available ? '' : reason);\n`,
    );
    const { stdout } = await runProgram(probe);
    if (stdout.trim()) return `${name} is not available here: ${stdout.trim()}`;
  }
  return undefined;
};
