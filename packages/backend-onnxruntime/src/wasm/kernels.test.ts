import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { instantiate, supported } from './kernels';
import { MODULE } from './module.generated';

const here = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const bytes = Buffer.from(MODULE, 'base64');

/** Ids of a module's sections, in order (WebAssembly core specification, section 5.5.2). */
const sections = (): number[] => {
  const ids: number[] = [];
  for (let at = 8; at < bytes.length; ) {
    ids.push(bytes[at++]!);
    let size = 0;
    for (let shift = 0; ; shift += 7) {
      const byte = bytes[at++]!;
      size |= (byte & 127) << shift;
      if (byte < 128) break;
    }
    at += size;
  }
  return ids;
};

describe('the module of kernels', () => {
  it('is what the sources compile to', () => {
    const folder = mkdtempSync(join(tmpdir(), 'kernels-'));
    try {
      const file = join(folder, 'module.ts');
      execFileSync(process.execPath, [here('../../scripts/compileKernels.mjs'), file]);
      expect(readFileSync(file, 'utf8')).toBe(readFileSync(here('module.generated.ts'), 'utf8'));
    } finally {
      rmSync(folder, { recursive: true });
    }
  });

  it('needs a memory and nothing else', () => {
    expect(supported()).toBe(true);
    const imports = WebAssembly.Module.imports(new WebAssembly.Module(bytes));
    expect(imports).toEqual([{ module: 'env', name: 'memory', kind: 'memory' }]);
  });

  it('has neither data nor a start function: instances leave the memory as it is', () => {
    const [start, data] = [8, 11];
    expect(sections()).not.toContain(start);
    expect(sections()).not.toContain(data);
    const memory = new WebAssembly.Memory({ initial: 2, maximum: 65536, shared: true });
    const words = new Uint32Array(memory.buffer).fill(0xdeadbeef);
    instantiate(memory);
    expect(words.every((word) => word === 0xdeadbeef)).toBe(true);
  });

  it('is small', () => {
    expect(bytes.length).toBeGreaterThan(500);
    expect(bytes.length).toBeLessThan(18_432);
  });
});
