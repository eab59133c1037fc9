/** What BuildKit says of a build: the messages of `moby.buildkit.v1` that are read here, without generated code. */
import type { BinaryReader } from '@bufbuild/protobuf/wire';
import { counted, int, moment, readInner, readMessage, sized } from './fields.ts';

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
 * (`moby.buildkit.trace`) and by `Control/Status`. Throws on bytes that are no such message.
 */
export function decodeStatus(bytes: Uint8Array): StatusResponse {
  const status: StatusResponse = { vertexes: [], statuses: [], logs: [], warnings: [] };
  readMessage(bytes, (reader, tag) => {
    if (tag === sized(1)) status.vertexes.push(readVertex(reader));
    else if (tag === sized(2)) status.statuses.push(readStatus(reader));
    else if (tag === sized(3)) status.logs.push(readLog(reader));
    else if (tag === sized(4)) status.warnings.push(readWarning(reader));
    else return false;
    return true;
  });
  return status;
}

function readVertex(outer: BinaryReader): Vertex {
  const vertex: Vertex = {
    digest: '',
    inputs: [],
    name: '',
    cached: false,
    startedAt: undefined,
    completedAt: undefined,
    error: '',
  };
  readInner(outer, (reader, tag) => {
    if (tag === sized(1)) vertex.digest = reader.string();
    else if (tag === sized(2)) vertex.inputs.push(reader.string());
    else if (tag === sized(3)) vertex.name = reader.string();
    else if (tag === counted(4)) vertex.cached = reader.bool();
    else if (tag === sized(5)) vertex.startedAt = moment(reader);
    else if (tag === sized(6)) vertex.completedAt = moment(reader);
    else if (tag === sized(7)) vertex.error = reader.string();
    else return false;
    return true;
  });
  return vertex;
}

function readStatus(outer: BinaryReader): VertexStatus {
  const status: VertexStatus = {
    id: '',
    vertex: '',
    name: '',
    current: 0,
    total: 0,
    startedAt: undefined,
    completedAt: undefined,
  };
  readInner(outer, (reader, tag) => {
    if (tag === sized(1)) status.id = reader.string();
    else if (tag === sized(2)) status.vertex = reader.string();
    else if (tag === sized(3)) status.name = reader.string();
    else if (tag === counted(4)) status.current = int(reader);
    else if (tag === counted(5)) status.total = int(reader);
    else if (tag === sized(7)) status.startedAt = moment(reader);
    else if (tag === sized(8)) status.completedAt = moment(reader);
    else return false;
    return true;
  });
  return status;
}

function readLog(outer: BinaryReader): VertexLog {
  const log: VertexLog = { vertex: '', stream: 0, bytes: NO_BYTES };
  readInner(outer, (reader, tag) => {
    if (tag === sized(1)) log.vertex = reader.string();
    else if (tag === counted(3)) log.stream = int(reader);
    else if (tag === sized(4)) log.bytes = reader.bytes();
    else return false;
    return true;
  });
  return log;
}

const NO_BYTES = new Uint8Array();

function readWarning(outer: BinaryReader): VertexWarning {
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
    else if (tag === counted(2)) warning.level = int(reader);
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
function readFileName(outer: BinaryReader): string {
  let name = '';
  readInner(outer, (reader, tag) => {
    if (tag !== sized(1)) return false;
    name = reader.string();
    return true;
  });
  return name;
}

/** The line where a Range starts. */
function readFirstLine(outer: BinaryReader): number {
  let line = 0;
  readInner(outer, (reader, tag) => {
    if (tag !== sized(1)) return false;
    readInner(reader, (position, inner) => {
      if (inner !== counted(1)) return false;
      line = position.int32();
      return true;
    });
    return true;
  });
  return line;
}
