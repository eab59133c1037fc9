/** The answer of `POST /build?version=2`. */
import type { BuildEvent } from '../../build.ts';
import { line } from '../../text.ts';
import { decodeStatus } from '../buildkit/messages.ts';
import { Trace } from '../buildkit/trace.ts';
import { corrupt } from '../ndjson.ts';
import { asRow, type BuildFailure, type BuildReader, errorOf, idOf } from './build-reader.ts';

export class BuildKitReader implements BuildReader {
  id = '';
  failure: BuildFailure | undefined;
  readonly #trace = new Trace();

  read(value: unknown): BuildEvent[] {
    const row = asRow(value);
    // Nearly every line is one of these.
    if (row.id === 'moby.buildkit.trace' && typeof row.aux === 'string')
      return this.#trace.read(decode(row.aux));
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
}

function decode(aux: string) {
  try {
    return decodeStatus(Buffer.from(aux, 'base64'));
  } catch (thrown) {
    throw corrupt('build an image', 'a part of its trace is damaged', thrown);
  }
}
