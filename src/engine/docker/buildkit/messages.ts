/** What BuildKit says of a build: the messages of `moby.buildkit.v1` that are read here, without generated code. */
import { counted, FieldReader, readInner, sized } from './fields.ts';

/** A node of the build's graph: a step, or something inside the builder. Told again, whole, when it changes. */
export interface Vertex {
  digest: string;
  readonly inputs: string[];
  name: string;
  cached: boolean;
  /** Milliseconds by the engine's clock. */
  startedAt: number | undefined;
  completedAt: number | undefined;
  error: string;
}

/** Work inside a vertex. */
export interface VertexStatus {
  id: string;
  vertex: string;
  name: string;
  current: number;
  /** 0 where there is nothing to count, or it is not known. */
  total: number;
  startedAt: number | undefined;
  completedAt: number | undefined;
}

/** Bytes as they were printed: split anywhere. */
export interface VertexLog {
  vertex: string;
  /** 1 stdout, 2 stderr. */
  stream: number;
  bytes: Uint8Array;
}

export interface VertexWarning {
  vertex: string;
  level: number;
  text: string;
  readonly detail: string[];
  url: string;
  file: string;
  /** From 1; 0 where there is none. */
  line: number;
}

export interface StatusResponse {
  readonly vertexes: Vertex[];
  readonly statuses: VertexStatus[];
  readonly logs: VertexLog[];
  readonly warnings: VertexWarning[];
}

/**
 * Source: BuildKit's `api/services/control/control.proto`, as streamed by `POST /build?version=2`
 * (`moby.buildkit.trace`) and by `Control/Status`: the first `length` bytes, of which logs are views. Throws on bytes that
 * are no such message.
 */
export function decodeStatus(bytes: Uint8Array, length = bytes.length): StatusResponse {
  const status: StatusResponse = { vertexes: [], statuses: [], logs: [], warnings: [] };
  const reader = new FieldReader(bytes, length);
  for (let tag = reader.tag(length); tag !== 0; tag = reader.tag(length)) {
    if (tag === sized(1)) status.vertexes.push(readVertex(reader));
    else if (tag === sized(2)) status.statuses.push(readStatus(reader));
    else if (tag === sized(3)) status.logs.push(readLog(reader));
    else if (tag === sized(4)) status.warnings.push(readWarning(reader));
    else reader.skip(tag);
  }
  return status;
}

function readVertex(reader: FieldReader): Vertex {
  const vertex: Vertex = {
    digest: '',
    inputs: [],
    name: '',
    cached: false,
    startedAt: undefined,
    completedAt: undefined,
    error: '',
  };
  const end = reader.enter();
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === sized(1)) vertex.digest = reader.string();
    else if (tag === sized(2)) vertex.inputs.push(reader.string());
    else if (tag === sized(3)) vertex.name = reader.string();
    else if (tag === counted(4)) vertex.cached = reader.bool();
    else if (tag === sized(5)) vertex.startedAt = reader.moment();
    else if (tag === sized(6)) vertex.completedAt = reader.moment();
    else if (tag === sized(7)) vertex.error = reader.string();
    else reader.skip(tag);
  }
  return vertex;
}

function readStatus(reader: FieldReader): VertexStatus {
  const status: VertexStatus = {
    id: '',
    vertex: '',
    name: '',
    current: 0,
    total: 0,
    startedAt: undefined,
    completedAt: undefined,
  };
  const end = reader.enter();
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === sized(1)) status.id = reader.string();
    else if (tag === sized(2)) status.vertex = reader.string();
    else if (tag === sized(3)) status.name = reader.string();
    else if (tag === counted(4)) status.current = reader.int();
    else if (tag === counted(5)) status.total = reader.int();
    else if (tag === sized(7)) status.startedAt = reader.moment();
    else if (tag === sized(8)) status.completedAt = reader.moment();
    else reader.skip(tag);
  }
  return status;
}

function readLog(reader: FieldReader): VertexLog {
  const log: VertexLog = { vertex: '', stream: 0, bytes: NO_BYTES };
  const end = reader.enter();
  for (let tag = reader.tag(end); tag !== 0; tag = reader.tag(end)) {
    if (tag === sized(1)) log.vertex = reader.string();
    else if (tag === counted(3)) log.stream = reader.int();
    else if (tag === sized(4)) log.bytes = reader.bytes();
    else reader.skip(tag);
  }
  return log;
}

const NO_BYTES = new Uint8Array();

function readWarning(outer: FieldReader): VertexWarning {
  const warning: VertexWarning = {
    vertex: '',
    level: 0,
    text: '',
    detail: [],
    url: '',
    file: '',
    line: 0,
  };
  readInner(outer, (reader, tag) => {
    if (tag === sized(1)) warning.vertex = reader.string();
    else if (tag === counted(2)) warning.level = reader.int();
    else if (tag === sized(3)) warning.text = reader.string();
    else if (tag === sized(4)) warning.detail.push(reader.string());
    else if (tag === sized(5)) warning.url = reader.string();
    else if (tag === sized(6)) warning.file = readFileName(reader);
    else if (tag === sized(7)) warning.line ||= readFirstLine(reader);
    else return false;
    return true;
  });
  return warning;
}

/** SourceInfo carries the whole Dockerfile along, which is not read. */
function readFileName(outer: FieldReader): string {
  let name = '';
  readInner(outer, (reader, tag) => {
    if (tag !== sized(1)) return false;
    name = reader.string();
    return true;
  });
  return name;
}

/** The line where a Range starts. */
function readFirstLine(outer: FieldReader): number {
  let line = 0;
  readInner(outer, (reader, tag) => {
    if (tag !== sized(1)) return false;
    readInner(reader, (position, inner) => {
      if (inner !== counted(1)) return false;
      line = position.int();
      return true;
    });
    return true;
  });
  return line;
}
