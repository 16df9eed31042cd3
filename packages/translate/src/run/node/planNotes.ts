import type { RunConfig } from '../runConfig';
import type { RunPlan } from '../runPlan';

/** What a reader has to know beside a plan's numbers. */
export const planNotes = (
  { replicas, training, average }: RunConfig,
  { measured, training: { updates, epochs, rates } }: Omit<RunPlan, 'notes'>,
): string[] => {
  const notes: string[] = [];
  if (!measured) {
    notes.push(
      'No data was read: nothing was counted, profiled or measured, and a vocabulary of the size given was assumed.',
    );
    if (training.epochs !== undefined) {
      notes.push(`The run ends after ${training.epochs} epochs where these have fewer updates.`);
    }
  }
  if (epochs !== undefined && updates < training.updates) {
    notes.push(`training.epochs ends the run before its ${training.updates} updates.`);
  }
  const [first] = rates;
  const last = rates.at(-1)!;
  if (updates > 1 && rates.every(({ rate }) => rate <= last.rate) && first!.rate < last.rate) {
    notes.push('The learning rate still rises at the end: the warm-up is longer than the run.');
  }
  if (measured && replicas === 'auto') {
    notes.push(
      "replicas is 'auto': this was measured with 1; the run tries at its beginning whether more are faster.",
    );
  }
  if (measured && training.accumulate > 1) {
    notes.push(
      `An update accumulates ${training.accumulate} batches: one was measured, and its time taken so many times.`,
    );
  }
  const wrong = measured?.updates.findIndex(
    ({ loss, gradientNorm }) => loss === null || gradientNorm === null,
  );
  if (wrong !== undefined && wrong >= 0) {
    notes.push(
      `The loss or the gradient of update ${wrong + 1} is not finite: the run would end there. ` +
        'Lower optimizer.peak, lengthen the warm-up, or choose another model.method.',
    );
  }
  if (average.last > 0) {
    notes.push(`The model is the mean of the last ${average.last} checkpoints.`);
  }
  return notes;
};
