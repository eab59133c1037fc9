/** `nacre find PATTERN [IMAGE…]`: which images have a file, and which layer brought it; the largest files; equal ones. */
import type { EngineError } from '../../engine/errors.ts';
import { duplicateFiles } from '../../engine/layers/find-duplicates.ts';
import { findInImages } from '../../engine/layers/find-in-images.ts';
import { largestFiles, type SearchedEvent } from '../../engine/layers/find-largest.ts';
import { layerIndexCache } from '../../engine/layers/index-folder.ts';
import { type PathPattern, parsePathPattern } from '../../engine/layers/path-pattern.ts';
import { ManyContents, type ManyImage } from '../../engine/layers/read-many.ts';
import type { Context } from '../context.ts';
import { dockerSize } from '../docker-size.ts';
import { exactJson } from '../exact-text.ts';
import { DONE, FAILED, UsageError } from '../failure.ts';
import {
  duplicateDocument,
  duplicateLines,
  HitLines,
  hitDocument,
  LARGE_HEAD,
  largeDocument,
  largeLine,
} from '../find-rows.ts';
import { LineWriter } from '../line-writer.ts';
import { ReadingLine } from '../progress/reading-line.ts';
import { type SearchedImage, searchedImages } from '../searched-images.ts';

type Wanted =
  | { readonly kind: 'pattern'; readonly text: string; readonly pattern: PathPattern }
  | { readonly kind: 'largest' | 'duplicates' };

const LIMIT = 20;

export async function run(context: Context): Promise<number> {
  const { flags, operands } = context;
  const wanted = wantedOf(context);
  const limit = limitOf(flags.text('limit'));
  const named = wanted.kind === 'pattern' ? operands.slice(1) : operands;
  const { images: all, failed } = await searchedImages(context, named);
  const search = new Search(context, all, limit);
  for (const { name, error } of failed) search.fail(name, error);
  try {
    await search.read(
      wanted.kind === 'duplicates' || (wanted.kind === 'pattern' && wanted.pattern.kind === 'digest'),
    );
    if (wanted.kind === 'pattern') await search.find(wanted);
    else if (wanted.kind === 'largest') await search.largest();
    else await search.duplicates();
  } finally {
    search.end();
  }
  return search.failures === 0 ? DONE : FAILED;
}

function wantedOf({ flags, operands }: Context): Wanted {
  const [largest, duplicates] = [flags.on('largest'), flags.on('duplicates')];
  if (largest && duplicates) throw new UsageError('--largest and --duplicates exclude each other');
  if (largest || duplicates) {
    if (flags.on('all')) throw new UsageError('--all is about a PATTERN: these count what is hidden, too');
    return { kind: largest ? 'largest' : 'duplicates' };
  }
  if (flags.has('limit')) throw new UsageError('--limit is for --largest and --duplicates');
  const [text] = operands;
  if (text === undefined) throw new UsageError('find needs a PATTERN, --largest or --duplicates');
  return { kind: 'pattern', text, pattern: parsePathPattern(text) };
}

function limitOf(text: string | undefined): number {
  if (text === undefined) return LIMIT;
  if (!/^[1-9]\d{0,5}$/.test(text)) throw new UsageError(`--limit takes a number from 1 on, not '${text}'`);
  return Number(text);
}

/** One search: what it reads, what it writes, and what of it failed. */
class Search {
  failures = 0;
  readonly #context: Context;
  readonly #limit: number;
  readonly #lines: LineWriter;
  readonly #progress: ReadingLine;
  readonly #options: { readonly signal: AbortSignal };
  #images: readonly SearchedImage[];
  #many: ManyContents | undefined;

  constructor(context: Context, images: readonly SearchedImage[], limit: number) {
    this.#context = context;
    this.#images = images;
    this.#limit = limit;
    this.#lines = new LineWriter(context.output);
    this.#progress = new ReadingLine(context);
    this.#options = { signal: context.signal };
  }

  fail(name: string, { message, hint }: EngineError): void {
    this.failures++;
    this.#progress.clear();
    this.#context.complain(message.includes(name) ? message : `${name}: ${message}`, hint);
  }

  /** Reads what nobody has read yet, each layer once. */
  async read(digests: boolean): Promise<void> {
    const many = new ManyContents(layerIndexCache(this.#context.io.env), { digests });
    this.#many = many;
    const broken = new Set<ManyImage>();
    const lose = (image: ManyImage, error: EngineError): void => {
      broken.add(image);
      this.fail(image.name, error);
    };
    this.#progress.show({ what: `looking at ${countText(this.#images.length)}` });
    const unread = await many.unread(this.#images, this.#options);
    for (const { image, error } of unread.failed) lose(image, error);
    let done = 0;
    for await (const event of many.read(unread.images, this.#options)) {
      if (event.type === 'failed') lose(event.image, event.error);
      if (event.type !== 'read') done = event.done;
      this.#progress.show({
        what: `read ${done} of ${countText(unread.images.length)}, now ${event.image.name}`,
        bytes: event.bytes,
        total: unread.bytes,
      });
    }
    this.#images = this.#images.filter((image) => !broken.has(image));
  }

  async find({ text, pattern }: Extract<Wanted, { kind: 'pattern' }>): Promise<void> {
    const { flags } = this.#context;
    const [json, hiddenToo] = [flags.on('json'), flags.on('all')];
    const lines = new HitLines(this.#images);
    let [found, hidden] = [0, 0];
    for await (const event of findInImages(this.#images, pattern, this.#reader, this.#options)) {
      if (event.type === 'failed') {
        this.fail(event.image.name, event.error);
        continue;
      }
      const image = event.image as SearchedImage;
      for (const hit of event.hits) {
        if (hit.hiddenBy !== undefined) hidden++;
        if (hit.hiddenBy !== undefined && !hiddenToo) continue;
        if (found++ === 0 && !json) await this.#write(lines.head);
        await this.#write(
          json ? exactJson(hitDocument(image, event.content, hit)) : lines.line(image, event.content, hit),
        );
      }
      this.#progress.show({ what: `searched ${event.done} of ${countText(this.#images.length)}` });
    }
    await this.#lines.flush();
    if (found === 0)
      this.#say(
        this.#images.length === 0
          ? 'There is no image to look into.'
          : `None of ${countText(this.#images.length)} has ${text}${hidden === 0 ? '' : `, but a layer of one had it: --all shows ${hidden}`}.`,
      );
  }

  async largest(): Promise<void> {
    const json = this.#context.flags.on('json');
    const { files, failed } = await this.#through(
      largestFiles(this.#images, this.#limit, this.#reader, this.#options),
    );
    for (const { image, error } of failed) this.fail(image.name, error);
    if (!json && files.length > 0) await this.#write(LARGE_HEAD);
    for (const file of files) await this.#write(json ? exactJson(largeDocument(file)) : largeLine(file));
    await this.#lines.flush();
  }

  async duplicates(): Promise<void> {
    const json = this.#context.flags.on('json');
    const { contents, count, bytes, failed } = await this.#through(
      duplicateFiles(this.#images, this.#limit, this.#reader, this.#options),
    );
    for (const { image, error } of failed) this.fail(image.name, error);
    for (const content of contents)
      for (const line of json ? [exactJson(duplicateDocument(content))] : duplicateLines(content))
        await this.#write(line);
    await this.#lines.flush();
    this.#say(
      count === 0
        ? 'No content is there twice.'
        : `${count === 1 ? 'One content is' : `${count} contents are`} there more than once, ${dockerSize(bytes)} more than needed.`,
    );
  }

  end(): void {
    this.#progress.end();
  }

  get #reader(): ManyContents {
    return this.#many!;
  }

  async #through<Result>(events: AsyncGenerator<SearchedEvent, Result, void>): Promise<Result> {
    for (;;) {
      const step = await events.next();
      if (step.done) return step.value;
      this.#progress.show({ what: `searched ${step.value.done} of ${step.value.total} layers` });
    }
  }

  async #write(line: string): Promise<void> {
    const written = this.#lines.add(line);
    if (written === undefined) return;
    this.#progress.clear();
    await written;
    this.#context.signal.throwIfAborted();
  }

  #say(text: string): void {
    this.#progress.clear();
    this.#context.io.stderr.write(`${text}\n`);
  }
}

function countText(images: number): string {
  return images === 1 ? '1 image' : `${images} images`;
}
