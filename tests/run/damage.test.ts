import { cpSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { RunEvent } from '@steadyformer/translate/node';
import { train } from '@steadyformer/translate/node';
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest';
import { config, filesOf, records, withText } from './folder';

const long = process.env.STEADYFORMER_LONG === '1';
const root = mkdtempSync(join(tmpdir(), 'steadyformer-damage-'));
const back = process.cwd();
afterAll(() => rmSync(root, { recursive: true }));
afterEach(() => process.chdir(back));

/** Trains in a folder, up to an update at most. */
const run = async (folder: string, updates?: number) => {
  process.chdir(folder);
  const events: RunEvent[] = [];
  const abort = new AbortController();
  const result = await train(config(), {
    signal: abort.signal,
    onEvent: (event) => {
      events.push(event);
      if (event.event === 'checkpoint' && event.update === updates) abort.abort();
    },
  });
  return { result, events };
};

const whole = withText(join(root, 'whole'));
/** With checkpoints of updates 6 and 9. */
const begun = withText(join(root, 'begun'));
beforeAll(async () => {
  await run(whole);
  await run(begun, 9);
});

let folder = '';
let copies = 0;
beforeEach(() => {
  folder = join(root, `copy${copies++}`);
  cpSync(begun, folder, { recursive: true });
});

const checkpoints = (): string => join(folder, 'run', 'checkpoints');
const NEWEST = 'update-00000009';
const BEFORE = 'update-00000006';

type Damage = (path: string) => void;
const flipped =
  (place: number): Damage =>
  (path) => {
    const bytes = readFileSync(path);
    const at = Math.floor(place * (bytes.length - 1));
    bytes[at] = bytes[at]! ^ 1;
    writeFileSync(path, bytes);
  };
const truncated =
  (share: number): Damage =>
  (path) =>
    writeFileSync(path, readFileSync(path).subarray(0, Math.floor(share * readFileSync(path).length)));
const missing: Damage = (path) => rmSync(path);

const more: readonly (readonly [string, string, Damage])[] = [
  ['no byte of the model', 'model.safetensors', truncated(0)],
  ['the model gone', 'model.safetensors', missing],
  ['the first byte of the manifest', 'checkpoint.json', flipped(0)],
  ['the manifest cut off', 'checkpoint.json', truncated(0.5)],
  ['no byte of the manifest', 'checkpoint.json', truncated(0)],
];

it.each<readonly [string, string, Damage]>([
  ['the model cut off', 'model.safetensors', truncated(0.7)],
  ['the optimizer gone', 'optimizer.safetensors', missing],
  ['a bit of the optimizer', 'optimizer.safetensors', flipped(0.9)],
  ['a byte in the middle of the manifest', 'checkpoint.json', flipped(0.5)],
  ['the manifest gone', 'checkpoint.json', missing],
  ...(long ? more : []),
])(
  'goes on from the checkpoint before a damaged one, names it, and ends with the same bits: %s',
  async (_, file, damage) => {
    damage(join(checkpoints(), NEWEST, file));
    const { result, events } = await run(folder);
    const resumed = events.find((event) => event.event === 'resumed');
    expect(resumed).toMatchObject({ update: 6, folder: join(checkpoints(), BEFORE) });
    expect(resumed?.skipped).toEqual([
      { folder: join(checkpoints(), NEWEST), reason: expect.stringContaining(file) },
    ]);
    expect(result).toMatchObject({ ending: 'done', update: 11 });
    expect(await records(folder)).toEqual(await records(whole));
    expect(await filesOf(folder)).toEqual(await filesOf(whole));
  },
  60_000,
);

it.each<readonly [string, string, Damage]>([
  ['models', 'model.safetensors', truncated(0.5)],
  ['manifests', 'checkpoint.json', flipped(0.5)],
])('says in one line that all are damaged, and changes nothing: %s', async (_, file, damage) => {
  for (const name of [NEWEST, BEFORE]) damage(join(checkpoints(), name, file));
  const before = [
    await filesOf(folder),
    readFileSync(join(folder, 'run', 'log.jsonl')),
    readdirSync(join(folder, 'run')),
  ];
  await expect(run(folder)).rejects.toThrow(
    /^no checkpoint of '.*' can be read, of 2; the newest, .*update-00000009: (?:not a )?checkpoint: .* Bring another copy/u,
  );
  const after = [
    await filesOf(folder),
    readFileSync(join(folder, 'run', 'log.jsonl')),
    readdirSync(join(folder, 'run')),
  ];
  expect(after).toEqual(before);
});

it('says what is wrong with a damaged run.json or log, and changes nothing', async () => {
  for (const [file, damage, message] of [
    ['run.json', truncated(0.5), 'run.json: not JSON. The file is damaged or was edited by hand'],
    ['log.jsonl', flipped(0), /log\.jsonl:1: /u],
  ] as const) {
    const path = join(folder, 'run', file);
    const whole = readFileSync(path);
    damage(path);
    const before = await filesOf(folder);
    await expect(run(folder)).rejects.toThrow(message);
    expect(await filesOf(folder)).toEqual(before);
    writeFileSync(path, whole);
  }
  expect((await run(folder)).result).toMatchObject({ ending: 'done', update: 11 });
});
