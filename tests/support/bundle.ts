import { fileURLToPath, pathToFileURL } from 'node:url';
import { buildWhole } from './buildWhole';

/** Inside the workspace, so that packages are found from there. */
const folder = fileURLToPath(new URL('../node_modules/.cache/bundles', import.meta.url));
const backends = fileURLToPath(new URL('../replicas/backends.ts', import.meta.url));

/** Bundles a program of the tests with our sources: other processes and threads have no loader for TypeScript. */
export const bundled = async (entry: URL, name: string): Promise<URL> => {
  const outfile = `${folder}/${name}.mjs`;
  await buildWhole({
    entryPoints: [fileURLToPath(entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    conditions: ['steadyformer-source'],
    external: ['@tensorflow/*', 'koffi', 'onnxruntime-node'],
    plugins: [
      {
        name: 'backends',
        setup: ({ onResolve }) => {
          onResolve({ filter: /^#backends$/ }, () => ({ path: backends }));
        },
      },
    ],
    logLevel: 'error',
  });
  return pathToFileURL(outfile);
};
