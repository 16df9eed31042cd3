import { beforeAll, describe, expect, it } from 'vitest';
import { twoEncoders } from '../../testing/stacks';
import { selectBackend } from '../backend/select';
import { Linear } from '../layers/linear';
import { languageModel } from '../models/languageModel';
import { model as modelOf } from '../models/model';
import { transformer } from '../models/transformer';
import { adam } from '../optim/adam';
import { Optimizer } from '../optim/optimizer';
import { randomStream } from '../random/random';
import { admin } from '../residual/methods/admin';
import { postLN } from '../residual/methods/postLN';
import { preLN } from '../residual/methods/preLN';
import type { ResidualMethod } from '../residual/residual';
import type { TrainingSite } from '../residual/training';
import { select } from '../state/select';
import { methodTraining } from './methodTraining';
import { modelSites } from './modelSites';

beforeAll(async () => {
  await selectBackend('wasm');
});

const sizes = { vocabulary: 9, padId: 1, width: 8, heads: 2, feedForward: 12, depth: 2 };

/** Says something of matrices in sub-layers, and nothing of the rest. */
const halved: ResidualMethod = {
  ...preLN(),
  name: 'halved',
  training: ({ role, place }) =>
    role === 'matrix' && place ? { rateFactor: 0.5, epsilonFactor: 2, weightDecayFactor: 3 } : {},
};

describe('modelSites', () => {
  it('says where every parameter lies and what it is for', () => {
    const model = transformer(
      { ...sizes, activation: 'swiglu', method: admin(), tiedEmbeddings: false, keyValueHeads: 1 },
      1,
    );
    const found = Object.fromEntries(
      modelSites(model).map(({ named, site: { role, place, columns, stack } }) => [
        named.path,
        [role, stack.stack, place?.kind, ...(columns ? [columns] : [])],
      ]),
    );
    expect(Object.keys(found)).toEqual(model.parameters().map(({ path }) => path));
    const part = (path: string) => found[path];
    expect(part('sourceEmbedding.table')).toEqual(['embedding', 'encoder', undefined]);
    expect(part('targetEmbedding.table')).toEqual(['embedding', 'decoder', undefined]);
    expect(part('outputEmbedding.table')).toEqual(['output', 'decoder', undefined]);
    const first = 'encoder.layers.0';
    expect(part(`${first}.selfAttention.omega`)).toEqual(['scale', 'encoder', 'selfAttention']);
    expect(part(`${first}.selfAttention.after.gain`)).toEqual(['norm', 'encoder', 'selfAttention']);
    expect(part(`${first}.selfAttention.branch.queryKeyValue.weight`)).toEqual([
      ...['matrix', 'encoder', 'selfAttention'],
      [8, 4, 4],
    ]);
    expect(part(`${first}.selfAttention.branch.queryKeyValue.bias`)).toEqual([
      'bias',
      'encoder',
      'selfAttention',
    ]);
    expect(part(`${first}.feedForward.branch.inner.weight`)).toEqual([
      'matrix',
      'encoder',
      'feedForward',
      [12, 12],
    ]);
    expect(part(`${first}.feedForward.branch.outer.weight`)).toEqual([
      'matrix',
      'encoder',
      'feedForward',
      [8],
    ]);
    expect(part('decoder.layers.1.crossAttention.branch.keyValue.weight')).toEqual([
      ...['matrix', 'decoder', 'crossAttention'],
      [4, 4],
    ]);
    model.dispose();
  });

  it('takes scales, inner norms, relative tables, final norms and models of any stacks', () => {
    const own = languageModel({
      ...{
        ...sizes,
        method: preLN(),
        attentionPositions: { kind: 'relative', buckets: 4, maxDistance: 4 },
      },
    });
    const roles = (path: string): string | undefined =>
      modelSites(own).find(({ named }) => named.path === path)?.site.role;
    expect(roles('decoder.finalNorm.gain')).toBe('norm');
    expect(roles('decoder.layers.0.selfAttention.branch.relativeTable')).toBe('other');
    own.dispose();
    const several = modelOf(twoEncoders);
    const sites = modelSites(several);
    expect(sites.length).toBe(several.parameters().length);
    expect(sites.find(({ named }) => named.path === 'words.table')?.method.name).toBe('admin');
    expect(sites.find(({ named }) => named.path === 'pixels.table')?.site.stack.stack).toBe('image');
    several.dispose();
  });

  it('knows nothing of a module without stacks', () => {
    const linear = new Linear({ inputs: 2, outputs: 2 }, {}, randomStream(1));
    expect(modelSites(linear)).toEqual([]);
    linear.dispose();
  });
});

describe('methodTraining', () => {
  it('gives the very groups back where no method says anything', () => {
    const model = transformer({ ...sizes, method: postLN() }, 1);
    const groups = [{ parameters: select(model, 'encoder'), rateFactor: 2 }];
    const made = methodTraining(model, adam(), groups);
    expect(made.groups).toBe(groups);
    expect(made.projections).toEqual([]);
    model.dispose();
  });

  it("multiplies what the rule says, and what the user's groups say, with no parameter in two", () => {
    const model = transformer({ ...sizes, method: halved }, 1);
    const rule = adam({ weightDecay: 0.1, epsilon: 1e-6 });
    const groups = [
      { name: 'slow', parameters: select(model, 'encoder.layers.0'), rateFactor: 0.1, weightDecay: 0.2 },
      { parameters: select(model, 'encoder.layers.1'), frozen: true },
      { parameters: select(model, 'decoder.layers.0.*.branch.*.weight'), epsilon: 1e-3 },
    ];
    const optimizer = new Optimizer(model.parameters(), rule, methodTraining(model, rule, groups));
    const treatmentOf = (path: string) =>
      optimizer.treated.find(({ parameters }) => parameters.some((named) => named.path === path))
        ?.treatment ?? {};
    const close = (path: string, expected: Record<string, number | boolean>): void => {
      const found = treatmentOf(path) as Record<string, number | boolean>;
      expect(Object.keys(found).sort(), path).toEqual(Object.keys(expected).sort());
      for (const [key, value] of Object.entries(expected)) {
        if (typeof value === 'number') expect(found[key], `${path} ${key}`).toBeCloseTo(value, 9);
      }
    };
    close('encoder.layers.0.feedForward.branch.inner.weight', {
      rateFactor: 0.05,
      epsilon: 2e-6,
      weightDecay: 0.6,
    });
    close('encoder.layers.0.feedForward.branch.inner.bias', { rateFactor: 0.1, weightDecay: 0.2 });
    close('encoder.layers.1.feedForward.branch.inner.weight', { frozen: true });
    close('decoder.layers.0.feedForward.branch.inner.weight', {
      rateFactor: 0.5,
      epsilon: 2e-3,
      weightDecay: 0.3,
    });
    close('decoder.layers.1.feedForward.branch.inner.weight', {
      rateFactor: 0.5,
      epsilon: 2e-6,
      weightDecay: 0.3,
    });
    close('decoder.layers.1.feedForward.branch.inner.bias', { weightDecay: 0 });
    optimizer.dispose();
    model.dispose();
  });

  it('leaves wrong groups to the optimizer to refuse', () => {
    const model = transformer({ ...sizes, method: halved }, 1);
    const all = model.parameters();
    const optimize = (groups: unknown) => () =>
      new Optimizer(all, adam(), methodTraining(model, adam(), groups as never));
    expect(optimize([{ parameters: all }, { name: 'again', parameters: select(model, 'encoder') }])).toThrow(
      "is in two groups, groups[0] and 'again'",
    );
    expect(optimize([{ rateFactor: 2 }])).toThrow('groups[0]: missing parameters');
    expect(optimize(7)).toThrow('methodTraining() groups: received 7, allowed a list of groups');
    expect(() => methodTraining({} as never, adam())).toThrow('methodTraining() model: received {}');
    expect(() => methodTraining(model, 'adam' as never)).toThrow("methodTraining() rule: received 'adam'");
    model.dispose();
  });

  it('names the method that says what cannot be', () => {
    const with_ = (own: Partial<ResidualMethod>): (() => unknown) => {
      const model = transformer({ ...sizes, method: { ...preLN(), name: 'mine', ...own } }, 1);
      return () => methodTraining(model, adam());
    };
    expect(with_({ training: () => ({ rateFactor: 0 }) })).toThrow(
      "by the method 'mine'.rateFactor: received 0",
    );
    expect(with_({ training: () => ({ rate: 2 }) as never })).toThrow("unknown option 'rate'");
    expect(with_({ projection: () => (() => 1) as never })).toThrow(
      "by the method 'mine': received the function , allowed { name, project(value) }",
    );
  });
});

describe('the sites that a method sees', () => {
  it('hold the width, the depth of the stack and the shape', () => {
    const seen: TrainingSite[] = [];
    const method: ResidualMethod = {
      ...preLN(),
      training: (site) => {
        seen.push(site);
        return {};
      },
    };
    const model = languageModel({ ...sizes, method });
    methodTraining(model, adam());
    const [site] = seen.filter(({ path }) => path === 'branch.outer.weight');
    expect(site).toMatchObject({
      shape: [12, 8],
      width: 8,
      stack: { stack: 'decoder', depth: 2 },
      place: { block: 0 },
    });
    expect(seen.length).toBe(model.parameters().length);
    model.dispose();
  });
});
