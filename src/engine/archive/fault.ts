/** What goes wrong with an archive, in words a person can act on. */
import { asEngineError, EngineError } from '../errors.ts';
import { line } from '../text.ts';
import { type FaultTable, roomFaults } from '../write-fault.ts';

/** For what is no archive of images at all; `why` follows a colon. */
export function notAnArchive(why: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `this is no image archive: ${why}`,
    hint: 'An archive comes from save. For a packed root file system use: nacre import FILE NAME',
  });
}

const ARCHIVE = 'the archive';
const UNUSABLE = ' cannot be used: ';

/** For an archive that contradicts itself or ends too early. */
export function damaged(why: string, cause?: unknown): EngineError {
  return new EngineError({
    code: 'corrupt',
    message: ARCHIVE + UNUSABLE + why,
    hint: 'It may have been cut off or changed on its way: make or copy it again.',
    cause,
  });
}

/** What `damaged` says of an archive said of `part` of it; anything else as it is. */
export function damagedPart(part: string, thrown: unknown): unknown {
  if (!(thrown instanceof EngineError) || !thrown.message.startsWith(ARCHIVE + UNUSABLE)) return thrown;
  const { code, hint, message } = thrown;
  return new EngineError({ code, hint, message: part + message.slice(ARCHIVE.length), cause: thrown });
}

/** Failures of unpacking and of tar-stream; anything else as it is. */
export function archiveFault(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const { code = '', message = '' } = (thrown ?? {}) as { code?: string; message?: string };
  if (code === 'Z_BUF_ERROR' || message === 'Unexpected end of data') {
    return damaged('it ends in the middle', thrown);
  }
  if (/^(?:Z_|ZSTD_)/.test(code)) return damaged(`it cannot be unpacked (${message})`, thrown);
  if (message.startsWith('Invalid tar header') || message === 'Invalid header') {
    return damaged('there are bytes that are no tar in it', thrown);
  }
  if (message === 'Header exceeds max size') return damaged('a name in it is longer than 4 MiB', thrown);
  if (code === 'ERR_STREAM_PREMATURE_CLOSE') return damaged('its source ended in the middle', thrown);
  return asEngineError(thrown);
}

/** A name from an archive, fit for a message. */
export function shown(name: string): string {
  const text = line(name);
  return text.length > 100 ? `${text.slice(0, 60)}…${text.slice(-39)}` : text;
}

/** Failures of what an archive is written to; undefined for one that was closed without a word. */
export function sinkFault(thrown: unknown): EngineError {
  if (thrown instanceof EngineError) return thrown;
  const { code = '' } = (thrown ?? {}) as { code?: string };
  const [kind, why, hint] = SINK_FAULTS[code] ?? [];
  if (kind === undefined && thrown !== undefined) return asEngineError(thrown);
  return new EngineError({
    code: kind ?? 'engine',
    message: `cannot write the archive: ${why ?? 'whoever was to take it closed it'}`,
    hint: hint ?? 'Write it to a file first.',
    cause: thrown,
  });
}

const SINK_FAULTS: FaultTable = {
  ...roomFaults('write it elsewhere'),
  EPIPE: ['engine', 'whoever was to take it closed it', 'Write it to a file first.'],
};
