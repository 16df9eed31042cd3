// Single ops of tfjs, core or tfjs-layers on a backend. Argument: JSON of OpsOptions.
import { type BackendName, useBackend } from './backend';
import { bodyOf, type Style } from './opBodies';
import { type OpCase, opName } from './opCases';
import { serve } from './serve';

export interface OpsOptions {
  readonly backend: BackendName;
  readonly style: Style;
  readonly cases: readonly OpCase[];
}

const { backend, style, cases } = JSON.parse(process.argv[2]!) as OpsOptions;

await serve(async () => ({
  versions: await useBackend(backend, true),
  cases: Object.fromEntries(cases.map((op) => [opName(op), () => bodyOf(op, style)])),
}));
