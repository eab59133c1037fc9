/** Whether a store is whole: every blob there and true to its digest, and what lies about for nothing. */
import { createHash } from 'node:crypto';
import { open, readdir, stat } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { readDescriptor } from '../oci/descriptor.ts';
import { hexOf, isDigest, shortDigest } from '../oci/digest.ts';
import { shortId } from '../reference.ts';
import { line } from '../text.ts';
import { readNeeds } from './collect.ts';
import { readEntries } from './entry.ts';
import { errnoOf, storeFault, throwIfAborted } from './fault.ts';
import { heldBlobs, UNFINISHED } from './hold.ts';
import { readIndexFile } from './index-file.ts';
import { expectLayout } from './layout.ts';
import { listLeftovers } from './leftovers.ts';
import { gatherRoots, type Root } from './root.ts';
import type { Store } from './store.ts';
import { presentBlobs, type SurveyedImage, surveyImage } from './survey.ts';

/**
 * `error`: an image cannot be used, or would be used wrongly. `warning`: something is not as it should be, but no
 * image suffers. `note`: space that is used for nothing, or not yet for anything.
 */
export type Severity = 'error' | 'warning' | 'note';

export interface Problem {
  readonly severity: Severity;
  /** One line: what, and in which image. */
  readonly message: string;
  /** What to do. */
  readonly hint: string;
}

export interface CheckReport {
  /** The gravest first. */
  readonly problems: readonly Problem[];
  readonly images: number;
  readonly blobs: number;
  /** Bytes that were read. */
  readonly bytes: number;
  /** Bytes that a collection would free: now, and once what is young has become old. */
  readonly reclaimable: { readonly now: number; readonly later: number };
}

export interface CheckOptions {
  readonly signal?: AbortSignal | undefined;
  /** Bytes. */
  readonly onProgress?: (done: number, total: number) => void;
}

const AGAIN = 'Remove the image and pull or load it again.';
const COLLECT = 'nacre store gc takes it away.';

/** Changes nothing. Errors: `corrupt` for an index.json that cannot be read, `unreachable`, `permission`, `cancelled`. */
export async function checkStore(store: Store, options: CheckOptions = {}): Promise<CheckReport> {
  await expectLayout(store.paths);
  return await new Check(store, options).run();
}

class Check {
  readonly #store: Store;
  readonly #options: CheckOptions;
  readonly #problems: Problem[] = [];

  constructor(store: Store, options: CheckOptions) {
    this.#store = store;
    this.#options = options;
  }

  async run(): Promise<CheckReport> {
    const images = await this.#surveyIndex();
    const { users, sizes } = this.#checkImages(images);
    const files = await this.#measure();
    for (const [digest, size] of sizes) {
      const actual = files.get(digest)?.size;
      if (actual !== undefined && actual !== size) {
        this.#tell('error', `${nameBlob(digest, users)} has ${actual} bytes and should have ${size}`, AGAIN);
      }
    }
    const bytes = await this.#verify(files, users);
    const reclaimable = await this.#findWaste(files);
    const rank: readonly Severity[] = ['error', 'warning', 'note'];
    this.#problems.sort((a, b) => rank.indexOf(a.severity) - rank.indexOf(b.severity));
    return { problems: this.#problems, images: images.length, blobs: files.size, bytes, reclaimable };
  }

  async #surveyIndex(): Promise<SurveyedImage[]> {
    const { paths, folder } = this.#store;
    const index = await readIndexFile(paths);
    for (const [at, value] of index.manifests.entries()) {
      if (readDescriptor(value) !== undefined) continue;
      this.#tell(
        'warning',
        `entry ${at + 1} of index.json has no valid digest and size`,
        'It is left alone. Take it out by hand if nothing needs it.',
      );
    }
    const present = await presentBlobs(this.#store);
    return gatherRoots(readEntries(index, folder)).map((root) => surveyImage(this.#store, present, root));
  }

  #checkImages(images: readonly SurveyedImage[]) {
    const users = new Map<string, string[]>();
    const sizes = new Map<string, number>();
    for (const { root, blobs, missing, problem } of images) {
      const name = nameImage(root);
      for (const { digest, size } of blobs) {
        users.set(digest, [...(users.get(digest) ?? []), name]);
        sizes.set(digest, size);
      }
      for (const { digest } of missing) {
        this.#tell(
          'error',
          `${name} is not whole: the blob ${shortDigest(digest)} is missing`,
          'Pull or load it again.',
        );
      }
      if (problem !== undefined) this.#tell('error', `${name}: ${problem.message}`, AGAIN);
    }
    return { users, sizes };
  }

  async #measure(): Promise<Map<string, { size: number; time: number }>> {
    const { paths } = this.#store;
    const files = new Map<string, { size: number; time: number }>();
    for (const name of await presentBlobs(this.#store)) {
      const digest = `sha256:${name}`;
      const found = await stat(join(paths.blobs, name)).catch(() => undefined);
      if (found?.isFile() && isDigest(digest)) files.set(digest, { size: found.size, time: found.mtimeMs });
      else if (found !== undefined) {
        this.#tell(
          'warning',
          `blobs/sha256/${line(name)} is no blob`,
          'Take it away by hand if nothing needs it.',
        );
      }
    }
    const algorithms = await readdir(join(paths.folder, 'blobs')).catch(() => []);
    for (const name of algorithms.filter((one) => one !== 'sha256')) {
      this.#tell(
        'note',
        `blobs/${line(name)} is not looked into: only sha256 is known`,
        'Other tools may need it.',
      );
    }
    return files;
  }

  async #verify(files: ReadonlyMap<string, { size: number }>, users: ReadonlyMap<string, readonly string[]>) {
    const { signal, onProgress } = this.#options;
    const total = [...files.values()].reduce((sum, { size }) => sum + size, 0);
    let done = 0;
    const buffer = Buffer.allocUnsafe(READ_SIZE);
    for (const digest of files.keys()) {
      const isNeeded = users.has(digest);
      try {
        const actual = await hashFile(this.#store.blobs.path(digest), buffer, (count) => {
          throwIfAborted(signal);
          done += count;
          onProgress?.(done, total);
        });
        if (actual === digest || actual === '') continue;
        const severity = isNeeded ? 'error' : 'warning';
        this.#tell(
          severity,
          `${nameBlob(digest, users)} is damaged: its bytes are not those its digest says`,
          isNeeded ? AGAIN : COLLECT,
        );
      } catch (thrown) {
        const error = storeFault(thrown, `read ${nameBlob(digest, users)}`);
        if (error.code === 'cancelled') throw error;
        this.#tell('error', error.message, error.hint);
      }
    }
    return done;
  }

  async #findWaste(files: ReadonlyMap<string, { size: number; time: number }>) {
    const { paths, folder } = this.#store;
    const [needs, held, leftovers] = await Promise.all([
      readNeeds(this.#store),
      heldBlobs(paths).catch(() => ({ digests: new Set<string>(), since: Number.POSITIVE_INFINITY })),
      listLeftovers(paths),
    ]);
    let now = 0;
    let later = 0;
    const count = (size: number, isOld: boolean) => {
      if (isOld) now += size;
      later += size;
      return isOld ? COLLECT : 'It goes with a collection once it is a day old.';
    };
    const old = Date.now() - UNFINISHED;
    for (const [digest, { size, time }] of files) {
      if (needs.digests.has(digest)) continue;
      const isHeld = held.digests.has(digest);
      const why = isHeld ? 'is held for a pull that is under way or did not end' : 'is needed by no image';
      const hint = count(size, time < old && !isHeld);
      this.#tell('note', `the blob ${shortDigest(digest)} ${why} (${size} bytes)`, hint);
    }
    for (const { path, size, time, kind } of leftovers) {
      const what = kind === 'partial' ? 'the beginning of a blob' : 'left by a job that did not end';
      const hint = count(size, kind === 'unnamed' || time < old);
      this.#tell('note', `${line(relative(folder, path))} is ${what} (${size} bytes)`, hint);
    }
    if (needs.unclear.length > 0) now = 0;
    return { now, later };
  }

  #tell(severity: Severity, message: string, hint: string): void {
    this.#problems.push({ severity, message, hint });
  }
}

const READ_SIZE = 1024 * 1024;

/** `''` where it went away meanwhile. */
async function hashFile(path: string, buffer: Buffer, onRead: (bytes: number) => void): Promise<string> {
  const file = await open(path, 'r').catch((thrown: unknown) => {
    if (errnoOf(thrown) === 'ENOENT') return undefined;
    throw thrown;
  });
  if (file === undefined) return '';
  try {
    const hash = createHash('sha256');
    for (;;) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      if (bytesRead === 0) break;
      onRead(bytesRead);
      hash.update(buffer.subarray(0, bytesRead));
    }
    return `sha256:${hash.digest('hex')}`;
  } finally {
    await file.close();
  }
}

function nameImage(root: Root): string {
  return root.references[0] ?? root.digests[0] ?? `the image ${shortId(root.id)}`;
}

function nameBlob(digest: string, users: ReadonlyMap<string, readonly string[]>): string {
  const [first, ...others] = users.get(digest) ?? [];
  const blob = `the blob ${hexOf(digest).slice(0, 12)}`;
  if (first === undefined) return blob;
  return `${blob} of ${first}${others.length > 0 ? ` and ${others.length} more` : ''}`;
}
