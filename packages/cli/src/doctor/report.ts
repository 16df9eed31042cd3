import { format } from '../output/table';
import type { Examination, ExaminedBackend } from './examine';
import { type Products, SIZE } from './trial';

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

const figure = (ratio: number): string => ratio.toFixed(2);

/** Who multiplies, why not another, and what to do about it. */
const multiplies = ({ name, file, ratios = [], passedOver, advice }: Products): readonly string[] => {
  const [least, most] = [Math.min(...ratios), Math.max(...ratios)].map(figure);
  const speed = ratios.length > 0 ? `, ${least} to ${most} times as fast as ONNX Runtime` : '';
  return [
    `products by ${name}${speed}${file === undefined ? '' : ` (${file})`}`,
    ...passedOver.map((each) => `not by ${each.file}: ${each.reason}`),
    ...(advice === undefined ? [] : advice.split(/(?<=\.) (?=Run: )/)),
  ];
};

/** What there is to say of a backend, line by line. */
const details = ({
  works,
  automatic,
  reason,
  remedy,
  library,
  products,
}: ExaminedBackend): readonly string[] => {
  const version = library?.version && `ONNX Runtime ${library.version}`;
  const asked = automatic || !works ? undefined : 'taken only where it is asked for by name';
  // A reason may name a command to run.
  const lines = works
    ? [version, library?.file, ...(products ? multiplies(products) : []), asked]
    : [...(reason ?? '').split(/(?<=\.) (?=Run: )/), remedy];
  return lines.filter((line) => line !== undefined && line !== '') as string[];
};

const lines = (backends: readonly ExaminedBackend[]): readonly string[] => {
  const width = Math.max(...backends.map(({ name }) => name.length));
  return backends.flatMap((backend) => {
    const { name, works, milliseconds } = backend;
    const time = milliseconds === undefined ? '' : `${format(Number(milliseconds.toPrecision(2)))} ms`;
    const head = `${name.padEnd(width)}  ${works ? 'works   ' : 'does not'}  ${time.padStart(8)}  `;
    const [first = '', ...rest] = details(backend);
    return [head + first, ...rest.map((line) => ' '.repeat(head.length) + line)].map((line) =>
      line.trimEnd(),
    );
  });
};

/** An examination for people. */
export const report = ({ versions, machine, backends, chosen, warnings }: Examination): string => {
  const { steadyformer, tfjs, node, packages } = versions;
  const others = Object.entries(packages).filter(([, version]) => version !== steadyformer);
  const { cores, processor, memory, freeMemory, platform, arch } = machine;
  return [
    `steadyformer ${steadyformer}, TensorFlow.js ${tfjs}, Node ${node} on ${platform} ${arch}`,
    ...(others.length > 0 ? [others.map((pair) => pair.join(' ')).join(', ')] : []),
    `${cores} ${cores === 1 ? 'core' : 'cores'} (${processor}), ${gigabytes(memory)} of memory, ${gigabytes(freeMemory)} free`,
    '',
    ...lines(backends),
    '',
    `Times are of one product of two ${SIZE} x ${SIZE} matrices; values of a product were checked.`,
    chosen === null ? 'No backend can be taken here.' : `Commands and selectBackend() take ${chosen}.`,
    ...warnings.map((warning) => `Warning: ${warning}.`),
  ].join('\n');
};
