/** The answer of `POST /build?version=2`. */
import type { BuildEvent } from '../../build.ts';
import { line } from '../../text.ts';
import { decodeStatus, type StatusResponse } from '../buildkit/messages.ts';
import { Trace } from '../buildkit/trace.ts';
import { corrupt } from '../ndjson.ts';
import { asRow, type BuildFailure, type BuildReader, errorOf, idOf } from './build-reader.ts';

const TRACE = '{"id":"moby.buildkit.trace","aux":"';
const TRACE_END = '"}';

export class BuildKitReader implements BuildReader {
  id = '';
  failure: BuildFailure | undefined;
  readonly #trace = new Trace();
  #bytes = Buffer.alloc(0);

  /** Nearly every line is a message of the trace, written the same way each time. */
  readRaw(line: Buffer): BuildEvent[] | undefined {
    const text = line.toString('latin1');
    if (!text.startsWith(TRACE) || !text.endsWith(TRACE_END)) return undefined;
    const aux = text.slice(TRACE.length, -TRACE_END.length);
    // More than one text in it, or one that JSON writes another way.
    if (aux.includes('"') || aux.includes('\\')) return undefined;
    return this.#readTrace(aux);
  }

  read(value: unknown): BuildEvent[] {
    const row = asRow(value);
    if (row.id === 'moby.buildkit.trace' && typeof row.aux === 'string') return this.#readTrace(row.aux);
    const said = errorOf(row);
    if (said !== undefined) {
      const { step, tail = [] } = this.#trace.failed ?? {};
      this.failure = { said, step, tail };
      return [];
    }
    this.id = idOf(row) || this.id;
    const text = line(typeof row.stream === 'string' ? row.stream : '').trim();
    return text === '' ? [] : [{ type: 'line', topic: 'engine', text }];
  }

  finish(): BuildEvent[] {
    return this.#trace.finish();
  }

  /** Into the same bytes again and again: what is read from them is told before the next. */
  #readTrace(aux: string): BuildEvent[] {
    if (this.#bytes.length < aux.length) this.#bytes = Buffer.allocUnsafeSlow(2 * aux.length);
    const length = this.#bytes.write(aux, 'base64');
    return this.#trace.read(decode(this.#bytes, length));
  }
}

function decode(bytes: Uint8Array, length: number): StatusResponse {
  try {
    return decodeStatus(bytes, length);
  } catch (thrown) {
    throw corrupt('build an image', 'a part of its trace is damaged', thrown);
  }
}
