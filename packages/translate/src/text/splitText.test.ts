import { describe, expect, it } from 'vitest';
import { splitText } from './splitText';

const documents = Array.from({ length: 20 }, (_, i) => `document ${String.fromCharCode(97 + i)}`);

describe('splitText', () => {
  it('holds out the end, valid before test', () => {
    expect(splitText(documents, { valid: 3, test: 0.1 })).toEqual({
      train: documents.slice(0, 15),
      valid: documents.slice(15, 18),
      test: documents.slice(18),
      dropped: { valid: 0, test: 0 },
    });
    expect(splitText(documents, { test: 1 }).valid).toEqual([]);
    expect(splitText(documents, {}).train).toEqual(documents);
  });

  it('drops what stands before too, and says how much', () => {
    const text = ['In 1999', 'two', 'in  2024', 'three', 'THREE', 'four', 'in 7', 'three'];
    expect(splitText(text, { valid: 2, test: 4 })).toEqual({
      train: ['In 1999', 'two'],
      valid: ['three'],
      test: ['four'],
      dropped: { valid: 1, test: 3 },
    });
  });

  it('names what cannot be', () => {
    expect(() => splitText(['a', 'b', 'A'], { test: 1 })).toThrow(
      'splitText(): all 1 documents of test stand before it too',
    );
    expect(() => splitText(['a', 'b'], { valid: 1, test: 1 })).toThrow(
      'splitText(): valid (1) and test (1) leave nothing to train on: there are 2 documents. Hold out less',
    );
    expect(() => splitText(['a', 'b'], { valid: -1 })).toThrow(
      'splitText() valid: received -1, allowed whole numbers >= 0, or shares between 0 and 1',
    );
    expect(() => splitText(['a', 'b'], { valid: 1.5 })).toThrow('received 1.5');
    expect(() => splitText(['a', 7 as never], { valid: 1 })).toThrow('received 7, allowed a text');
    expect(() => splitText(documents, { seed: 1 } as never)).toThrow('seed');
  });
});
