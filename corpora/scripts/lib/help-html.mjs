// Reads the paragraphs and headings of one LibreOffice help page, keyed by element id.

const ENTITIES = new Map([
  ['amp', '&'],
  ['lt', '<'],
  ['gt', '>'],
  ['quot', '"'],
  ['apos', "'"],
  ['nbsp', ' '],
]);

/** @param {string} text */
const decode = (text) =>
  text.replace(/&(#x[0-9a-f]+|#\d+|\w+);/giu, (whole, name) => {
    if (/^#x/iu.test(name)) return String.fromCodePoint(Number.parseInt(name.slice(2), 16));
    if (name.startsWith('#')) return String.fromCodePoint(Number(name.slice(1)));
    return ENTITIES.get(name.toLowerCase()) ?? whole;
  });

const BLOCK = /<(p|h[1-6]) id="((?:par|hd)_id[^"]*)"([^>]*)>(.*?)<\/\1>/gsu;
const VOID = new Set(['br', 'img', 'meta', 'input', 'link', 'hr']);

/**
 * The visible text of a block. A switch (`switchinline`) holds one variant a system or program: only the one
 * marked default stays; hidden MAC, WRITER, CALC ... variants go. Null where a switch has no default.
 * @param {string} html
 * @returns {string | null}
 */
const visibleText = (html) => {
  let text = '';
  let hidden = 0;
  let depth = 0;
  let switches = 0;
  let defaults = 0;
  for (const [token] of html.matchAll(/<[^>]*>|[^<]+/gsu)) {
    if (!token.startsWith('<')) {
      if (!hidden) text += decode(token);
      continue;
    }
    const tag = (/^<\/?([a-z0-9]+)/iu.exec(token)?.[1] ?? '').toLowerCase();
    if (tag === 'br') text += ' ';
    if (VOID.has(tag)) continue;
    if (token.startsWith('</')) {
      if (depth === hidden) hidden = 0;
      depth--;
      continue;
    }
    depth++;
    if (/class="switchinline"/u.test(token)) switches++;
    if (/hidden="true"/u.test(token)) {
      if (/id="default/u.test(token)) defaults++;
      else if (!hidden) hidden = depth;
    }
  }
  return switches === defaults ? text : null;
};

/** @param {string} html @returns {Map<string, string>} id -> text */
export const readBlocks = (html) => {
  const blocks = new Map();
  for (const [, , id, attributes, body] of html.matchAll(BLOCK)) {
    if (blocks.has(id) || /class="[^"]*code/u.test(attributes ?? '')) continue;
    const text = visibleText(body ?? '');
    if (id && text) blocks.set(id, text);
  }
  return blocks;
};
