/// <reference types="vite/client" />
import { withBase } from 'vitepress';
import { type FunctionalComponent, h, type VNode } from 'vue';
import { data, type ItemSummary } from './results.data';
import { dayOf, durationOf } from './words';

const FIGURES = import.meta.glob<string>('../../../experiments/results/*.svg', {
  eager: true,
  query: '?url',
  import: 'default',
});

const badge = (word: string): VNode => h('span', { class: ['verdict', word.replaceAll(' ', '-')] }, word);

const ours = ({ name, result }: ItemSummary): VNode[] => {
  if (!result) return [h('p', { class: 'meta' }, `Not run yet: npm run experiment -- ${name}`)];
  const { claims, date, seconds, command, commit } = result;
  return [
    h(
      'ul',
      { class: 'claims' },
      claims.map(({ claim, word, found }) =>
        h('li', [badge(word), h('div', [h('strong', claim), h('br'), h('span', { class: 'found' }, found)])]),
      ),
    ),
    h('p', { class: 'meta' }, [
      h('code', command),
      ` ${durationOf(seconds)}, ${dayOf(date)}, commit ${commit}`,
    ]),
  ];
};

const row = (item: ItemSummary): VNode => {
  const { name, paper, states, result } = item;
  const link = withBase(`/results/${name}`);
  const picture = FIGURES[`../../../experiments/results/${name}.svg`];
  return h('article', { key: name }, [
    h('header', [h('h2', { id: name }, h('a', { href: link }, paper)), badge(result?.word ?? 'not run yet')]),
    h('div', { class: 'paper' }, [
      h('h3', 'The paper'),
      h('p', `${states}.`),
      ...(result && picture
        ? [
            h(
              'a',
              { href: link, class: 'result-figure small' },
              h('img', { src: picture, loading: 'lazy', alt: `Plot of our measurements for ${paper}` }),
            ),
          ]
        : []),
    ]),
    h('div', { class: 'ours' }, [h('h3', 'Ours'), ...ours(item)]),
  ]);
};

/** Every item of the experiments: what the paper says beside what came out here. */
export const ResultsList: FunctionalComponent = () => h('div', { class: 'results-list' }, data.map(row));

/** How many items have which verdict. */
export const Verdicts: FunctionalComponent = () => {
  const count = (word: string): number =>
    data.filter(({ result }) => (result?.word ?? 'not run yet') === word).length;
  return h(
    'p',
    { class: 'verdicts' },
    ['agrees', 'disagrees', 'cannot tell', 'not run yet'].map((word) => [badge(word), ` ${count(word)} `]),
  );
};
