import { build } from 'esbuild';
import { brotliCompressSync } from 'node:zlib';
import { writeFileSync, mkdirSync } from 'node:fs';
for (const dir of process.argv.slice(2)) {
  const d = dir + '/packages/translate';
  await build({ entryPoints: [d + '/src/index.ts'], bundle: true, outfile: d + '/.tmpdist/index.js', format: 'esm', packages: 'external', tsconfigRaw: '{}' });
  writeFileSync(d + '/.tmpdist/package.json', '{"sideEffects":false,"type":"module"}');
  for (const names of ['*', '{ bleu }', '{ Bpe }', '{ Translator, translatorFrom, decodeCheckpoint }']) {
    const r = await build({ stdin: { contents: `export ${names} from './index.js'`, resolveDir: d + '/.tmpdist' }, bundle: true, minify: true, write: false, format: 'esm', external: ['@tensorflow/*', '@steadyformer/*'], logLevel: 'error', tsconfigRaw: '{}' });
    console.log(names, brotliCompressSync(r.outputFiles[0].contents).length);
  }
}
