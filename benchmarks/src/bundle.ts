import { join } from 'node:path';
import { build, type Plugin } from 'esbuild';
import { root, workFolder } from './paths';

/** Packages from the registry stay packages; our own are taken from their sources. */
const registryPackages: Plugin = {
  name: 'registry-packages',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^[^.#/]/ }, ({ path, kind }) =>
      kind === 'entry-point' || path.startsWith('@steadyformer/') ? undefined : { path, external: true },
    );
  },
};

/** core looks for backends as packages that are installed, which our own need not be. */
const bundledBackends: Plugin = {
  name: 'bundled-backends',
  setup: ({ onResolve }) => {
    onResolve({ filter: /^#backends$/ }, () => ({
      path: join(root, 'src', 'children', 'bundledBackends.ts'),
    }));
  },
};

/**
 * Bundles child programs to plain JavaScript, so that what is timed is what a user's build would run: a runtime
 * transpiler adds code of its own to every function. Returns the file of a child by name.
 */
export const bundleChildren = async (names: readonly string[]): Promise<(name: string) => string> => {
  const outdir = join(workFolder, 'children');
  await build({
    absWorkingDir: root,
    entryPoints: names.map((name) => `./src/children/${name}.ts`),
    outdir,
    outExtension: { '.js': '.mjs' },
    bundle: true,
    splitting: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    conditions: ['steadyformer-source'],
    plugins: [bundledBackends, registryPackages],
    logLevel: 'warning',
  });
  return (name) => join(outdir, `${name}.mjs`);
};
