/**
 * What items become, in their order, several at work at a time. An item is read while there is room for it, and given out as
 * soon as it and all before it are there: nobody waits for a further item.
 *
 * @param most how many may be at work by now
 * @throws what the work on an item throws, once all before it are given out
 */
export async function* inOrder<Item, Result>(
  items: AsyncIterable<Item>,
  work: (item: Item) => Promise<Result>,
  most: () => number,
): AsyncGenerator<Result> {
  const iterator = items[Symbol.asyncIterator]();
  const running: Promise<Result>[] = [];
  let next: Promise<IteratorResult<Item>> | undefined;
  let ended = false;
  try {
    while (!ended || running.length > 0) {
      const room = !ended && running.length < most();
      if (room) next ??= iterator.next();
      const [oldest] = running;
      const read = room ? next!.then((item) => ({ item })) : undefined;
      const event = await Promise.race([
        ...(oldest ? [oldest.then((result) => ({ result }))] : []),
        ...(read ? [read] : []),
      ]);
      if ('result' in event) {
        running.shift();
        yield event.result;
        continue;
      }
      next = undefined;
      if (event.item.done) ended = true;
      else {
        const begun = work(event.item.value);
        // It is told of in its turn.
        begun.catch(() => {});
        running.push(begun);
      }
    }
  } finally {
    // One that waits for an item never comes back: it is not waited for.
    const closed = iterator.return?.();
    next?.catch(() => {});
    if (next === undefined) await closed;
    else closed?.catch(() => {});
  }
}
