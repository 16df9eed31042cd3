import { type Cell, table } from '../output/table';
import type { Examination, ExaminedBackend } from './examine';
import { SIZE } from './trial';

const gigabytes = (bytes: number): string => `${(bytes / 1e9).toFixed(1)} GB`;

const detail = ({ works, automatic, reason, remedy, library }: ExaminedBackend): string => {
  const asked = automatic ? '' : 'on request only: --backend';
  if (!works)
    return [reason, remedy]
      .filter(Boolean)
      .join('. ')
      .replaceAll(/\.{2,}/g, '.');
  const version = library?.version && `ONNX Runtime ${library.version}`;
  return [version, library?.file, asked].filter(Boolean).join(', ');
};

const row = (backend: ExaminedBackend): readonly Cell[] => [
  backend.name,
  backend.works ? 'works' : 'does not',
  backend.milliseconds === undefined ? '' : `${backend.milliseconds.toPrecision(2)} ms`,
  detail(backend),
];

/** An examination for people. */
export const report = ({ versions, machine, backends, chosen, warnings }: Examination): string => {
  const { steadyformer, tfjs, node, packages } = versions;
  const others = Object.entries(packages).filter(([, version]) => version !== steadyformer);
  return [
    `steadyformer ${steadyformer}, TensorFlow.js ${tfjs}, Node ${node} on ${machine.platform} ${machine.arch}`,
    ...(others.length > 0 ? [others.map((pair) => pair.join(' ')).join(', ')] : []),
    `${machine.cores} ${machine.cores === 1 ? 'core' : 'cores'} (${machine.processor}), ${gigabytes(machine.memory)} of memory, ${gigabytes(machine.freeMemory)} free`,
    '',
    table(['backend', 'here', 'product', ''], backends.map(row)),
    '',
    `A product is of two ${SIZE} x ${SIZE} matrices; its values were checked.`,
    chosen === null ? 'No backend can be taken here.' : `Commands and selectBackend() take ${chosen}.`,
    ...warnings.map((warning) => `Warning: ${warning}.`),
  ].join('\n');
};
