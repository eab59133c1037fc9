/** What BuildKit remembers of builds: the messages of `moby.buildkit.v1` about its history, without generated code. */
import { BinaryWriter } from '@bufbuild/protobuf/wire';
import { counted, type FieldReader, readInner, readMessage, sized } from '../buildkit/fields.ts';

type HistoryEventType = 'started' | 'complete' | 'deleted';

/** As told: several times, whole, while a build runs and after it. */
export interface HistoryEvent {
  type: HistoryEventType;
  ref: string;
  /** What the build was asked for: `filename`, `target`, `context`, `vcs:source`, … */
  readonly attributes: Map<string, string>;
  /** What its exporters were asked for: `name`. */
  readonly exports: Map<string, string>;
  /** What they answered: `image.name`. */
  readonly exported: Map<string, string>;
  /** Undefined unless it failed. */
  error: { code: number; message: string } | undefined;
  /** Digest of the image, which is its id; `''` where there is none. */
  image: string;
  /** Milliseconds by the engine's clock. */
  createdAt: number | undefined;
  completedAt: number | undefined;
  cached: number;
  total: number;
  completed: number;
}

const TYPES: readonly HistoryEventType[] = ['started', 'complete', 'deleted'];

/** A `BuildHistoryRequest`: what is known, of one build or all, and then what happens, unless `once`. */
export function historyRequest({ once = false, ref = '' } = {}): Uint8Array {
  const writer = new BinaryWriter();
  if (ref !== '') writer.uint32(sized(2)).string(ref);
  if (once) writer.uint32(counted(3)).bool(true);
  return writer.finish();
}

/** A `StatusRequest`. */
export function statusRequest(ref: string): Uint8Array {
  return new BinaryWriter().uint32(sized(1)).string(ref).finish();
}

/** A `BuildHistoryEvent`. Source: BuildKit's `control.proto`. Throws on bytes that are no such message. */
export function decodeHistoryEvent(bytes: Uint8Array): HistoryEvent {
  const event: HistoryEvent = {
    type: 'started',
    ref: '',
    attributes: new Map(),
    exports: new Map(),
    exported: new Map(),
    error: undefined,
    image: '',
    createdAt: undefined,
    completedAt: undefined,
    cached: 0,
    total: 0,
    completed: 0,
  };
  readMessage(bytes, (reader, tag) => {
    if (tag === counted(1)) event.type = TYPES[reader.int()] ?? 'started';
    else if (tag === sized(2)) readRecord(reader, event);
    else return false;
    return true;
  });
  return event;
}

function readRecord(outer: FieldReader, event: HistoryEvent): void {
  readInner(outer, (reader, tag) => {
    if (tag === sized(1)) event.ref = reader.string();
    else if (tag === sized(3)) readEntry(reader, event.attributes);
    else if (tag === sized(4)) readExporter(reader, event.exports);
    else if (tag === sized(5)) event.error = readError(reader);
    else if (tag === sized(6)) event.createdAt = reader.moment();
    else if (tag === sized(7)) event.completedAt = reader.moment();
    else if (tag === sized(9)) readEntry(reader, event.exported);
    else if (tag === sized(10)) event.image = readResult(reader);
    else if (tag === counted(15)) event.cached = reader.int();
    else if (tag === counted(16)) event.total = reader.int();
    else if (tag === counted(17)) event.completed = reader.int();
    else return false;
    return true;
  });
}

function readExporter(outer: FieldReader, attributes: Map<string, string>): void {
  readInner(outer, (reader, tag) => {
    if (tag !== sized(2)) return false;
    readEntry(reader, attributes);
    return true;
  });
}

function readEntry(outer: FieldReader, map: Map<string, string>): void {
  let key = '';
  let value = '';
  readInner(outer, (reader, tag) => {
    if (tag === sized(1)) key = reader.string();
    else if (tag === sized(2)) value = reader.string();
    else return false;
    return true;
  });
  map.set(key, value);
}

/** The digest in the first descriptor of a `BuildResultInfo`. */
function readResult(outer: FieldReader): string {
  let digest = '';
  readInner(outer, (reader, tag) => {
    if (tag !== sized(1)) return false;
    readInner(reader, (descriptor, inner) => {
      if (inner !== sized(2)) return false;
      digest = descriptor.string();
      return true;
    });
    return true;
  });
  return digest;
}

/** A `google.rpc.Status`. */
function readError(outer: FieldReader): { code: number; message: string } {
  const error = { code: 0, message: '' };
  readInner(outer, (reader, tag) => {
    if (tag === counted(1)) error.code = reader.int();
    else if (tag === sized(2)) error.message = reader.string();
    else return false;
    return true;
  });
  return error;
}
