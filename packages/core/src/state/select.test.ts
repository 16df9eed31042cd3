import * as tf from '@tensorflow/tfjs';
import { beforeAll, describe, expect, it } from 'vitest';
import { transformer } from '../models/transformer';
import { admin } from '../residual/methods/admin';
import { Module, type NamedParameter, vectorParameter } from './module';
import { select } from './select';

beforeAll(() => tf.setBackend('cpu'));

const model = () =>
  transformer({ vocabulary: 9, padId: 1, width: 4, heads: 2, depth: 2, method: admin() }, 1);
const paths = (list: readonly NamedParameter[]): string[] => list.map(({ path }) => path);

describe('select', () => {
  it('gives what is at or below a path, as parameters() has it', () => {
    const own = model();
    const all = paths(own.parameters());
    const chosen = (pattern: string | string[]): string[] => paths(select(own, pattern));
    const where = (test: (path: string) => boolean): string[] => all.filter(test);

    expect(chosen('**')).toEqual(all);
    expect(chosen('encoder')).toEqual(where((path) => path.startsWith('encoder.')));
    expect(chosen('encoder.**')).toEqual(chosen('encoder'));
    const feedForward = chosen('encoder.layers.*.feedForward');
    expect(feedForward).toEqual(where((path) => /^encoder\.layers\.\d+\.feedForward\./u.test(path)));
    expect(feedForward.length).toBeGreaterThan(10);
    expect(chosen('**.omega')).toEqual(where((path) => path.endsWith('.omega')));
    expect(chosen('**.omega')).toHaveLength(4 + 6);
    expect(chosen('{encoder,decoder}.layers.1.**.bias')).toEqual(
      where((path) => /^(en|de)coder\.layers\.1\..*bias$/u.test(path)),
    );
    // In the order of the model, each once, whatever the order of the patterns.
    expect(chosen(['decoder.layers', 'encoder', 'encoder.layers.0'])).toEqual(
      where((path) => path.startsWith('encoder.') || path.startsWith('decoder.layers.')),
    );
    expect(chosen('**.**.**')).toEqual(all);
    expect(paths(select(own, 'encoder', { except: ['**.omega', '**.bias'] }))).toEqual(
      where((path) => path.startsWith('encoder.') && !/(omega|bias)$/u.test(path)),
    );
    const [one] = select(own, 'encoder.layers.0.feedForward.omega');
    expect(one!.parameter).toBe(own.parameters().find(({ path }) => path === one!.path)!.parameter);
    own.dispose();
  });

  it('finds a shared parameter under each of its paths, and names it by the first', () => {
    class Leaf extends Module {
      readonly table = vectorParameter(Float32Array.of(1));
    }
    class Shared extends Module {
      readonly a = new Leaf();
      readonly b = { again: this.a };
    }
    const shared = new Shared();
    expect(paths(select(shared, 'b'))).toEqual(['a.table']);
    expect(paths(select(shared, 'b.*.table'))).toEqual(['a.table']);
    expect(paths(select(shared, ['a', 'b']))).toEqual(['a.table']);
    shared.dispose();
  });

  it('names the nearest path where a pattern matches nothing', () => {
    const own = model();
    const of = (pattern: unknown) => () => select(own, pattern as string);
    for (const [pattern, message] of [
      [
        'encoder.layers.*.feedForwrd',
        "select: no parameter at 'encoder.layers.*.feedForwrd'; the nearest path is 'encoder.layers.0.feedForward'",
      ],
      ['encodr', "no parameter at 'encodr'; the nearest path is 'encoder'"],
      ['encoder.layers.7', "the nearest path is 'encoder.layers.0'"],
      ['**.omga', "no parameter at '**.omga'; the nearest path is 'encoder.layers.0.selfAttention.omega'"],
      ['**.{gains,xs}', "the nearest path is 'encoder.layers.0.selfAttention.after.gain'"],
      ['**.omega.x', "no parameter at '**.omega.x'; there is nothing so deep"],
      ['__proto__', "no parameter at '__proto__'"],
      ['constructor.name', "no parameter at 'constructor.name'"],
    ] as const) {
      expect(of(pattern), pattern).toThrow(message);
    }
    // Of several patterns, each has to match.
    expect(() => select(own, '**', { except: '**.omga' })).toThrow("no parameter at '**.omga'");
    expect(() => select(own, '**.omega', { except: 'encoder' })).not.toThrow();
    expect(() => select(own, 'encoder.layers', { except: 'encoder' })).toThrow(
      "select: nothing of 'encoder.layers' is left without 'encoder'",
    );
    expect(() => select(own, '**', { except: null } as never)).toThrow(
      'select() except: received null, allowed a pattern or a list of them',
    );
    expect(() => select(own, '**', { but: '**.omega' } as never)).toThrow("select(): unknown option 'but'");
    expect(of(['encoder', 'decodr'])).toThrow("no parameter at 'decodr'; the nearest path is 'decoder'");
    own.dispose();
  });

  it.each([
    ['', "select() pattern: received '', allowed segments with dots between"],
    ['encoder..layers', "received 'encoder..layers', allowed segments"],
    ['encoder.lay*', "received 'encoder.lay*', allowed segments"],
    ['encoder.{a,b', "'{a,b' is no segment"],
    ['encoder.{}', "'{}' is no segment"],
    ['encoder.{a,}', "'{a,}' is no segment"],
    [[], 'select() patterns: received [], allowed a pattern or a list of them'],
    [7, 'select() pattern: received 7'],
    [undefined, 'select() pattern: received undefined'],
    ['*'.repeat(1e6), 'received'],
  ])('refuses %j', (pattern, message) => {
    const own = model();
    expect(() => select(own, pattern as string)).toThrow(message);
    try {
      select(own, pattern as string);
    } catch (error) {
      expect((error as Error).message.length).toBeLessThan(600);
    }
    expect(() => select([] as never, 'encoder')).toThrow('select() model: received [], allowed a model');
    own.dispose();
  });
});
