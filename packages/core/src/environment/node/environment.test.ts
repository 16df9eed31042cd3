import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { version } from '@tensorflow/tfjs';
import { describe, expect, it } from 'vitest';
import manifest from '../../../package.json' with { type: 'json' };
import { machine } from './machine';
import { versions } from './versions';

describe('versions', () => {
  it('are those of Node, tfjs and the packages of ours that are found', () => {
    const found = versions();
    expect(found.node).toBe(process.version);
    expect(found.tfjs).toBe(version.tfjs);
    expect(found.packages['@steadyformer/core']).toBe(manifest.version);
    for (const name of Object.keys(found.packages)) expect(name).toMatch(/^@steadyformer\/[a-z-]+$/);
  });

  it('look where they are told to first', () => {
    const folder = mkdtempSync(join(tmpdir(), 'steadyformer-versions-'));
    const place = join(folder, 'node_modules/@steadyformer/analysis');
    mkdirSync(place, { recursive: true });
    writeFileSync(join(place, 'package.json'), '{"version":"7.8.9"}');
    expect(versions(join(folder, 'index.js')).packages['@steadyformer/analysis']).toBe('7.8.9');
    // What is damaged is as if it were not there.
    writeFileSync(join(place, 'package.json'), '{"version":');
    expect(versions(join(folder, 'index.js')).packages['@steadyformer/analysis']).not.toBe('7.8.9');
    rmSync(folder, { recursive: true });
  });
});

describe('machine', () => {
  it('says what there is, as far as this process may use it', () => {
    const { platform, arch, processor, cores, memory, freeMemory } = machine();
    expect([platform, arch]).toEqual([process.platform, process.arch]);
    expect(processor).toBe(cpus()[0]!.model.trim());
    expect(cores).toBeGreaterThanOrEqual(1);
    expect(cores).toBeLessThanOrEqual(Math.max(cpus().length, 1));
    expect(memory).toBeGreaterThan(2 ** 26);
    expect(freeMemory).toBeLessThanOrEqual(memory);
  });
});
