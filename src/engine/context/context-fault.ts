/** Why something of a context cannot be sent, in words a person can act on. */
import { EngineError, type ErrorCode } from '../errors.ts';
import { line } from '../text.ts';

/** A path from outside, fit for a message. */
export function shown(path: string | Buffer): string {
  const text = line(path.toString());
  return text.length > 200 ? `${text.slice(0, 100)}…${text.slice(-99)}` : text;
}

const LEAVE_OUT = 'or name it in .dockerignore to leave it out.';

const FAULTS: Readonly<Record<string, readonly [ErrorCode, why: string, hint: string]>> = {
  EACCES: ['permission', 'permission denied', `Let your user read it, ${LEAVE_OUT}`],
  EPERM: ['permission', 'operation not permitted', `Let your user read it, ${LEAVE_OUT}`],
  EIO: ['corrupt', 'the disk reported an error', `Check the disk, ${LEAVE_OUT}`],
  ESTALE: ['corrupt', 'its file server no longer knows it', `Try again, ${LEAVE_OUT}`],
  ENAMETOOLONG: ['bad-input', 'its path is too long', `Move it nearer to the context's folder, ${LEAVE_OUT}`],
  EMFILE: [
    'engine',
    'too many files are open',
    'Close other programs, or raise the limit (ulimit -n), and try again.',
  ],
  ENFILE: ['engine', 'too many files are open', 'Close other programs, and try again.'],
};

/** A file or folder that cannot be read; `path` as a person knows it. */
export function unreadable(thrown: unknown, path: string | Buffer): unknown {
  if (thrown instanceof EngineError) return thrown;
  const known = FAULTS[codeOf(thrown)];
  if (known === undefined) return thrown;
  const [code, why, hint] = known;
  return new EngineError({
    code,
    message: `cannot send ${shown(path)}: ${why}`,
    hint,
    retryable: codeOf(thrown) === 'EMFILE' || codeOf(thrown) === 'ENFILE',
    cause: thrown,
  });
}

/** A tar tells a file's size before its bytes. */
export function resized(path: string | Buffer, how: 'grew' | 'shrank'): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `cannot send ${shown(path)}: it ${how} while it was read`,
    hint: `Wait until nothing writes to it, ${LEAVE_OUT}`,
    retryable: true,
  });
}

/** Whether a file was removed, or became something else, since its folder was listed. */
export function isGone(thrown: unknown): boolean {
  return ['ENOENT', 'ENOTDIR', 'ELOOP', 'ENXIO'].includes(codeOf(thrown));
}

export function codeOf(thrown: unknown): string {
  return (thrown as NodeJS.ErrnoException | undefined)?.code ?? '';
}
