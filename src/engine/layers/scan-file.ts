/** Feeds a scan with a tar that lies in a file, uncompressed: bodies are sought over. */
import { readSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import { setImmediate as turn } from 'node:timers/promises';
import { damaged } from '../archive/fault.ts';
import { BLOCK } from '../archive/tar-block.ts';
import { cancelled } from '../errors.ts';
import type { TarScan } from './tar-scan.ts';

export interface FilePart {
  readonly start?: number;
  readonly length: number;
}

export interface ScanFileOptions {
  readonly signal?: AbortSignal | undefined;
  /** Called with the bytes passed so far. */
  readonly onRead?: ((bytes: number) => void) | undefined;
}

/** Bytes that are read at once: of a size at which reading on and asking anew take about as long. */
const WINDOW = 32 * 1024;
/** Milliseconds after which others get their turn. */
const TURN = 10;
/** Milliseconds after which a read has hardly found its bytes in memory, and how many reads then go the long way. */
const SLOW = 15;
const PATIENCE = 32;

/**
 * The part of a file that holds the tar. What lies in memory is read at once, without the way through a thread, which
 * takes longer than the reading; from a slow disk nobody is kept waiting for more than one read now and then.
 * Errors: `corrupt` for what is no tar or breaks off, `cancelled`, those of the file.
 */
export async function scanFile(
  scan: TarScan,
  file: FileHandle,
  { start = 0, length }: FilePart,
  { signal, onRead }: ScanFileOptions = {},
): Promise<void> {
  const window = Buffer.allocUnsafeSlow(WINDOW);
  let patience = 0;
  let now = performance.now();
  let sinceTurn = now;
  while (scan.position < length && !scan.ended) {
    if (signal?.aborted) throw cancelled();
    const most = Math.min(window.length, length - scan.position);
    const at = start + scan.position;
    const bytesRead =
      patience > 0
        ? (await file.read(window, 0, most, at)).bytesRead
        : readSync(file.fd, window, 0, most, at);
    if (bytesRead === 0) throw damaged('it ends in the middle');
    scan.write(bytesRead === window.length ? window : window.subarray(0, bytesRead));
    skipBody(scan, length - scan.position);
    onRead?.(scan.position);
    const before = now;
    now = performance.now();
    if (now - before > SLOW) patience = PATIENCE;
    else if (patience > 0) patience--;
    if (now - sinceTurn < TURN) continue;
    await turn();
    now = performance.now();
    sinceTurn = now;
  }
}

function skipBody(scan: TarScan, rest: number): void {
  const { skippable } = scan;
  // Who claims more than there is breaks off there.
  if (skippable > rest + BLOCK) throw damaged('it ends in the middle');
  if (skippable > 0) scan.skip(Math.min(skippable, rest));
}
