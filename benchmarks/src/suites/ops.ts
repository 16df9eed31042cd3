import { availableParallelism } from 'node:os';
import { wanted } from '../arguments';
import type { BackendName } from '../children/backend';
import type { BareOpsOptions } from '../children/bareOps';
import type { Style } from '../children/opBodies';
import { ONE_ELEMENT, type OpCase, opCases, opName, roughWork } from '../children/opCases';
import type { OpsOptions } from '../children/ops';
import type { Competitor } from '../harness/competitor';
import { measure, type Outcome } from '../harness/measure';
import { absences, summarize } from '../harness/summary';
import { operations } from '../ort/product';
import { median, spread } from '../statistics';
import { duration, type Table, withSpread } from '../table';
import { nodeChild, threadText } from './competitors';
import type { Suite, SuiteContext } from './suite';

const OURS = 'ours';
const NATIVE = 'ours, every kernel native';
const EMPTY = 'tfjs with an empty kernel';
const BARE = 'bare ONNX Runtime';
/** What tfjs's JavaScript backend does in some seconds. */
const CPU_WORK = 2e8;
const SAMPLE_SECONDS = 0.05;
const cores = availableParallelism();

const competitorsOf = (cases: readonly OpCase[], { program }: SuiteContext): Competitor[] => {
  const file = program('ops');
  const tfjs = (
    name: string,
    backend: BackendName,
    style: Style,
    which: (op: OpCase) => boolean,
    env: Competitor['env'] = {},
  ): Competitor => {
    const options: OpsOptions = { backend, style, cases: cases.filter(which) };
    return nodeChild(name, file, options, env);
  };
  const isNorm = ({ kind }: OpCase): boolean => kind === 'layerNorm';
  const isComposed = ({ kind }: OpCase): boolean => ['layerNorm', 'embedding', 'adam'].includes(kind);
  const isSmall = (op: OpCase): boolean => roughWork(op) < CPU_WORK;
  const bare = (threads: number): Competitor => {
    const options: BareOpsOptions = { threads, spinning: false, cases };
    return nodeChild(`${BARE}, ${threadText(threads)}`, program('bareOps'), options);
  };
  return [
    tfjs(OURS, 'onnxruntime', 'core', () => true),
    bare(cores),
    ...(cores > 1 ? [bare(1)] : []),
    tfjs(NATIVE, 'onnxruntime', 'core', ({ kind }) => kind === 'add', { STEADYFORMER_FORCE_NATIVE: '1' }),
    nodeChild(EMPTY, program('emptyKernels'), cases),
    tfjs('tfjs ops on our backend', 'onnxruntime', 'tfjs', isComposed),
    tfjs('tfjs layers on our backend', 'onnxruntime', 'layers', isNorm),
    tfjs('tfjs wasm', 'wasm', 'tfjs', () => true),
    tfjs('tfjs layers on wasm', 'wasm', 'layers', isNorm),
    tfjs('tfjs cpu', 'cpu', 'tfjs', isSmall),
  ];
};

/** All competitors in one case, a row each. */
const caseRows = (op: OpCase, outcomes: readonly Outcome[]): string[][] =>
  summarize(outcomes, opName(op), OURS).map(({ name, seconds, cpuSeconds, speedup, rounds }, i) => [
    i === 0 ? opName(op) : '',
    name,
    duration(seconds),
    duration(cpuSeconds),
    op.kind === 'product' ? (operations(op.product) / seconds / 1e9).toFixed(1) : '',
    speedup ? withSpread(speedup) : '',
    String(rounds),
  ]);

/** What a call of a one-element op costs beyond tfjs itself, from differences within rounds. */
const overheadTable = (outcomes: readonly Outcome[]): Table | undefined => {
  const samplesOf = (name: string) => outcomes.find((each) => each.name === name)?.samples[ONE_ELEMENT];
  const empty = samplesOf(EMPTY);
  if (empty === undefined) return undefined;
  const rows = [OURS, NATIVE].flatMap((name) => {
    const own = samplesOf(name);
    if (own === undefined) return [];
    const rounds = Math.min(own.length, empty.length);
    const beyond = spread(Array.from({ length: rounds }, (_, i) => (own[i]! - empty[i]!) * 1e6));
    return [[name, duration(median(own)), duration(median(empty)), withSpread(beyond)]];
  });
  return {
    title: 'ops: call overhead of a one-element add',
    columns: ['who', 'a call', 'tfjs alone', 'beyond tfjs, us (16-84 %)'],
    rows,
    notes: [
      'tfjs alone: tf.add and dispose on a backend whose kernel only makes a data id; subtracted round by round',
      'small tensors take a JavaScript loop in our backend; "every kernel native" sends them through ONNX Runtime',
    ],
  };
};

/** How near our products come to ONNX Runtime called bare. */
const nearnessTable = (cases: readonly OpCase[], outcomes: readonly Outcome[]): Table | undefined => {
  const bareName = `${BARE}, ${threadText(cores)}`;
  const rows = cases.flatMap((op) => {
    if (op.kind !== 'product') return [];
    const [ours] = summarize(outcomes, opName(op), bareName).filter(({ name }) => name === OURS);
    return ours?.speedup ? [[opName(op), duration(ours.seconds), withSpread(ours.speedup)]] : [];
  });
  if (rows.length === 0) return undefined;
  return {
    title: 'ops: our products beside ONNX Runtime bare',
    columns: ['product', OURS, `speed x ${bareName} (16-84 %)`],
    rows,
    notes: [
      "a' and b' mark transposed sides; stack x rows x inner x columns; cold operands unless marked warm",
    ],
  };
};

export const ops: Suite = {
  name: 'ops',
  about: 'single operations: ours, ONNX Runtime bare, plain tfjs on wasm and cpu, tfjs layers',
  children: ['ops', 'emptyKernels', 'bareOps'],
  run: async (context) => {
    const { args, log, start } = context;
    const everything = opCases(args.quick);
    const named = everything.filter((op) => wanted(args.only, opName(op)));
    // A part of --only that names no case names competitors.
    const cases = args.only.length > 0 && named.length > 0 ? named : everything;
    const competitors = competitorsOf(cases, context).filter(
      ({ name }) => cases !== everything || wanted(args.only, name),
    );
    const group = {
      title: 'ops',
      cases: cases.map(opName),
      competitors,
      sampleSeconds: args.quick ? SAMPLE_SECONDS / 10 : SAMPLE_SECONDS,
    };
    const outcomes = await measure(group, { ...args, log }, start);
    const all: Table = {
      title: 'ops',
      columns: ['case', 'competitor', 'time', 'CPU time', 'GFLOP/s', `speed x ${OURS} (16-84 %)`, 'rounds'],
      rows: cases.flatMap((op) => caseRows(op, outcomes)),
      notes: absences(outcomes),
    };
    const more = [overheadTable(outcomes), nearnessTable(cases, outcomes)];
    return { tables: [all, ...more.filter((table) => table !== undefined)], data: { outcomes } };
  },
};
