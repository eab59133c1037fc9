/** Checks, while it goes by, that a tar is whole and stays within its root. */
import { extract, type Header } from 'tar-stream';
import { EngineError } from '../errors.ts';
import { archiveFault, damaged, shown } from './fault.ts';
import { BLOCK, END_MARK } from './tar-block.ts';
import { ANY_FORMAT } from './tar-reader.ts';

/** Bytes of padding after the last file; tar itself writes at most a few hundred KiB. */
const PADDING = 16 * 1024 * 1024;

const IMAGE_TABLES = new Set(['manifest.json', 'index.json', 'oci-layout']);

export class RootFsCheck {
  /** What hints at another kind of archive; `''` where nothing does. */
  hint = '';
  readonly #parser = extract(ANY_FORMAT);
  #failure: unknown;
  #count = 0;
  #bytes = 0;
  /** Where the last file ends, at most. */
  #expected = 0;
  #tail: Buffer = Buffer.alloc(0);

  constructor() {
    this.#parser.on('entry', (header, body, next) => {
      this.#count++;
      this.#expected = this.#bytes + header.size;
      if (IMAGE_TABLES.has(header.name)) {
        this.hint = `this holds a ${header.name}, as archives of images do: those are taken in with load`;
      }
      const problem = problemOf(header);
      if (problem !== undefined) this.#parser.destroy(damaged(problem));
      // The parser tells of it as well.
      body.on('error', () => {});
      body.on('end', next);
      body.resume();
    });
    this.#parser.on('error', (thrown) => {
      this.#failure ??= thrown;
    });
  }

  /** Errors: `bad-input` for what is no tar, `corrupt`. */
  async write(chunk: Buffer): Promise<void> {
    this.#check();
    this.#bytes += chunk.length;
    const tail = chunk.length >= END_MARK.length ? chunk : Buffer.concat([this.#tail, chunk]);
    this.#tail = tail.subarray(-END_MARK.length);
    if (this.#bytes > this.#expected + PADDING) throw damaged('it goes on after its end');
    if (!this.#parser.write(chunk)) await this.#settled('drain');
    this.#check();
  }

  /** Errors: as `write`; `corrupt` too for one that was cut off between two files. */
  async end(): Promise<void> {
    if (this.#bytes === 0) throw notRootFs('it is empty');
    this.#parser.end(undefined);
    await this.#settled('close');
    this.#check();
    if (!this.#tail.equals(END_MARK)) throw damaged('it has no end mark, so it was cut off');
  }

  destroy(): void {
    this.#parser.destroy(null);
  }

  /** Bytes that are no tar mean something else at the very beginning than later. */
  explain(thrown: unknown): EngineError {
    const { message = '' } = (thrown ?? {}) as Error;
    const isTooShort = message === 'Unexpected end of data' && this.#bytes < BLOCK;
    if (this.#count === 0 && (message.startsWith('Invalid tar header') || isTooShort)) {
      return notRootFs('it is no tar file');
    }
    return archiveFault(thrown);
  }

  #check(): void {
    if (this.#failure !== undefined) throw this.#failure;
  }

  async #settled(event: 'drain' | 'close'): Promise<void> {
    if (this.#parser.destroyed) return;
    await new Promise<void>((resolve) => {
      const settle = () => {
        this.#parser.off(event, settle).off('close', settle);
        resolve();
      };
      this.#parser.on(event, settle).on('close', settle);
    });
  }
}

function problemOf({ name, type, linkname }: Header): string | undefined {
  if (climbs(name)) return `its file ${shown(name)} lies outside its root`;
  if (type === 'link' && climbs(linkname ?? '')) {
    return `its file ${shown(name)} is a hard link to ${shown(linkname ?? '')}, outside its root`;
  }
  return undefined;
}

/** Symbolic links may: whoever follows them is held back by the root of the container. */
function climbs(path: string): boolean {
  let depth = 0;
  for (const part of path.split('/')) {
    if (part === '..') depth--;
    else if (part !== '' && part !== '.') depth++;
    if (depth < 0) return true;
  }
  return path.includes('\0');
}

function notRootFs(why: string): EngineError {
  return new EngineError({
    code: 'bad-input',
    message: `this is no packed root file system: ${why}`,
    hint: 'It must be a tar file, such as tar -C DIR -c . or docker export write it. For an archive of images use: nacre load -i FILE',
  });
}
