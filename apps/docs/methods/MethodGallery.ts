import { withBase } from 'vitepress';
import { type FunctionalComponent, h, type VNode } from 'vue';
import { BRANCHES } from './branches';
import { data, type MethodFacts } from './methods.data';

const card = ({ name, title, joins, growth, doc, lines }: MethodFacts): VNode =>
  h('article', { key: name }, [
    h('header', [
      h('h2', { id: name }, h('a', { href: withBase(`/methods/${name}`) }, title)),
      ...(growth ? [h('span', { class: 'growth' }, growth.notation)] : []),
    ]),
    ...joins.map(({ of, formula, svg }) =>
      h('figure', { class: 'method-join', key: of }, [
        h('div', { innerHTML: svg }),
        h('figcaption', [...(of ? [h('span', of), ' '] : []), h('code', formula)]),
      ]),
    ),
    h('footer', [h('span', doc.sources[0]?.title.split(', ')[0]), h('span', `${lines} lines of code`)]),
  ]);

/** A card for every method of the code's table. */
export const MethodGallery: FunctionalComponent = () => h('div', { class: 'method-gallery' }, data.map(card));

const cells = (tag: 'th' | 'td', texts: readonly (string | VNode)[]): VNode[] =>
  texts.map((text) => h(tag, text));

const number = (x: number): string => (x === 0 ? '0' : x.toExponential(1));

/** What the same random step does to encoders of every method whose branches have a closed form. */
export const ChangeTable: FunctionalComponent = () => {
  const rows = data.flatMap(({ name, title, growth }) => (growth ? [{ name, title, growth }] : []));
  return h('table', { class: 'change-table' }, [
    h('thead', h('tr', cells('th', ['method', 'grows as', ...BRANCHES.map((n) => `N = ${n}`)]))),
    h(
      'tbody',
      rows.map(({ name, title, growth }) =>
        h('tr', { key: name }, [
          ...cells('td', [h('a', { href: withBase(`/methods/${name}`) }, title), growth.notation]),
          ...growth.changes.map((change) => h('td', { style: 'text-align: right' }, number(change))),
        ]),
      ),
    ),
  ]);
};
