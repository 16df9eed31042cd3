import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, existsSync, readdirSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build as bundle } from 'esbuild';
import { expect, test } from 'vitest';
import { readLibrary } from '../library/library';
import { findPackages, linkedLibrary } from '../packages/packages';
import { run } from '../process/run';
import { fakeProject, fakeSitePackages, place, temporary } from '../testing/trees';
import { type BuildPlan, planBuild } from './plan';

const ENTRY = fileURLToPath(new URL('../testing/build.entry.ts', import.meta.url));

/** The smallest addon that Node loads. */
const ADDON = 'void *napi_register_module_v1(void *environment, void *exports) { return exports; }';

/** A compiler that takes its time and then gives an addon that was made before. */
const compiler = (folder: string): string | undefined => {
  const addon = join(folder, 'made.node');
  const source = place(join(folder, 'addon.c'), ADDON);
  if (run('gcc', ['-shared', '-fPIC', '-o', addon, source]).status !== 0) return undefined;
  const script = place(
    join(folder, 'g++'),
    `#!/bin/sh\nsleep 0.05\nfor output in "$@"; do :; done\ncp ${addon} "$output"\n`,
  );
  chmodSync(script, 0o755);
  return script;
};

test.skipIf(process.platform !== 'linux')(
  'a setup that is killed at any moment leaves the earlier build or the new one',
  { timeout: 180_000 },
  async (context) => {
    const folder = temporary();
    const program = compiler(folder);
    if (program === undefined) return context.skip('no gcc here');
    const entry = join(folder, 'build.mjs');
    await bundle({ entryPoints: [ENTRY], outfile: entry, bundle: true, format: 'esm', platform: 'node' });

    const project = fakeProject('@tensorflow/tfjs-node');
    const [source] = findPackages([join(project, 'package.json')]);
    const sites = ['2.20.0', '2.21.0'].map((version) => fakeSitePackages({ version }));
    const plans = sites.map(
      (site): BuildPlan =>
        planBuild({
          source: source!,
          library: readLibrary(site),
          headers: '/headers',
          compiler: { words: [program], flags: [], linkFlags: [] },
        }),
    );
    /** Runs a plan and kills it after some milliseconds. */
    const attempt = async (plan: BuildPlan, kill?: number): Promise<number | null> => {
      const child = spawn(process.execPath, [entry, JSON.stringify(plan)], { stdio: 'inherit' });
      const timer = kill === undefined ? undefined : setTimeout(() => child.kill('SIGKILL'), kill);
      const [code] = await once(child, 'exit');
      clearTimeout(timer);
      return code;
    };
    const inUse = (): string | undefined => linkedLibrary(source!);
    const made = readFileSync(join(folder, 'made.node'));

    const started = performance.now();
    expect(await attempt(plans[0]!)).toBe(0);
    const whole = performance.now() - started;
    let current = join(sites[0]!, 'tensorflow');
    expect(inUse()).toBe(current);

    const kills = 14;
    for (let index = 0; index < kills; index++) {
      const next = (index + 1) % 2;
      const code = await attempt(plans[next]!, (whole * (index + 1)) / kills);
      const wanted = join(sites[next]!, 'tensorflow');
      expect([current, wanted]).toContain(inUse());
      if (code === 0) expect(inUse()).toBe(wanted);
      current = inUse()!;
      // Whole, with both of its libraries.
      expect(readFileSync(plans[0]!.output).equals(made)).toBe(true);
      const lib = join(dirname(realpathSync(plans[0]!.output)), 'lib');
      expect(readdirSync(lib).map((name) => existsSync(join(lib, name)))).toEqual([true, true]);
    }
    expect(await attempt(plans[0]!)).toBe(0);
    expect(inUse()).toBe(join(sites[0]!, 'tensorflow'));
    expect(readdirSync(plans[0]!.builds)).toHaveLength(1);
  },
);
