import { checkSchema, type JsonSchema } from './jsonSchema';

export type ProfileRule = 'reference' | 'paper';

/** What was measured at one residual branch. */
export interface BranchProfile {
  readonly path: string;
  /** Var[a_i]: pooled over tokens and features, dropout and branch scale included; mean over the batches. */
  readonly branchVariance: number;
  /** Standard error of branchVariance over the batches; null with one batch. */
  readonly branchVarianceError: number | null;
  /** Var[x_{i-1}] of the shortcut before its scale. */
  readonly inputVariance: number;
  /** What `initialize` sets. */
  readonly omega: number;
}

/** A profile is JSON: stacks by path, branches in forward order, and how it was made. */
export interface Profile {
  readonly format: 'steadyformer-profile';
  readonly version: 1;
  readonly rule: ProfileRule;
  readonly pads: 'masked' | 'counted';
  readonly dropout: boolean;
  readonly seed: number;
  /** The model's config: its kind, sizes, depths and dropout rates. Null for a model without one. */
  readonly config: Readonly<Record<string, unknown>> | null;
  /** [B, T, D] of the stream that entered each stack, batch by batch. */
  readonly shapes: Readonly<Record<string, readonly (readonly number[])[]>>;
  /** Real tokens of each batch, by stack; empty for a model that does not tell pads. */
  readonly tokens: Readonly<Record<string, readonly number[]>>;
  readonly stacks: Readonly<Record<string, readonly BranchProfile[]>>;
}

const VARIANCE: JsonSchema = { type: 'number', minimum: 0 };
const COUNT: JsonSchema = { type: 'integer', minimum: 0 };

/** Every property is required, and no other is known. */
const record = (properties: Readonly<Record<string, JsonSchema>>): JsonSchema => ({
  type: 'object',
  properties,
  required: Object.keys(properties),
  additionalProperties: false,
});

const byStack = (items: JsonSchema, minItems = 0): JsonSchema => ({
  type: 'object',
  additionalProperties: { type: 'array', items, ...(minItems > 0 ? { minItems } : {}) },
});

/** The JSON Schema of a profile. */
export const profileSchema: JsonSchema = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Steadyformer profile',
  description: 'Variances of the residual branches of a Transformer, and the shortcut scales they ask for.',
  ...record({
    format: { const: 'steadyformer-profile' },
    version: { const: 1 },
    rule: { enum: ['reference', 'paper'] },
    pads: { enum: ['masked', 'counted'] },
    dropout: { type: 'boolean' },
    seed: { type: 'number' },
    config: { type: ['object', 'null'] },
    shapes: byStack({ type: 'array', items: COUNT }),
    tokens: byStack(COUNT),
    stacks: byStack(
      record({
        path: { type: 'string' },
        branchVariance: VARIANCE,
        branchVarianceError: { type: ['number', 'null'], minimum: 0 },
        inputVariance: VARIANCE,
        omega: { type: 'number', exclusiveMinimum: 0 },
      }),
      1,
    ),
  }),
};

/** The value as a profile. Throws where it does not follow `profileSchema`, naming the field. */
export const checkProfile = (value: unknown): Profile => {
  checkSchema(value, profileSchema, 'profile');
  return value as Profile;
};
