import { readFile } from 'node:fs/promises';

interface Status {
  readonly state: string;
  /** In ticks since the system's start; '0' where the system does not say. */
  readonly start: string;
}

const statusOf = async (pid: number): Promise<Status> => {
  const text = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => '');
  // The name before it, in parentheses, may hold spaces and parentheses.
  const fields = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state: fields[0] ?? '', start: fields[19] ?? '0' };
};

/** When a process began, in the system's count; '0' where the system does not say. */
export const startOf = async (pid: number): Promise<string> => (await statusOf(pid)).start;

/** Whether the process of this number that began then still runs: a number may belong to another one later. */
export const runs = async (pid: number, start: string): Promise<boolean> => {
  try {
    process.kill(pid, 0);
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
  const now = await statusOf(pid);
  // A killed process that its parent has not asked for yet is a zombie.
  if (now.state === 'Z' || now.state === 'X') return false;
  return start === '0' || now.start === start;
};
