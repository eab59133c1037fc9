/** A negotiated connection: which engine answers, and in which version of the API it is spoken to. */
import type { EngineInfo, EngineKind } from '../engine.ts';
import { line } from '../text.ts';
import { askEarly } from './early-requests.ts';
import type { Endpoint } from './endpoint.ts';
import { type Answer, Http } from './http.ts';
import { corrupt, parseJson } from './ndjson.ts';
import { platform, text } from './normalise.ts';
import type { Info } from './wire.ts';

/** Answers change shape with the version: none newer than this has been read. */
const NEWEST = '1.51';
const PING_MS = 15_000;

export interface Session {
  readonly http: Http;
  readonly kind: EngineKind;
  readonly info: EngineInfo;
  /** The answer to `GET /images/json?all=1`, asked for before anything else was known. */
  readonly firstList: Promise<unknown> | undefined;
}

export interface OpenOptions {
  readonly chosenBy: string;
  readonly signal?: AbortSignal | undefined;
  readonly prefetchList?: boolean | undefined;
  /** Told when the first requests are on their way, or cannot be sent. */
  readonly onAsked?: (() => void) | undefined;
}

/** Source: `GET /_ping`, `GET /info`. Errors: `unreachable`, `permission`, `corrupt`, `bad-input`, `cancelled`. */
export async function openSession(endpoint: Endpoint, options: OpenOptions): Promise<Session> {
  const http = new Http(endpoint);
  try {
    const { signal } = options;
    const early = options.prefetchList ? askEarly(endpoint, signal) : undefined;
    if (options.onAsked !== undefined) void (early?.sent ?? Promise.resolve()).then(options.onAsked);
    const ping = readPing((await early?.ping.catch(() => undefined)) ?? (await sendPing(http, signal)));
    http.version = `/v${ping.apiVersion}`;
    const list = ping.isNewer ? undefined : early?.list;
    const firstList = options.prefetchList ? prefetch(http, list, signal) : undefined;
    const info = await askInfo(http, ping.isNewer ? undefined : early?.info, signal);
    const kind = kindOf(ping, info);
    return { http, kind, info: describe(http, ping, info, kind, options.chosenBy), firstList };
  } catch (thrown) {
    await http.close();
    throw thrown;
  }
}

/** Source: `GET /_ping`, which is spoken without a version. */
export function sendPing(http: Http, signal: AbortSignal | undefined): Promise<Answer> {
  return http.send({
    path: '/_ping',
    unversioned: true,
    doing: 'greet the engine',
    signal,
    timeout: PING_MS,
  });
}

interface Ping {
  readonly apiVersion: string;
  /** Whether the engine speaks, and so answers unasked, in a version newer than what is read here. */
  readonly isNewer: boolean;
  /** Podman's own version; `''` for Docker. */
  readonly libpod: string;
}

function readPing(answer: Answer): Ping {
  const header = (name: string) => line(String(answer.headers[name] ?? ''));
  const offered = header('api-version');
  if (!/^\d+\.\d+$/.test(offered)) {
    throw corrupt('greet the engine', 'it names no API version, so it is no Docker or Podman engine');
  }
  const apiVersion = older(offered, NEWEST);
  return { apiVersion, isNewer: apiVersion !== offered, libpod: header('libpod-api-version') };
}

function older(a: string, b: string): string {
  const [majorA = 0, minorA = 0] = a.split('.').map(Number);
  const [majorB = 0, minorB = 0] = b.split('.').map(Number);
  return majorA < majorB || (majorA === majorB && minorA <= minorB) ? a : b;
}

/** Whether the first `apiVersion` is at least the second. */
export function atLeast(apiVersion: string, wanted: string): boolean {
  return older(apiVersion, wanted) === wanted;
}

async function askInfo(
  http: Http,
  early: Promise<Answer> | undefined,
  signal: AbortSignal | undefined,
): Promise<Partial<Info>> {
  const call = { path: '/info', doing: 'ask what engine it is', signal };
  const answer = await early?.then(
    ({ text }) => parseJson(text, call.doing),
    () => undefined,
  );
  const isObject = typeof answer === 'object' && answer !== null && !Array.isArray(answer);
  return isObject ? answer : http.object<Info>(call);
}

/** An early list is taken when it came whole; otherwise the list is asked for in the usual way. */
function prefetch(
  http: Http,
  early: Promise<Answer> | undefined,
  signal: AbortSignal | undefined,
): Promise<unknown> {
  const call = { path: '/images/json', query: { all: true }, doing: 'list images', signal };
  const list =
    early === undefined
      ? http.json(call)
      : early.then(
          ({ text }) => parseJson(text, call.doing),
          () => http.json(call),
        );
  // Its failure is told to whoever asks for the list.
  list.catch(() => {});
  return list;
}

/** Docker's classic and containerd stores differ in nothing else but `/info`. */
function kindOf(ping: Ping, info: Partial<Info>): EngineKind {
  if (ping.libpod !== '') return 'podman';
  const status = Array.isArray(info.DriverStatus) ? info.DriverStatus : [];
  const containerd = status.some(
    ([key, value]) => key === 'driver-type' && value?.startsWith('io.containerd.'),
  );
  return containerd ? 'docker-containerd' : 'docker-classic';
}

function describe(
  http: Http,
  ping: Ping,
  info: Partial<Info>,
  kind: EngineKind,
  chosenBy: string,
): EngineInfo {
  const security = Array.isArray(info.SecurityOptions) ? info.SecurityOptions : [];
  return {
    kind,
    name: kind === 'podman' ? 'podman' : 'docker',
    version: ping.libpod || text(info.ServerVersion),
    apiVersion: ping.apiVersion,
    address: http.address,
    chosenBy,
    platform: platform(info.OSType, info.Architecture),
    storage: text(info.Driver),
    rootless: info.Rootless === true || security.some((option) => option.includes('rootless')),
    imageSize: IMAGE_SIZE[kind],
  };
}

const IMAGE_SIZE: Readonly<Record<EngineKind, EngineInfo['imageSize']>> = {
  'docker-classic': { bound: 'exact', meaning: 'the unpacked files of all its layers' },
  'docker-containerd': {
    bound: 'about',
    meaning: 'the compressed layers as pulled, and the unpacked files in disk blocks',
  },
  podman: { bound: 'about', meaning: 'its layers as tar archives' },
  embedded: { bound: 'exact', meaning: 'the compressed layers' },
};
