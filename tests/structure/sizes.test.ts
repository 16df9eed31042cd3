import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import sizes from '../../.size-limit.mjs';
import { packages, root } from './workspaces';

describe('sizes', () => {
  it('are limited for the main entry of every package', () => {
    const limited = sizes.filter((each) => each.import === undefined).map(({ path }) => path);
    for (const { path } of packages) expect(limited).toContain(`${path}/dist/index.js`);
    for (const { path, limit } of sizes) {
      expect(limit).toMatch(/^[1-9][\d.]* kB$/);
      const folder = String(path).replace(/\/dist\/.*/, '');
      expect(existsSync(join(root, folder, 'package.json'))).toBe(true);
    }
  });

  it("are as core's README says", () => {
    const readme = readFileSync(join(root, 'packages/core/README.md'), 'utf8');
    const [, statement, size] = /`(import [^`]*)` adds at most ([\d.]+ kB)/.exec(readme)!;
    expect(sizes.find(({ name }) => name === statement)?.limit).toBe(size);
  });
});
