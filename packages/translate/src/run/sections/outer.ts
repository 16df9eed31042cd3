import { whole } from '@steadyformer/core';
import { type OuterSettings, outerFields } from '../../training/outerSettings';
import { key, type Section, section } from '../section';

/** Outer steps; `every` is 0 where workers add up the gradients of every update. */
export type OuterConfig = OuterSettings;

export const outerSection = (): Section<OuterConfig> => {
  const { rate, momentum, precision, delay } = outerFields();
  return section(
    'Outer steps (DiLoCo), between workers that are joined by slow links: each makes updates of its own, and now and then they take a step together.',
    {
      every: key(
        'Updates from one outer step to the next, such as 50; 0 for gradients that are added up over all workers at every update. Validations, checkpoints and the last update are at multiples of it.',
        whole(0),
        0,
      ),
      rate: key('The outer learning rate; 1 with a momentum of 0 takes the mean of the weights.', rate, 0.7),
      momentum: key("Nesterov's, of outer steps.", momentum, 0.9),
      precision: key(
        "In what numbers changes are sent: 'float32', or 'int8', a quarter of the bytes; what rounding loses is sent with the next change.",
        precision,
        'float32',
      ),
      delay: key(
        'Updates that a worker goes on making while changes are on their way; 0: it waits. Less than every.',
        delay,
        0,
      ),
    },
  );
};
