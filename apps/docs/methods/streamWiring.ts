import type { SubLayerPlan } from '@steadyformer/core';

type Streams = NonNullable<SubLayerPlan['residual']['streams']>;

/** Two streams by fixed weights: the second beside the first, which is drawn as the one stream of other methods. */
export interface SecondStream {
  readonly kind: 'second';
  /** Where it comes from: as it came in, off the first, out of the branch alone, or as what the branch hands on. */
  readonly from: 'itself' | 'first' | 'branch' | 'handed';
  /** Whether the branch reads it, and whether what the branch gives is added to it. */
  readonly read: boolean;
  /** Present where the branch sees it beside what it reads. */
  readonly shown?: true;
  readonly written: boolean;
  /** Whether it joins the sum of the first. */
  readonly joins: boolean;
  /** Whether it goes on behind the sub-layer. */
  readonly goesOn: boolean;
  /** Whether the branch adds to the first as well. */
  readonly firstWritten: boolean;
}

/** Streams whose weights are no fixed numbers, or more than two of them. */
export interface ManyStreams {
  readonly kind: 'many';
  /** 'fixed', 'trained', or what computes the weights. */
  readonly weights: string;
  readonly gives: readonly string[];
}

export type StreamPart = SecondStream | ManyStreams;

/** How a sub-layer is wired to several streams, without their numbers. */
export const streamsOf = ({ read, carry, write, weights, handsOn, shows }: Streams): StreamPart => {
  if (weights || Math.max(read.length, carry.length) > 2) {
    const { name, gives = ['a', 'B', 'c'] } =
      typeof weights === 'object' ? weights : { name: weights ?? 'fixed' };
    return { kind: 'many', weights: name, gives };
  }
  const [, own] = carry;
  return {
    kind: 'second',
    from: handsOn ? 'handed' : own?.[1] ? 'itself' : own?.[0] ? 'first' : own ? 'branch' : 'itself',
    read: !!read[1],
    ...(shows === 1 ? { shown: true } : {}),
    written: !!write[1],
    joins: !!carry[0]![1],
    goesOn: own !== undefined,
    firstWritten: !!write[0],
  };
};

const FROM = {
  itself: 'as it came',
  first: 'begins as the first',
  branch: 'begins as what the branch gives',
  handed: 'begins as what the branch hands on',
} as const;

/** The streams in words. */
export const streamsText = (part: StreamPart): string => {
  if (part.kind === 'many') {
    const how = part.weights === 'trained' || part.weights === 'fixed' ? part.weights : `by ${part.weights}`;
    return `Several streams X: the branch reads a X, B X is carried on, c times the branch is added; ${part.gives.join(', ')} ${how}.`;
  }
  const does = [
    FROM[part.from],
    part.read && 'read by the branch too',
    part.shown && 'shown to the branch',
    part.joins && 'joins the sum of the first',
    part.written && part.from !== 'branch' && 'takes in the branch',
    !part.goesOn && 'ends',
  ];
  return `Second stream: ${does.filter(Boolean).join(', ')}.`;
};
