/** How machines are joined. */
export interface Link {
  /** Bytes a second, in each direction at once. */
  readonly bandwidth: number;
  /** Seconds from one machine to another, of the smallest message. */
  readonly latency: number;
}

/** What ranks speak over: MPI's collectives, or HTTP with rank 0 in the middle. */
export type Over = 'mpi' | 'http';

/** How often and in what ranks exchange what they have learned. */
export interface Exchange {
  /** Parameters that are trained. */
  readonly trained: number;
  readonly ranks: number;
  readonly over: Over;
  /** Updates from one outer step to the next; 0 where gradients are added up at every update. */
  readonly every: number;
  /** Of outer steps: float32, or int8 with a scale of 4 bytes for 256 numbers. */
  readonly precision: 'float32' | 'int8';
}

/** Bytes that cross the link of the busiest rank in one exchange, and messages that wait for one another. */
export interface Traffic {
  readonly sent: number;
  readonly received: number;
  /** Bytes that it goes through in memory. */
  readonly moved: number;
  readonly messages: number;
}

const FLOAT = 4;
const INT8 = 1 + 4 / 256;

/** Small calls of an update beside its arrays: each takes log2 n messages that wait for one another. */
const CALLS = 3;

/**
 * One exchange between n ranks of P numbers. Added up over MPI: a reduce-scatter and an all-gather, in which every rank sends each
 * other its part: 2 (n - 1) / n of the bytes each way, which is the least there is (Thakur, Rabenseifner and Gropp 2005, section
 * 4.5). In int8 sums would overflow, and each rank sends its own to all. Over HTTP rank 0 stands between: of sums it takes all that
 * the others have and sends each its part, then takes their parts and sends each the others'; the means of outer steps it sends whole.
 */
export const trafficOf = ({ trained, ranks, over, every, precision }: Exchange): Traffic => {
  const others = ranks - 1;
  if (others === 0) return { sent: 0, received: 0, moved: 0, messages: 0 };
  const rounds = Math.ceil(Math.log2(ranks));
  const gathered = precision === 'int8';
  const bytes = (gathered ? INT8 : FLOAT) * trained;
  if (over === 'http') {
    const sent = others * bytes * (gathered ? others : 1);
    const received = others * bytes * (every === 0 ? 1 + 1 / ranks : 1);
    return { sent, received, moved: sent + received, messages: every === 0 ? 4 : 2 };
  }
  if (gathered) {
    return { sent: bytes, received: others * bytes, moved: ranks * bytes, messages: ranks * rounds };
  }
  const each = (2 * others * bytes) / ranks;
  return { sent: each, received: each, moved: each, messages: 2 + CALLS * rounds };
};

/**
 * Seconds of one exchange: messages that wait, bytes over the link, and bytes through memory. What is sent and what is received
 * cross the link at once over MPI; over HTTP the sum is sent once all has been received.
 *
 * @param memory bytes a second at which a rank adds up what is there already: that of an all-reduce within one machine
 */
export const exchangeSeconds = (exchange: Exchange, { bandwidth, latency }: Link, memory: number): number => {
  const { sent, received, moved, messages } = trafficOf(exchange);
  const crossing = exchange.over === 'http' ? sent + received : Math.max(sent, received);
  return messages * latency + crossing / bandwidth + moved / memory;
};
