import type { Growth } from '@steadyformer/analysis';
import type { Theory } from './lab/theory';
import { type Choice, type MethodName, SIDES, type Side } from './methods';
import type { Reply, Request } from './protocol';

export interface Ears {
  readonly onTheory: (side: Side, theory: Theory) => void;
  readonly onGrowth: (method: MethodName, growth: Growth) => void;
}

/**
 * Asks a worker for theory, one question at a time: while a slider is drawn, what has been overtaken is not asked. Growth
 * takes longer and comes last.
 */
export class TheoryDesk {
  private readonly send: (request: Request) => void;
  private readonly ears: Ears;
  private readonly choices = new Map<Side, Choice>();
  private readonly answered = new Map<Side, Choice>();
  private readonly growths = new Set<MethodName>();
  private asked: { readonly id: number; readonly side?: Side; readonly choice?: Choice } | undefined;
  private id = 0;

  constructor(send: (request: Request) => void, ears: Ears) {
    this.send = send;
    this.ears = ears;
  }

  /** What is wanted now. */
  ask(side: Side, choice: Choice): void {
    this.choices.set(side, choice);
    this.next();
  }

  hear(reply: Reply): void {
    if (reply.id !== this.asked?.id) return;
    const { side, choice } = this.asked;
    this.asked = undefined;
    if (reply.kind === 'theory' && side && choice) {
      this.answered.set(side, choice);
      if (this.choices.get(side) === choice) this.ears.onTheory(side, reply.theory);
    }
    if (reply.kind === 'growth') {
      this.growths.add(reply.method);
      this.ears.onGrowth(reply.method, reply.growth);
    }
    if (reply.kind !== 'failed') this.next();
  }

  private next(): void {
    if (this.asked) return;
    const id = ++this.id;
    for (const side of SIDES) {
      const choice = this.choices.get(side);
      if (choice === undefined || this.answered.get(side) === choice) continue;
      this.asked = { id, side, choice };
      this.send({ kind: 'theory', id, choice });
      return;
    }
    for (const { method } of this.choices.values()) {
      if (this.growths.has(method)) continue;
      this.asked = { id };
      this.send({ kind: 'growth', id, method });
      return;
    }
  }
}
