import { MpiError } from '../checks/errors';
import type { Team } from './exchange';
import type { Kind, Numbers, Operation } from './kinds';
import type { Stretch } from './stretches';

/** Pieces that are being received at once. */
const DEPTH = 4;
/** Numbers of a piece: small enough to be added up while it lies in a core's cache. */
const MOST = 2 ** 16;
const LEAST = 2 ** 12;
/** Numbers that a rank receives at once, over all others and pieces. */
const IN_FLIGHT = 2 ** 20;
/** Every MPI has as many tags (MPI 4.0, section 9.1.2). */
const TAGS = 2 ** 15;

/** A part of a rank's stretch that is one message. */
interface Piece extends Stretch {
  /** The rank that reduces it. */
  readonly of: number;
  /** Which of that rank's it is. */
  readonly number: number;
  /** Numbers that this rank has not computed yet. */
  missing: number;
}

/** What has come of a piece, or is coming: from each other rank. */
interface Arrival {
  readonly piece: Piece;
  readonly parts: readonly Numbers[];
  readonly arrived: () => boolean;
}

const piecesOf = (stretches: readonly Stretch[], most: number): Piece[] =>
  stretches.flatMap(({ from, to }, of) =>
    Array.from({ length: Math.ceil((to - from) / most) }, (_, number) => {
      const start = from + number * most;
      const end = Math.min(to, start + most);
      return { of, number, from: start, to: end, missing: end - start };
    }),
  );

/**
 * Reduces every rank's stretch over all ranks, in its place in that rank's array; the rest stays as it is. Every rank sends each
 * other its part directly, piece by piece as soon as it has computed one, and adds up in the order of the ranks: any library comes
 * to the same bits, in whatever order pieces come to be ready. (The non-blocking all-reduce of Open MPI takes about twice as long
 * between ranks of one machine.)
 */
export class StretchReduction {
  private readonly pieces: readonly Piece[];
  private readonly others: readonly number[];
  private readonly width: number;
  /** Memory that nothing is being received in: a list for a piece, a part for each other rank. */
  private readonly free: Numbers[][];
  /** Own pieces that are ready, and of which the others' parts are not asked for yet. */
  private readonly waiting: Piece[] = [];
  private readonly coming: Arrival[] = [];
  private readonly sent: (() => boolean)[] = [];
  /** Pieces that are not ready, or own and not reduced. */
  private left: number;

  constructor(
    private readonly team: Team,
    private readonly array: Numbers,
    stretches: readonly Stretch[],
    private readonly kind: Kind,
    private readonly operation: Operation,
  ) {
    const { rank, size } = team;
    const share = 2 ** Math.floor(Math.log2(IN_FLIGHT / (DEPTH * Math.max(1, size - 1))));
    const most = Math.min(MOST, Math.max(LEAST, share));
    this.pieces = piecesOf(stretches, most);
    this.left = this.pieces.length;
    this.others = stretches.flatMap((_, of) => (of === rank ? [] : [of]));
    const own = this.pieces.filter(({ of }) => of === rank);
    this.width = Math.max(0, ...own.slice(0, 1).map(({ from, to }) => to - from));
    const Kind = array.constructor as new (length: number) => Numbers;
    this.free = Array.from({ length: Math.min(DEPTH, own.length) }, () =>
      this.others.map(() => new Kind(this.width)),
    );
  }

  /**
   * Elements of the own array have their values: from `from` up to, not including, `to`.
   *
   * @throws MpiError on what is no part of the array and, where it can be told, on what was ready before
   */
  ready(from: number, to: number): void {
    const { length } = this.array;
    const sound = [from, to].every(Number.isInteger) && from >= 0 && from <= to && to <= length;
    if (!sound) {
      throw new MpiError(
        `reduceScatter() ready: received ${from} to ${to}, allowed whole numbers from 0 to ${length}, in order`,
      );
    }
    for (let i = this.firstFrom(from); i < this.pieces.length && this.pieces[i]!.from < to; i++) {
      const piece = this.pieces[i]!;
      const more = Math.min(to, piece.to) - Math.max(from, piece.from);
      if (more > piece.missing) {
        throw new MpiError(
          `reduceScatter() ready: received ${from} to ${to}, of which some was ready before`,
        );
      }
      piece.missing -= more;
      if (more > 0 && piece.missing === 0) this.begin(piece);
    }
  }

  /** All that was not is ready now. */
  finish(): void {
    // Gradients come from the last weights to the first: those who wait for them ask for the last first.
    for (const piece of this.pieces.toReversed()) {
      if (piece.missing === 0) continue;
      piece.missing = 0;
      this.begin(piece);
    }
  }

  /** Goes on with what has come. Says whether all has ended. */
  go(): boolean {
    this.receive();
    while (this.coming[0]?.arrived()) {
      const { piece, parts } = this.coming.shift()!;
      this.addUp(piece, parts);
      this.free.push(parts as Numbers[]);
      this.left -= 1;
      this.receive();
    }
    // Asking for one message moves all of them on.
    while (this.sent[0]?.()) this.sent.shift();
    return this.left === 0 && this.sent.length === 0;
  }

  /** The first piece that ends after an element. */
  private firstFrom(element: number): number {
    let [low, high] = [0, this.pieces.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.pieces[middle]!.to <= element) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  private begin(piece: Piece): void {
    const { requests, rank } = this.team;
    if (piece.of === rank) {
      this.waiting.push(piece);
      return;
    }
    this.left -= 1;
    const message = { to: piece.of, array: this.place(piece), tag: piece.number % TAGS };
    this.sent.push(requests.beginMessages(this.kind, [message]));
  }

  private receive(): void {
    while (this.waiting.length > 0 && this.free.length > 0) {
      const piece = this.waiting.shift()!;
      const parts = this.free.pop()!;
      const length = piece.to - piece.from;
      const arrived = this.team.requests.beginMessages(
        this.kind,
        this.others.map((from, i) => ({
          from,
          array: parts[i]!.subarray(0, length) as Numbers,
          tag: piece.number % TAGS,
        })),
      );
      this.coming.push({ piece, parts, arrived });
    }
  }

  /** In the order of the ranks, of which this one's part lies in its place already. */
  private addUp(piece: Piece, slots: readonly Numbers[]): void {
    const { requests, rank } = this.team;
    const place = this.place(piece);
    const parts = slots.map((slot) => slot.subarray(0, place.length) as Numbers);
    const [first, ...before] = parts.slice(0, rank);
    for (const part of before) requests.reduceLocal(part, first!, this.kind, this.operation);
    for (const part of first ? [first, ...parts.slice(rank)] : parts) {
      requests.reduceLocal(part, place, this.kind, this.operation);
    }
  }

  private place({ from, to }: Stretch): Numbers {
    return this.array.subarray(from, to) as Numbers;
  }
}
