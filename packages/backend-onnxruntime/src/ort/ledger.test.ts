import { describe, expect, it } from 'vitest';
import { SessionLedger } from './ledger';

const HIGH = 0xffff_8000_1234_5678n;

describe('SessionLedger', () => {
  it('gives the sessions of one thread and one library, each once, seen from another thread too', () => {
    const memory = SessionLedger.memory();
    const [one, two] = [new SessionLedger(memory), new SessionLedger(memory)];
    one.add(1, 0x7f00_0000_1000n, 5n);
    one.add(1, HIGH, HIGH);
    two.add(2, 0x7f00_0000_3000n, 5n);
    const gone = one.add(1, 0x7f00_0000_4000n, 5n);
    one.remove(gone);
    expect(two.size).toBe(3);
    expect(two.takeAll(1, 5n)).toEqual([0x7f00_0000_1000n]);
    expect(two.takeAll(1, 5n)).toEqual([]);
    expect(one.takeAll(1, HIGH)).toEqual([HIGH]);
    expect(one.takeAll(2, 5n)).toEqual([0x7f00_0000_3000n]);
    expect(one.size).toBe(0);
  });

  it('says where it is full, and takes entries again once others have gone', () => {
    const ledger = new SessionLedger(SessionLedger.memory());
    let last = 0;
    let count = 0;
    for (let entry = ledger.add(0, 1n, 5n); entry >= 0; entry = ledger.add(0, 1n, 5n)) {
      last = entry;
      count++;
    }
    expect(count).toBe(16384);
    ledger.remove(-1);
    ledger.remove(last);
    expect(ledger.add(3, 9n, 5n)).toBe(last);
    expect(ledger.takeAll(3, 5n)).toEqual([9n]);
  });
});
