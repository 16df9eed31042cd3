import { execFileSync } from 'node:child_process';
import { pathToFileURL } from 'node:url';
import { ROOT } from '../../scripts/packages.mjs';

/**
 * What a function without arguments returns, as JSON, in a process of its own that reads the packages' sources: data
 * loaders of VitePress would need the packages built.
 *
 * @param file of the module, below the repository's root.
 */
export const atBuild = <T>(file: string, name: string): T => {
  const module = JSON.stringify(pathToFileURL(`${ROOT}/${file}`).href);
  const program = `import { ${name} } from ${module}; process.stdout.write(JSON.stringify(${name}()));`;
  const args = ['--conditions=steadyformer-source', '--import', 'tsx', '--input-type=module', '-e', program];
  return JSON.parse(
    execFileSync(process.execPath, args, { cwd: `${ROOT}/apps/docs`, encoding: 'utf8' }),
  ) as T;
};
