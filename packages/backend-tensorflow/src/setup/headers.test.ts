import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { UsageError } from '../checks/errors';
import { place, temporary } from '../testing/trees';
import { findHeaders, headerCandidates } from './headers';

/** The folder of a Node whose headers know N-API up to `version`. */
const nodeWith = (version: number): string => {
  const folder = temporary();
  const include = join(folder, 'include', 'node');
  place(join(include, 'node_api.h'));
  place(join(include, 'js_native_api.h'), `#if NAPI_VERSION >= ${version}\n#endif\n`);
  return folder;
};

describe('findHeaders', () => {
  test('always ends at the node-api-headers package', () => {
    const last = headerCandidates().at(-1)!;
    expect(findHeaders(undefined, [temporary(), last])).toBe(last);
    expect(findHeaders('', [last])).toBe(last);
    expect(findHeaders(undefined, [temporary()])).toBeUndefined();
  });

  test('takes npm_config_nodedir where it serves, whatever else is there', () => {
    const nodedir = nodeWith(8);
    expect(findHeaders(nodedir)).toBe(join(nodedir, 'include', 'node'));
  });

  test.each([
    ['a folder without headers', temporary, /but it has no node_api\.h: set it/],
    ['the headers of an old Node', () => nodeWith(7), /older than N-API 8/],
  ])('refuses %s rather than take others in silence', (_, folder, message) => {
    const nodedir = folder();
    expect(() => findHeaders(nodedir)).toThrow(UsageError);
    expect(() => findHeaders(nodedir)).toThrow(message);
  });

  test('passes over candidates that are too old', () => {
    const old = join(nodeWith(7), 'include', 'node');
    const good = join(nodeWith(8), 'include', 'node');
    expect(findHeaders(undefined, [old, good])).toBe(good);
  });
});
