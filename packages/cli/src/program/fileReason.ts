const REASONS: Readonly<Record<string, string>> = {
  EACCES: 'its permissions forbid it',
  EEXIST: 'its folder is a file',
  EISDIR: 'it is a folder',
  ELOOP: 'its links lead in a circle',
  ENAMETOOLONG: 'its name is too long',
  ENOENT: 'there is no such file',
  ENOSPC: 'the disk is full',
  ENOTDIR: 'its folder is a file',
  EPERM: 'its permissions forbid it',
  EROFS: 'its disk is read-only',
};

/** Why a file operation failed, in words. */
export const fileReason = (error: unknown): string => {
  const { code = '', message } = error as NodeJS.ErrnoException;
  return Object.hasOwn(REASONS, code) ? REASONS[code]! : message;
};
