import type { ManyStreams, SecondStream, StreamPart } from './streamWiring';
import { arrow, circle, HIGH, LOW, sum, TOP, text, WIDTH, wire, X } from './svg';

/** Where the second stream takes in the branch. */
const SUM = X.sum + 18;
/** Where the branch takes in the second stream. */
const READ = { x: X.fork, y: 78 };

/** Where the branch hands on, and where it is shown what was. */
const HANDED = { from: X.branch + 12, to: X.branch - 12, y: LOW - 15 };

const second = ({ from, read, shown, written, joins, goesOn }: SecondStream): string => {
  const begins = {
    itself: `M${X.start} ${HIGH}H`,
    first: `M${X.fork} ${TOP}V${HIGH + 10}Q${X.fork} ${HIGH} ${X.fork + 10} ${HIGH}H`,
    branch: `M${SUM} ${HIGH}H`,
    handed: `M${HANDED.from} ${HANDED.y}V${HIGH + 10}Q${HANDED.from} ${HIGH} ${HANDED.from + 10} ${HIGH}H`,
  }[from];
  const end = goesOn ? WIDTH - 18 : X.sum - 12;
  const down = `Q${X.sum} ${HIGH} ${X.sum} ${HIGH + 12}V${TOP - 10}`;
  return [
    '<g class="stream">',
    wire(`${begins}${end}${goesOn ? '' : down}`),
    goesOn && joins ? wire(`M${X.sum - 12} ${HIGH}${down}`) : '',
    read ? wire(`M${X.start + 6} ${HIGH}V${READ.y}H${READ.x - 10}`) : '',
    read ? sum(READ.x, READ.y) : '',
    shown ? wire(`M${HANDED.to} ${HIGH}V${HANDED.y}`) : '',
    written
      ? wire(
          `M${X.sum - 10} ${LOW}H${SUM - 10}Q${SUM} ${LOW} ${SUM} ${LOW - 10}V${HIGH + (from === 'branch' ? 0 : 10)}`,
        )
      : '',
    written && from !== 'branch' ? sum(SUM, HIGH) : '',
    goesOn ? arrow(HIGH) : '',
    from === 'itself' ? text(12, HIGH, 'x₂', 'class="symbol"') : '',
    goesOn ? text(WIDTH - 8, HIGH, "x₂'", 'class="symbol"') : '',
    '</g>',
  ].join('');
};

/** The stream of the picture stands for all: a where the branch reads, B on the way, c where the branch is added. */
const many = ({ weights, gives }: ManyStreams): string => {
  const of = (symbol: string): string =>
    `scale ${gives.includes(symbol) && weights !== 'fixed' ? 'trained' : 'constant'}`;
  return [
    '<g class="stream">',
    wire(`M${X.start} ${TOP - 4}H${X.sum - 10}M${X.start} ${TOP + 4}H${X.sum - 10}`),
    '</g>',
    circle(of('a'), X.fork, 74, 'a', 11),
    circle(of('B'), X.branch, TOP, 'B'),
    circle(of('c'), X.sum, 80, 'c', 11),
  ].join('');
};

export const drawStreams = (part: StreamPart): string => (part.kind === 'second' ? second(part) : many(part));
