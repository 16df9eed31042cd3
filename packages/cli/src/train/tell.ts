import { relative } from 'node:path';
import type { RunEvent } from '@steadyformer/translate/node';
import { clock, row, type Screen } from '../output/screen';
import { format } from '../output/table';
import { watchText } from './watchText';

type EventOf<Name extends RunEvent['event']> = Extract<RunEvent, { readonly event: Name }>;

/** Plain lines about updates in a pipe, a run, where they are not rarer anyway. */
const REPORTS = 20;
/** Warnings of one look that are shown. */
const SHOWN = 3;

/** A path as one would type it here. */
export const here = (path: string): string => {
  const short = relative('', path);
  return short.startsWith('..') ? path : short;
};

/** `1 pair`, `29,000 pairs` */
export const counted = (n: number, thing: string): string =>
  `${n.toLocaleString('en-US')} ${thing}${n === 1 ? '' : 's'}`;

const listed = (values: Readonly<Record<string, unknown>>): string => {
  const entries = Object.entries(values);
  const same = entries.every(([, value]) => value === entries[0]?.[1]);
  return same ? String(entries[0]?.[1]) : entries.map(([name, value]) => `${name} ${value}`).join(', ');
};

/** Shows the events of a run. */
export const teller = (screen: Screen): ((event: RunEvent) => void) => {
  const warned = new Set<string>();
  let reported = -1;
  /** What the last look saw, until it is said. */
  let looked = '';
  const say = (label: string, text: string): void => screen.line(row(label, text));
  const tell: { readonly [Name in RunEvent['event']]: (event: EventOf<Name>) => void } = {
    backend: ({ message }) => say('backend', message),
    progress: ({ stage, done, total }) =>
      screen.live(row(stage, total === undefined ? counted(done, 'line') : `${done}/${total}`)),
    data: (event) => say('data', dataText(event)),
    vocabulary: ({ source, target, shared }) =>
      say('vocabulary', shared ? `${counted(target, 'token')}, shared` : `${source} and ${target} tokens`),
    model: ({ kind, parameters, depth, width, method }) =>
      say(
        'model',
        `${kind}, ${listed(method)}, depth ${listed(depth)}, width ${width}, ${counted(parameters, 'parameter')}`,
      ),
    profile: ({ omegas }) => say('profile', profileText(omegas)),
    replicas: ({ count, reason = String(count) }) => say('replicas', reason),
    resumed: ({ update, folder, skipped }) => {
      for (const each of skipped) screen.warn(`warning: ${here(each.folder)} cannot be read, ${each.reason}`);
      say('resumed', `after update ${update}, from ${here(folder)}`);
    },
    update: (event) => {
      const share = Math.floor((event.update * REPORTS) / event.updates);
      screen.live(row('train', updateText(event)), share > reported);
      reported = share;
    },
    validation: (event) => {
      say('validation', validationText(event));
      if (looked !== '') say('watch', looked);
      looked = '';
      for (const { source, translation } of event.samples?.slice(0, 2) ?? []) {
        say('', `${source}  ->  ${translation}`);
      }
    },
    watch: ({ update, report }) => {
      const { warnings } = report;
      looked = watchText(report);
      const fresh = warnings.filter(({ kind, path }) => !warned.has(`${kind} ${path}`));
      for (const { kind, path } of fresh) warned.add(`${kind} ${path}`);
      for (const { message } of fresh.slice(0, SHOWN)) screen.warn(`warning: update ${update}: ${message}`);
      const more = fresh.length - SHOWN;
      if (more > 0) screen.warn(`warning: update ${update}: and ${more} more, in log.jsonl`);
    },
    checkpoint: ({ folder, best }) => say('checkpoint', `${here(folder)}${best ? ', the best so far' : ''}`),
    warning: ({ update, message }) =>
      screen.warn(`warning: ${update === undefined ? '' : `update ${update}: `}${message}`),
    diverged: ({ reason, advice, lastGood }) => {
      screen.warn(reason);
      screen.warn(advice);
      screen.warn(`last good checkpoint: ${lastGood === undefined ? 'none' : here(lastGood)}`);
    },
    test: (event) => {
      say('test', testText(event));
      if (event.signature !== undefined) say('', event.signature);
      for (const { source, translation, reference } of event.samples ?? []) {
        for (const [label, text] of Object.entries({ source, ours: translation, reference }))
          say(label, text);
      }
    },
    end: () => {},
  };
  return (event) => (tell[event.event] as ((event: RunEvent) => void) | undefined)?.(event);
};

const dataText = ({ train, valid, test, dropped, batches, tooLong }: EventOf<'data'>): string => {
  const left = Object.entries({ ...dropped, ...(tooLong > 0 ? { 'too long for a batch': tooLong } : {}) });
  const out = left.map(([reason, n]) => `${reason} ${n.toLocaleString('en-US')}`).join(', ');
  return (
    `${train.toLocaleString('en-US')} to learn from (${counted(batches, 'batch').replace(/hs$/u, 'hes')}), ` +
    `${valid.toLocaleString('en-US')} to validate on, ${test.toLocaleString('en-US')} to test on${out && `; left out: ${out}`}`
  );
};

const profileText = (omegas: EventOf<'profile'>['omegas']): string =>
  `omega ${Object.entries(omegas)
    .map(([stack, values]) => {
      const [least, most] = [Math.min(...values), Math.max(...values)].map(format);
      return `${stack} ${least === most ? least : `${least} to ${most}`}`;
    })
    .join(', ')}`;

const updateText = ({
  update,
  updates,
  loss,
  perplexity,
  tokensPerSecond,
  learningRate,
  gradientNorm,
  secondsLeft,
}: EventOf<'update'>): string =>
  // A narrow terminal cuts the end off.
  `update ${update}/${updates}  ${clock(secondsLeft)} left  loss ${loss.toFixed(3)}  perplexity ${format(perplexity)}  ` +
  `${Math.round(tokensPerSecond)} tokens/s  rate ${format(learningRate)}  gradient ${format(gradientNorm)}`;

const validationText = ({ update, loss, perplexity, bleu, best }: EventOf<'validation'>): string =>
  `update ${update}  loss ${loss.toFixed(3)}  perplexity ${format(perplexity)}` +
  `${bleu === undefined ? '' : `  BLEU ${bleu.toFixed(1)}`}${best ? '  the best so far' : ''}`;

const testText = ({ sentences, bleu, chrF, perplexity, path }: EventOf<'test'>): string =>
  [
    ...(bleu === undefined ? [] : [`BLEU ${bleu.toFixed(1)}`]),
    ...(chrF === undefined ? [] : [`chrF ${chrF.toFixed(1)}`]),
    `perplexity ${format(perplexity)}`,
    `on ${counted(sentences, bleu === undefined ? 'line' : 'sentence')}`,
    ...(path === undefined ? [] : [`translations in ${path}`]),
  ].join('  ');
