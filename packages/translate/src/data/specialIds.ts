import { isRecord, such } from '@steadyformer/core';
import type { GenericSchema } from 'valibot';

/** The ids a batch is built with. A vocabulary has them too. */
export interface SpecialIds {
  readonly pad: number;
  readonly eos: number;
}

const isId = (id: unknown): boolean => Number.isSafeInteger(id) && Number(id) >= 0;

/** Open, so that a vocabulary may be given as it is. */
export const specialIds = (): GenericSchema<SpecialIds> =>
  such('the ids { pad, eos }: two different whole numbers >= 0', (special) => {
    const { pad, eos } = (isRecord(special) ? special : {}) as Partial<SpecialIds>;
    return isId(pad) && isId(eos) && pad !== eos;
  });
