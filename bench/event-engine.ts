/**
 * An engine whose builds tell events at a rate that no real one can be set to: everything else is passed on to a real
 * engine. Runs in a thread of its own, so that it takes nothing from the measuring one.
 */
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http';
import { connect, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { parentPort, Worker, workerData } from 'node:worker_threads';
import { BinaryWriter } from '@bufbuild/protobuf/wire';

export interface EventEngineOptions {
  /** Path of the real engine's socket, and of this one's. */
  readonly engine: string;
  readonly socket: string;
  /** Events a second. */
  readonly rate: number;
  /** How long each build lasts, one after the other; the last one counts for all further ones. */
  readonly seconds: readonly number[];
  /** Id of an image of the real engine, which is told as the build's result. */
  readonly image: string;
}

export type EventEngineNews =
  | { readonly type: 'ready' }
  /** The first byte of a build's answer; `at` in milliseconds since 1970, with fractions. */
  | { readonly type: 'first'; readonly at: number }
  /** The last one, with how many lines of log were told, each with its number from 1 in it. */
  | { readonly type: 'last'; readonly events: number; readonly lines: number; readonly milliseconds: number };

/** The thread; it tells EventEngineNews. */
export function startEventEngine(options: EventEngineOptions): Worker {
  return new Worker(new URL(import.meta.url), { workerData: options });
}

/** Steps that run side by side, each in a stage of its own. */
const STEPS = 8;
/** Of so many events one tells of work inside a step, and one of a step; the others are lines of log. */
const MIX = 10;
/** Milliseconds between two chunks of the answer. */
const PACE = 5;

/** When the build that runs began: only one runs at a time. */
let begun = Date.now();

if (parentPort !== null && workerData !== null) serve(workerData as EventEngineOptions);

function serve(options: EventEngineOptions): void {
  let builds = 0;
  const server = createServer((asked, answer) => {
    if (asked.method === 'POST' && /\/build\?/.test(asked.url ?? '')) {
      const seconds = options.seconds[builds++] ?? options.seconds.at(-1)!;
      void build(asked, answer, options, seconds);
    } else passOn(asked, answer, options.engine);
  });
  server.on('upgrade', (asked: IncomingMessage, client: Socket, head: Buffer) => {
    if (/\/session/.test(asked.url ?? '')) {
      // A session that nobody asks anything of.
      client.write('HTTP/1.1 101 UPGRADED\r\nConnection: Upgrade\r\nUpgrade: h2c\r\n\r\n');
      client.on('error', () => {});
      return;
    }
    const engine = connect(options.engine, () => {
      const lines = [`${asked.method} ${asked.url} HTTP/1.1`];
      for (let at = 0; at < asked.rawHeaders.length; at += 2)
        lines.push(`${asked.rawHeaders[at]}: ${asked.rawHeaders[at + 1]}`);
      engine.write(`${lines.join('\r\n')}\r\n\r\n`);
      engine.write(head);
      engine.pipe(client).pipe(engine);
    });
    for (const socket of [engine, client]) socket.on('error', () => client.destroy());
  });
  server.listen(options.socket, () => tell({ type: 'ready' }));
}

function tell(news: EventEngineNews): void {
  parentPort?.postMessage(news);
}

function passOn(asked: IncomingMessage, answer: ServerResponse, engine: string): void {
  const { method = 'GET', url = '/', headers } = asked;
  const own = request({ socketPath: engine, method, path: url, headers }, (given) => {
    answer.writeHead(given.statusCode ?? 500, given.rawHeaders);
    given.pipe(answer);
  });
  own.on('error', () => answer.destroy());
  answer.on('close', () => own.destroy());
  asked.pipe(own);
}

async function build(
  asked: IncomingMessage,
  answer: ServerResponse,
  { rate, image }: EventEngineOptions,
  seconds: number,
): Promise<void> {
  for await (const _ of asked);
  answer.writeHead(200, { 'content-type': 'application/json' });
  const began = performance.now();
  begun = Date.now();
  let events = 0;
  let lines = 0;
  const first = [...Array(STEPS).keys()].map((step) => trace(vertex(step, 'running')));
  answer.write(first.join(''));
  tell({ type: 'first', at: performance.timeOrigin + performance.now() });
  while (performance.now() - began < seconds * 1000 && !answer.destroyed) {
    const due = Math.floor(((performance.now() - began) * rate) / 1000);
    const chunk: string[] = [];
    for (; events < due; events++) {
      const step = events % STEPS;
      if (events % MIX === 0) chunk.push(trace(status(step, events)));
      else if (events % MIX === 1) chunk.push(trace(vertex(step, 'running')));
      else chunk.push(trace(log(step, ++lines)));
    }
    // An engine waits for who does not read, too.
    if (chunk.length > 0 && !answer.write(chunk.join(''))) await drained(answer);
    await sleep(PACE);
  }
  const milliseconds = performance.now() - began;
  for (let step = 0; step < STEPS; step++) answer.write(trace(vertex(step, 'done')));
  answer.end(`${JSON.stringify({ id: 'moby.image.id', aux: { ID: image } })}\n`);
  tell({ type: 'last', events, lines, milliseconds });
}

function drained(answer: ServerResponse): Promise<void> {
  return new Promise((resolve) => {
    const done = () => {
      answer.off('drain', done).off('close', done);
      resolve();
    };
    answer.on('drain', done).on('close', done);
  });
}

/** A line of the answer: a StatusResponse of BuildKit's with one event in it. */
function trace(message: BinaryWriter): string {
  const aux = Buffer.from(message.finish()).toString('base64');
  return `{"id":"moby.buildkit.trace","aux":"${aux}"}\n`;
}

const digest = (step: number): string => `sha256:${`${step}`.repeat(64)}`;

function moment(writer: BinaryWriter, field: number, milliseconds: number): BinaryWriter {
  return writer
    .tag(field, 2)
    .fork()
    .tag(1, 0)
    .int64(Math.floor(milliseconds / 1000))
    .join();
}

function vertex(step: number, state: 'running' | 'done'): BinaryWriter {
  const writer = new BinaryWriter().tag(1, 2).fork();
  writer.tag(1, 2).string(digest(step)).tag(3, 2).string(`[stage${step} 2/2] RUN work ${step}`);
  moment(writer, 5, begun);
  if (state === 'done') moment(writer, 6, Date.now());
  return writer.join();
}

function status(step: number, count: number): BinaryWriter {
  const writer = new BinaryWriter().tag(2, 2).fork();
  writer.tag(1, 2).string(`part ${step}`).tag(2, 2).string(digest(step)).tag(3, 2).string('downloading');
  writer.tag(4, 0).int64(count).tag(5, 0).int64(100_000_000);
  moment(writer, 6, begun);
  return moment(writer, 7, begun).join();
}

function log(step: number, line: number): BinaryWriter {
  const text = `line ${line} of what this step prints while it works on its files\n`;
  const writer = new BinaryWriter().tag(3, 2).fork();
  writer.tag(1, 2).string(digest(step));
  moment(writer, 2, begun);
  return writer.tag(3, 0).int64(1).tag(4, 2).bytes(Buffer.from(text)).join();
}
