/** BuildKit's trace of a build, as events: each told only when something changed. */
import type { BuildEvent, BuildLog, BuildPart, BuildStep, BuildWarning } from '../../build.ts';
import { line } from '../../text.ts';
import { LogTail } from '../build/log-tail.ts';
import { PrintedLines } from '../build/printed-lines.ts';
import type { StatusResponse, Vertex, VertexLog, VertexStatus, VertexWarning } from './messages.ts';
import { readVertexName, type VertexName } from './vertex-name.ts';
import { isOutcome, type Outcome, reasonOf, stateOf } from './vertex-state.ts';

interface Node {
  step: BuildStep;
  readonly said: VertexName;
  readonly parts: Map<string, BuildPart>;
  readonly streams: Map<number, PrintedLines>;
  outcome: Outcome;
  readonly tail: LogTail;
}

/** A step that failed, and what it printed last. */
export interface FailedStep {
  readonly step: BuildStep;
  readonly tail: readonly string[];
}

export class Trace {
  readonly #nodes = new Map<string, Node>();
  readonly #warned = new Set<string>();
  #events: BuildEvent[] = [];
  #failed: Node | undefined;
  /** Milliseconds that our clock is ahead of the engine's, at most. */
  #ahead = Number.POSITIVE_INFINITY;

  /** The events of one message. */
  read(status: StatusResponse): BuildEvent[] {
    this.#events = [];
    // What a step printed is told before its end.
    const ended: Vertex[] = [];
    const holds = status.logs.length > 0 || status.statuses.length > 0;
    for (const vertex of status.vertexes) {
      if (holds && vertex.completedAt !== undefined && this.#nodes.has(vertex.digest)) ended.push(vertex);
      else this.#readVertex(vertex);
    }
    for (const row of status.statuses) this.#readStatus(row);
    for (const log of status.logs) this.#readLog(log);
    for (const vertex of ended) this.#readVertex(vertex);
    for (const warning of status.warnings) this.#readWarning(warning);
    return this.#events;
  }

  /** The build is over: lines without an end, and steps that the builder left in the middle of their work. */
  finish(): BuildEvent[] {
    this.#events = [];
    for (const node of this.#nodes.values()) {
      this.#endLines(node);
      if (node.step.state === 'running') this.#cutOff(node);
    }
    return this.#events;
  }

  /** The step that failed; of several, the first. */
  get failed(): FailedStep | undefined {
    return this.#failed && { step: this.#failed.step, tail: this.#failed.tail.lines };
  }

  /** Nobody tells when: it is now, by the engine's clock. */
  #cutOff(node: Node): void {
    this.#end(node);
    const { startedAt = 0 } = node.step;
    const endedAt = Math.max(startedAt, Date.now() - this.#ahead);
    this.#change(node, { ...node.step, state: 'cancelled', endedAt });
  }

  #readVertex(vertex: Vertex): void {
    const latest = vertex.completedAt ?? vertex.startedAt;
    if (latest !== undefined) this.#ahead = Math.min(this.#ahead, Date.now() - latest);
    const known = this.#nodes.get(vertex.digest);
    const said = known?.said ?? readVertexName(vertex.name);
    const before = known?.step;
    const state = stateOf(vertex, before?.state, known?.outcome);
    // What begins again goes on with what it began.
    const startedAt = before?.startedAt ?? vertex.startedAt;
    const { completedAt = startedAt } = vertex;
    const step: BuildStep = {
      type: 'step',
      id: vertex.digest,
      name: said.name,
      stage: said.stage,
      position: said.position,
      of: said.of,
      internal: said.internal,
      inputs: sameTexts(vertex.inputs, before?.inputs),
      state,
      startedAt,
      // Engines tell some ends a few microseconds before their beginnings.
      endedAt:
        state === 'running' || state === 'waiting' ? undefined : Math.max(completedAt ?? 0, startedAt ?? 0),
      error: state === 'failed' ? reasonOf(vertex.error) : '',
    };
    if (known === undefined) {
      const node: Node = {
        step,
        said,
        parts: new Map(),
        streams: new Map(),
        outcome: isOutcome(state) ? state : undefined,
        tail: new LogTail(),
      };
      this.#nodes.set(vertex.digest, node);
      this.#events.push(step);
      if (state === 'failed') this.#failed ??= node;
      return;
    }
    if (isOutcome(state)) known.outcome = state;
    if (vertex.completedAt !== undefined) this.#end(known);
    this.#change(known, step);
  }

  #change(node: Node, step: BuildStep): void {
    const { step: before } = node;
    if (
      before.state === step.state &&
      before.startedAt === step.startedAt &&
      before.endedAt === step.endedAt &&
      before.inputs === step.inputs &&
      before.error === step.error
    ) {
      return;
    }
    node.step = step;
    if (step.state === 'failed') this.#failed ??= node;
    this.#events.push(step);
  }

  #end(node: Node): void {
    this.#endLines(node);
    for (const part of node.parts.values()) if (!part.ended) this.#tellPart(node, { ...part, ended: true });
  }

  #endLines(node: Node): void {
    for (const lines of node.streams.values()) lines.end();
  }

  #readStatus(row: VertexStatus): void {
    const node = this.#nodes.get(row.vertex);
    if (node === undefined) return;
    const before = node.parts.get(row.id);
    const total = row.total > 0 ? row.total : undefined;
    this.#tellPart(
      node,
      {
        type: 'inside',
        step: node.step.id,
        id: before?.id ?? line(row.id),
        name: before?.name ?? partName(row),
        done: total === undefined ? Math.max(row.current, 0) : Math.min(Math.max(row.current, 0), total),
        total,
        ended: row.completedAt !== undefined,
      },
      row.id,
    );
  }

  #tellPart(node: Node, part: BuildPart, key: string = part.id): void {
    const before = node.parts.get(key);
    if (
      before !== undefined &&
      before.done === part.done &&
      before.total === part.total &&
      before.ended === part.ended
    ) {
      return;
    }
    node.parts.set(key, part);
    this.#events.push(part);
  }

  #readLog(log: VertexLog): void {
    const node = this.#nodes.get(log.vertex);
    if (node === undefined) return;
    let lines = node.streams.get(log.stream);
    if (lines === undefined) {
      const stream = log.stream === 2 ? 'err' : 'out';
      lines = new PrintedLines((text) => this.#tellLine(node, stream, text));
      node.streams.set(log.stream, lines);
    }
    lines.write(log.bytes);
  }

  #tellLine(node: Node, stream: BuildLog['stream'], text: string): void {
    this.#events.push({ type: 'log', step: node.step.id, stream, text });
    node.tail.push(text);
  }

  #readWarning(said: VertexWarning): void {
    const text = line(said.text);
    const tail = / \(line (\d+)\)$/.exec(text);
    const warning: BuildWarning = {
      type: 'warning',
      text: tail === null ? text : text.slice(0, tail.index),
      detail: said.detail.map(line),
      url: line(said.url),
      file: line(said.file),
      line: said.line || (tail === null ? undefined : Number(tail[1])),
    };
    // Each use of a stage warns anew.
    const key = `${warning.file}\n${warning.line}\n${text}`;
    if (this.#warned.has(key)) return;
    this.#warned.add(key);
    this.#events.push(warning);
  }
}

function sameTexts(now: readonly string[], before: readonly string[] | undefined): readonly string[] {
  const isSame = before?.length === now.length && before.every((text, n) => text === now[n]);
  return isSame ? before : now;
}

/** `downloading sha256:20ee2b21aeaa`: of a layer, some engines tell its digest alone. */
function partName({ id, name }: VertexStatus): string {
  const isDigest = /^sha256:[0-9a-f]{64}$/.test(id);
  const verb = name === '' || name === 'done' ? 'downloading' : name;
  return line(isDigest ? `${verb} ${id}` : id).replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}/g, '$1');
}
