import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import type { CorpusName, DemoOptions } from './options';

/** From sources and as built, a folder below the demo's. */
const at = (path: string): string => fileURLToPath(new URL(`../${path}`, import.meta.url));

const folders: Readonly<Record<CorpusName, string>> = {
  libreoffice: 'libreoffice-help-en-de',
  emoji: 'emoji-names-en-de',
};

/** The config of a backend: what it gets through in about three minutes on two cores. */
const configs: Readonly<Record<string, { readonly file: string; readonly corpus: CorpusName }>> = {
  wasm: { file: 'wasm.yaml', corpus: 'emoji' },
  cpu: { file: 'cpu.yaml', corpus: 'emoji' },
};
const native = { file: 'native.yaml', corpus: 'libreoffice' } as const;

/** A value as `--set` reads it. */
const set = (path: string, value: unknown): readonly string[] => [
  '--set',
  `${path}=${JSON.stringify(value)}`,
];

/** Text of the user's own, of which every 25th part is validated and as much tested on; or bundled text. */
const textOf = ({ source, target, corpus }: DemoOptions, standard: CorpusName): readonly string[] => {
  if (source !== undefined && target !== undefined) {
    return [
      ...set('data.train', { source, target }),
      ...set('data.valid', null),
      ...set('data.test', null),
      ...set('data.holdOut', { valid: 0.04, test: 0.04 }),
    ];
  }
  return bundledText(corpus ?? standard, ['train', 'valid', 'test']);
};

/** Parts of the bundled text, from wherever the demo is called. */
const bundledText = (corpus: CorpusName, parts: readonly string[]): readonly string[] =>
  parts.flatMap((part) => {
    const file = (language: string): string => at(`../../corpora/${folders[corpus]}/${part}.${language}`);
    return set(`data.${part}`, { source: file('en'), target: file('de') });
  });

/** All cores, unmeasured, so that the same machine gives the same numbers. Other backends have no replicas. */
const coresOf = (backend: string): number => (backend === 'onnxruntime' ? availableParallelism() : 1);

/** What `steadyformer train` is called with: the config for the backend, and what the options change in it. */
export const configFor = (backend: string, options: DemoOptions): readonly string[] => {
  const { file, corpus } = Object.hasOwn(configs, backend) ? configs[backend]! : native;
  const { method, steps, seed, replicas, output } = options;
  return [
    at(file),
    ...['--output', output],
    ...set('backend', backend),
    ...set('model.method', method),
    ...set('seed', seed),
    ...set('replicas', replicas ?? coresOf(backend)),
    ...(steps === undefined ? [] : set('training.updates', steps)),
    ...textOf(options, corpus),
  ];
};

/** One run of the comparison. */
export interface ComparedRun {
  readonly method: string;
  readonly depth: number;
  readonly folder: string;
}

/** What `steadyformer train` is called with for one run of the comparison. */
export const compareArguments = (
  backend: string,
  { seed, steps, replicas, source, target }: DemoOptions,
  { method, depth, folder }: ComparedRun,
): readonly string[] => [
  at('compare.yaml'),
  ...['--output', folder],
  ...set('backend', backend),
  ...set('model.method', method),
  ...set('model.depth', depth),
  ...set('seed', seed),
  ...set('replicas', replicas ?? coresOf(backend)),
  ...(steps === undefined ? [] : set('training.updates', steps)),
  ...(source === undefined || target === undefined
    ? bundledText('libreoffice', ['train', 'valid'])
    : [...set('data.train', { source, target }), ...set('data.valid', null)]),
];
