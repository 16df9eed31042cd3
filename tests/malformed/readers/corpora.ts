/** The lines of UTF-8 text: ended by \n or \r\n, a byte-order mark skipped. */
export const linesOf = (bytes: Uint8Array): string[] | 'malformed' => {
  try {
    // Without `ignoreBOM` the decoder skips the mark.
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes);
    const lines = text.split('\n').map((line) => line.replace(/\r$/, ''));
    if (text === '' || text.endsWith('\n')) lines.pop();
    return lines;
  } catch {
    return 'malformed';
  }
};
