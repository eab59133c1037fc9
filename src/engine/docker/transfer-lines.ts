/** The lines of a pull, a push or a load, as events: one part a layer, told again only when something changed. */
import type { EngineError } from '../errors.ts';
import { line } from '../text.ts';
import type { TransferEvent, TransferLine, TransferPart, TransferStage } from '../transfer.ts';
import type { TransferRow } from './wire.ts';

/** Source: the `status` texts of Docker's progress output, and what Podman makes of them. */
const STAGES: Readonly<Record<string, TransferStage>> = {
  'Pulling fs layer': 'waiting',
  Waiting: 'waiting',
  Preparing: 'waiting',
  Downloading: 'downloading',
  'Verifying Checksum': 'checking',
  Extracting: 'unpacking',
  'Loading layer': 'unpacking',
  Pushing: 'uploading',
  'Pull complete': 'done',
  Pushed: 'done',
  'Already exists': 'present',
  'Layer already exists': 'present',
};
const LAYER = /^[0-9a-f]{12}$/;

export interface LineReader {
  /** Podman has nothing to say of a layer after its download. */
  readonly isPodman: boolean;
  /** What the engine's own words for a failure mean here. */
  readonly explain: (said: string) => EngineError;
}

export class TransferLines {
  /** Of the manifest or index; `''` until the engine told, if it does. */
  digest = '';
  /** Bytes of what `digest` names; 0 until told. */
  size = 0;
  /** What a pull changed, in the engine's words: undefined until told, if it is. */
  changed: boolean | undefined;
  /** Names and ids of what was loaded, in order. */
  readonly loaded: string[] = [];
  readonly #reader: LineReader;
  readonly #parts = new Map<string, TransferPart>();
  /** Bytes of a layer, as last told. */
  readonly #totals = new Map<string, number>();
  readonly #retrying = new Set<string>();

  constructor(reader: LineReader) {
    this.#reader = reader;
  }

  /** The events of one line. Errors: what the line itself tells of. */
  read(value: unknown): TransferEvent[] {
    if (value === null || typeof value !== 'object') return [];
    const row = value as Partial<TransferRow>;
    const failure = row.errorDetail?.message ?? row.error;
    if (typeof failure === 'string' && failure !== '') throw this.#reader.explain(failure);
    if (typeof row.stream === 'string') return this.#readLoaded(row.stream);
    if (row.aux !== null && typeof row.aux === 'object') return this.#readAux(row.aux);
    const status = line(typeof row.status === 'string' ? row.status : '').trim();
    const id = typeof row.id === 'string' ? row.id : '';
    if (status === '') return [];
    // The first line of a pull has the tag where others have a layer, and a tag may look like one.
    if (!LAYER.test(id) || status.startsWith('Pulling from')) return this.#readWords(status, line(id));
    return this.#readLayer(id, status, row.progressDetail ?? {});
  }

  /** The parts that the engine left open when it was done: it does not tell of every end. */
  finish(): TransferEvent[] {
    return [...this.#parts.values()].flatMap(({ id }) => this.#move(id, { stage: 'done' }));
  }

  #readLayer(
    id: string,
    status: string,
    detail: NonNullable<TransferRow['progressDetail']>,
  ): TransferEvent[] {
    const retry = /^Retrying in (\d+) seconds?/.exec(status);
    if (retry !== null) return this.#readRetry(id, Number(retry[1]));
    const mounted = /^Mounted from (.+)/.exec(status)?.[1];
    if (mounted !== undefined) return this.#move(id, { stage: 'present', note: `mounted from ${mounted}` });
    if (status === 'Download complete') return this.#readDownloaded(id);
    const stage = STAGES[status];
    if (stage === undefined) return [engineLine(`${id}: ${status}`)];
    this.#retrying.delete(id);
    if (detail.units === 's') return this.#move(id, { stage, seconds: count(detail.current) });
    // Where the bytes of a layer are counted when it arrives, its end is the last that is told of it.
    const isLoaded = status === 'Loading layer' && count(detail.total) > 0 && detail.current === detail.total;
    return this.#move(id, {
      stage: isLoaded ? 'done' : stage,
      done: count(detail.current),
      total: count(detail.total) || undefined,
    });
  }

  #readDownloaded(id: string): TransferEvent[] {
    const total = this.#totals.get(id);
    if (!this.#reader.isPodman) {
      return this.#move(id, { stage: 'waiting', done: total ?? 0, total, note: 'downloaded' });
    }
    // Podman ends with the image's own id, which was no part before when nothing had to be moved.
    return this.#parts.has(id) ? this.#move(id, { stage: 'done' }) : [];
  }

  #readRetry(id: string, seconds: number): TransferEvent[] {
    const { done = 0, total } = this.#parts.get(id) ?? {};
    const events = this.#move(id, { stage: 'retrying', done, total, note: `again in ${seconds} s` });
    if (this.#retrying.has(id)) return events;
    this.#retrying.add(id);
    const text = `${id}: failed, the engine tries again in ${seconds} seconds`;
    return [{ type: 'line', topic: 'retry', text }, ...events];
  }

  /** A part as it is now; nothing where it was told so, or came to its end before. */
  #move(id: string, now: Partial<TransferPart> & { stage: TransferStage }): TransferEvent[] {
    const before = this.#parts.get(id);
    if (before?.stage === 'done' || before?.stage === 'present') return [];
    if (now.total !== undefined) this.#totals.set(id, now.total);
    const isWhole = now.stage === 'done' || now.stage === 'checking';
    const total = isWhole ? (now.total ?? this.#totals.get(id)) : now.total;
    const done = isWhole ? (total ?? 0) : (now.done ?? 0);
    const part: TransferPart = {
      type: 'part',
      id,
      stage: now.stage,
      // Pushes compress on the way, so engines count beyond the total they foresaw.
      done: total === undefined ? done : Math.min(done, total),
      total,
      ...(now.seconds !== undefined && { seconds: now.seconds }),
      ...(now.note !== undefined && { note: now.note }),
    };
    if (before !== undefined && isSame(before, part)) return [];
    this.#parts.set(id, part);
    return [part];
  }

  #readWords(status: string, id: string): TransferEvent[] {
    const digest = /^Digest: (\w+:[0-9a-f]{32,})$/.exec(status)?.[1];
    if (digest !== undefined) {
      this.digest = digest;
      return [];
    }
    const pushed = /: digest: (\w+:[0-9a-f]{32,}) size: (\d+)$/.exec(status);
    if (pushed !== null) {
      this.digest = pushed[1] ?? '';
      this.size = Number(pushed[2]);
    }
    if (status.startsWith('Status: ')) this.changed = !status.includes('up to date');
    if (status.startsWith('Pulling from')) {
      return [{ type: 'line', topic: 'resolve', text: `${status}, ${id}` }];
    }
    const warning = /^WARNING: *(.*)/.exec(status)?.[1];
    if (warning !== undefined) return [{ type: 'line', topic: 'warning', text: warning }];
    return [engineLine(id === '' ? status : `${id}: ${status}`)];
  }

  #readLoaded(stream: string): TransferEvent[] {
    const text = line(stream.trim());
    const names = /^Loaded image(?: ID|\(s\))?: *(.+)$/.exec(text)?.[1];
    // Podman tells all in one line.
    if (names !== undefined) this.loaded.push(...names.split(',').map((name) => name.trim()));
    return text === '' ? [] : [engineLine(text)];
  }

  #readAux(aux: Readonly<Record<string, unknown>>): TransferEvent[] {
    if (typeof aux['Digest'] === 'string') {
      this.digest = line(aux['Digest']);
      this.size = count(aux['Size']);
    }
    if (aux['manifestPushedInsteadOfIndex'] !== true) return [];
    const text =
      'not all platforms of the image are here: only the one that is was pushed, without its index';
    return [{ type: 'line', topic: 'warning', text }];
  }
}

function isSame(a: TransferPart, b: TransferPart): boolean {
  return (
    a.stage === b.stage &&
    a.done === b.done &&
    a.total === b.total &&
    a.seconds === b.seconds &&
    a.note === b.note
  );
}

function engineLine(text: string): TransferLine {
  return { type: 'line', topic: 'engine', text };
}

function count(value: unknown): number {
  return typeof value === 'number' && Number.isFinite(value) && value > 0 ? value : 0;
}
