/** Where a text begins and ends without the given characters around it; both its length where it is nothing else. */
const innerRange = (text: string, outer: string): readonly [number, number] => {
  let start = 0;
  while (start < text.length && outer.includes(text[start]!)) start++;
  let end = text.length;
  while (end > start && outer.includes(text[end - 1]!)) end--;
  return [start, end];
};

/** What subword-nmt takes off a line's ends. */
const LINE_ENDS = '\r\n ';

/** A line without spaces and line ends around it. In linear time, which a pattern for spaces at an end is not. */
export const innerText = (line: string): string => line.slice(...innerRange(line, LINE_ENDS));

/** A line with what `change` makes of its inner text, and the spaces and line ends around it as they are. */
export const changeInner = (line: string, change: (inner: string) => string): string => {
  const [start, end] = innerRange(line, LINE_ENDS);
  return line.slice(0, start) + change(line.slice(start, end)) + line.slice(end);
};
