import { SteadyformerError } from '../checks/errors';

/** The error of a file that is not what the format asks for. */
export const broken = (why: string): SteadyformerError =>
  new SteadyformerError(
    `not a readable safetensors file: ${why}. The file may be cut off or damaged; get it anew.`,
  );
