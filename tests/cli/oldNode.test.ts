import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Script } from 'node:vm';
import { transformSync } from 'esbuild';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';

const source = readFileSync(new URL('../../packages/cli/src/bin/steadyformer.ts', import.meta.url), 'utf8');
const { code } = transformSync(source, { loader: 'ts', target: 'es2022', format: 'esm' });

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'old-node-'));
  writeFileSync(join(folder, 'steadyformer.mjs'), code);
});
afterAll(() => rmSync(folder, { recursive: true }));

/** Runs what would be installed on a Node that says it is of some version. */
const runAs = (version: string) => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '${version}' } });`;
  const args = [
    '--import',
    `data:text/javascript,${encodeURIComponent(pretend)}`,
    join(folder, 'steadyformer.mjs'),
  ];
  return spawnSync(process.execPath, [...args, '--help'], { encoding: 'utf8' });
};

describe('a Node that is too old', () => {
  it.each(['20.18.3', '18.20.8', '16.20.2', '12.22.12', '10.24.1'])(
    '%s is told so in one line, exit code 2',
    (version) => {
      const { status, stdout, stderr } = runAs(version);
      expect([status, stdout]).toEqual([2, '']);
      expect(stderr).toBe(
        `error: Node ${version} is too old: steadyformer needs Node 20.19 or newer. Install it from nodejs.org and run the command again.\n`,
      );
    },
  );

  it.each(['20.19.0', '22.0.0', '24.11.1'])('%s is not', (version) => {
    const { status, stderr } = runAs(version);
    expect(status).toBe(1);
    // The rest is not beside it here.
    expect(stderr).toContain('ERR_MODULE_NOT_FOUND');
  });

  it('gets that far: what comes before is a script of the language of long ago', () => {
    expect(() => new Script(code)).not.toThrow();
    expect(code).not.toMatch(/=>|\b(const|let|class|async|await|export)\b|`|\?\.|\?\?/);
    expect(code.match(/\bimport\b/g)).toEqual(['import']);
    expect(
      execFileSync(process.execPath, ['--check', join(folder, 'steadyformer.mjs')], { encoding: 'utf8' }),
    ).toBe('');
  });
});
