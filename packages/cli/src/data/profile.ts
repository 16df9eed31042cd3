import { profileRun } from '@steadyformer/translate/node';
import { loadConfig } from '../config/loadConfig';
import { checkNewFile, writeNewFile } from '../output/newOutput';
import { screenOn, showStage } from '../output/screen';
import { format, table } from '../output/table';
import type { Streams } from '../program/streams';

export interface ProfileCommand {
  readonly set: readonly string[];
  readonly out: string;
  readonly force?: boolean;
  readonly json?: boolean;
}

/** Measures what a run would set omega to, and writes the profile. */
export const runProfile = async (path: string, options: ProfileCommand, streams: Streams): Promise<void> => {
  const { set, out, json = false } = options;
  await checkNewFile(out, options);
  const config = await loadConfig(path, { set });
  const screen = screenOn(streams, json);
  try {
    const profile = await profileRun(config, { onProgress: showStage(screen) });
    await writeNewFile(out, `${JSON.stringify(profile, null, 2)}\n`);
    if (json) streams.out(`${JSON.stringify(profile)}\n`);
    const rows = Object.values(profile.stacks).flatMap((branches) =>
      branches.map(({ path: at, inputVariance, branchVariance, omega }) => [
        at,
        format(inputVariance),
        format(branchVariance),
        format(omega),
      ]),
    );
    screen.line(table(['sub-layer', 'Var[x]', 'Var[f(x)]', 'omega'], rows));
    screen.line(`wrote ${out}`);
  } finally {
    screen.close();
  }
};
