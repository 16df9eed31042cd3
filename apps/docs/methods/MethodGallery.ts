import { withBase } from 'vitepress';
import { type FunctionalComponent, h, type VNode } from 'vue';
import { data, type MethodFacts } from './methods.data';

const card = ({ name, title, joins, growth, doc, lines }: MethodFacts): VNode =>
  h('article', { key: name }, [
    h('header', [
      h('h3', { id: name }, h('a', { href: withBase(`/methods/${name}`) }, title)),
      h('span', { class: 'growth' }, growth.notation),
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
