/** A compiled gettext catalogue of messages, little- or big-endian, as `msgfmt` lays it out. */
export const compiled = (messages: readonly (readonly [string, string])[], little = true): Uint8Array => {
  const encoder = new TextEncoder();
  const sides = [0, 1].map((side) => messages.map((message) => encoder.encode(message[side]!)));
  const tables = 28;
  const texts = tables + 2 * 8 * messages.length;
  const length = sides.flat().reduce((sum, text) => sum + text.length + 1, texts);
  const bytes = new Uint8Array(length);
  const view = new DataView(bytes.buffer);
  const put = (at: number, value: number): void => view.setUint32(at, value, little);
  put(0, 0x950412de);
  put(8, messages.length);
  put(12, tables);
  put(16, tables + 8 * messages.length);
  let at = texts;
  for (const [side, all] of sides.entries()) {
    for (const [i, text] of all.entries()) {
      const entry = tables + 8 * (side * messages.length + i);
      put(entry, text.length);
      put(entry + 4, at);
      bytes.set(text, at);
      at += text.length + 1;
    }
  }
  return bytes;
};
