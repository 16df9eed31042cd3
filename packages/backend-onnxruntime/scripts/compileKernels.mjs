// Compiles src/wasm/*.as into src/wasm/module.generated.ts, or the file named: `node compileKernels.mjs [file]`.
import { readFile, writeFile } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { main } from 'assemblyscript/asc';

const folder = resolve(dirname(fileURLToPath(import.meta.url)), '../src/wasm');
const target = process.argv[2] ?? resolve(folder, 'module.generated.ts');

/** Nothing of a runtime: kernels allocate nothing. Threads share the memory, which the caller makes. */
const OPTIONS = [
  ...['-O3', '--runtime', 'stub', '--noAssert', '--noExportMemory', '--outFile', 'module.wasm'],
  ...['--enable', 'simd', '--enable', 'threads'],
  ...['--importMemory', '--sharedMemory', '--initialMemory', '1', '--maximumMemory', '65536'],
];

const compile = async () => {
  let bytes = new Uint8Array();
  const { error, stderr } = await main(['index.ts', '--baseDir', folder, ...OPTIONS], {
    // The compiler asks for .ts, which TypeScript's own tools would read as theirs.
    readFile: (name, base) => readFile(resolve(base, name.replace(/\.ts$/, '.as')), 'utf8').catch(() => null),
    writeFile: (_name, contents) => {
      bytes = Uint8Array.from(contents);
    },
    listFiles: () => [],
  });
  if (error != null) throw new Error(stderr.toString());
  return bytes;
};

const text = Buffer.from(await compile()).toString('base64');
await writeFile(
  target,
  `// Made by scripts/compileKernels.mjs of the .as files beside it.\nexport const MODULE: string =\n  '${text}';\n`,
);
