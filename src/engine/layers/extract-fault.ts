/** Why something could not be extracted, in words a person can act on. */
import { EngineError, type ErrorCode } from '../errors.ts';
import { type FaultTable, FOLDER_FAULTS, roomFaults } from '../write-fault.ts';
import { shownPath } from './shown-path.ts';

const FAULTS: FaultTable = {
  ...FOLDER_FAULTS,
  ...roomFaults('extract it elsewhere'),
  ENAMETOOLONG: ['bad-input', 'the name is too long for this file system', 'Extract it elsewhere.'],
  EILSEQ: ['bad-input', 'this file system takes no such name', 'Extract it elsewhere.'],
  EINVAL: ['bad-input', 'this file system takes no such name', 'Extract it elsewhere.'],
  EEXIST: ['bad-input', 'it is there already', 'Allow it to be replaced (--force), or choose another place.'],
  ENOTEMPTY: ['bad-input', 'something has come there meanwhile', 'Look what it is, then try again.'],
};

/** What a file system said about a path; what is not known of it as it is. */
export function extractFault(thrown: unknown, path: Uint8Array): unknown {
  const { code = '' } = (thrown ?? {}) as { code?: string };
  const known = thrown instanceof EngineError ? undefined : FAULTS[code];
  return known === undefined ? thrown : cannotWrite(path, known[1], known[2], known[0], thrown);
}

export function cannotWrite(
  path: Uint8Array,
  why: string,
  hint: string,
  code: ErrorCode = 'bad-input',
  cause?: unknown,
): EngineError {
  return new EngineError({ code, message: `cannot write ${shownPath(path)}: ${why}`, hint, cause });
}
