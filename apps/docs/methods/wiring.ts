import type { Scale, SubLayerPlan } from '@steadyformer/core';
import { type StreamPart, streamsOf, streamsText } from './streamWiring';

type Norm = NonNullable<SubLayerPlan['residual']['before']>;

/** One thing that a signal meets on its way from x to x'. */
export type Part =
  | { readonly kind: 'norm'; readonly at: 'before' | 'inside' | 'after'; readonly label: string }
  | {
      readonly kind: 'branch';
      /** Norm within the branch: before its last map, or of queries, keys and values; or the values that it mixes. */
      readonly innerNorm?: string;
      /** Whether attention's heads have a trained scale each. */
      readonly headScale: boolean;
    }
  | {
      readonly kind: 'scale';
      readonly on: 'shortcut' | 'branch' | 'read';
      readonly symbol: 'ω' | 'α' | 'ρ';
      readonly from: 'constant' | 'trained' | 'profiled';
      /** Whether several sub-layers train one and the same. */
      readonly shared: boolean;
    }
  | StreamPart;

const LABELS: Readonly<Record<string, string>> = { layer: 'LN', rms: 'RMSNorm', scale: 'ScaleNorm' };

const labelOf = (norm: Norm): string => (typeof norm === 'string' ? (LABELS[norm] ?? norm) : norm.name);

const normAt = (at: 'before' | 'inside' | 'after', norm: Norm | undefined): Part[] =>
  norm ? [{ kind: 'norm', at, label: labelOf(norm) }] : [];

const SYMBOLS = { shortcut: 'ω', branch: 'α', read: 'ρ' } as const;

const scaleOn = (on: keyof typeof SYMBOLS, scale: Scale = { kind: 'one' }): Part[] => {
  if (scale.kind === 'one') return [];
  const symbol = SYMBOLS[on];
  if (scale.kind === 'constant') return [{ kind: 'scale', on, symbol, from: 'constant', shared: false }];
  const from = scale.initial === 'profiled' ? 'profiled' : 'trained';
  return [{ kind: 'scale', on, symbol, from, shared: scale.sharedBy !== undefined }];
};

/** A branch's norm before its last map, else what it attends, or which of queries, keys and values it norms. */
const innerLabel = (options: Readonly<Record<string, unknown>>): string | undefined => {
  const { innerNorm, queryKeyNorm, valueNorm, valueMix } = options;
  if (innerNorm) return labelOf(innerNorm as Norm);
  if (valueMix) return 'a v + b v₁';
  const normed = [...(queryKeyNorm ? ['q', 'k'] : []), ...(valueNorm ? ['v'] : [])];
  return normed.length > 0 ? `N(${normed.join(', ')})` : undefined;
};

/** The parts of a sub-layer's join, in the order in which x meets them: branch, shortcut, sum. */
export const wiringOf = ({ residual, branchOptions = {} }: SubLayerPlan): readonly Part[] => {
  const inner = innerLabel(branchOptions);
  return [
    ...normAt('before', residual.before),
    ...scaleOn('read', residual.readScale),
    {
      kind: 'branch',
      ...(inner ? { innerNorm: inner } : {}),
      headScale: branchOptions.headScale === true,
    },
    ...normAt('inside', residual.inside),
    ...scaleOn('branch', residual.branchScale),
    ...scaleOn('shortcut', residual.shortcutScale),
    ...(residual.streams ? [streamsOf(residual.streams)] : []),
    ...normAt('after', residual.after),
  ];
};

const FROM = { constant: 'constant', trained: 'trained', profiled: 'trained, set from data' } as const;

/** Whether it is of several streams. */
export const isOfStreams = (part: Part): part is StreamPart => part.kind === 'second' || part.kind === 'many';

const phrase = (part: Exclude<Part, StreamPart>): string => {
  switch (part.kind) {
    case 'norm':
      return part.label;
    case 'branch':
      return ['f', part.headScale && 'with scaled heads', part.innerNorm && `with ${part.innerNorm} inside`]
        .filter(Boolean)
        .join(' ');
    case 'scale':
      return `times ${part.symbol} (${FROM[part.from]}${part.shared ? ', shared by its block' : ''})`;
  }
};

/** The picture in words. */
export const wiringText = (parts: readonly Part[]): string => {
  const onShortcut = (part: Part): boolean => part.kind === 'scale' && part.on === 'shortcut';
  const streams = parts.find(isOfStreams);
  const own = parts.filter((part) => !isOfStreams(part));
  const after = own.find((part) => part.kind === 'norm' && part.at === 'after');
  const branch = own.filter((part) => part !== after && !onShortcut(part));
  const shortcut = own.find(onShortcut);
  return [
    `Branch: x, ${branch.map(phrase).join(', ')}.`,
    `Shortcut: x${shortcut ? `, ${phrase(shortcut)}` : ''}.`,
    `Sum of both${after ? `, then ${phrase(after)}` : ''}.`,
    ...(streams ? [streamsText(streams)] : []),
  ].join(' ');
};
