/** Between engine and state: what is listed, counted and read in the background, and what dialogs ask for. */
import { addressOf, type Candidate, type Choice } from '../engine/choice.ts';
import { NO_USES } from '../engine/cleanup/uses.ts';
import type { Engine, EngineEvent } from '../engine/engine.ts';
import { asEngineError } from '../engine/errors.ts';
import { type LayerCache, openLayerCache } from '../engine/layer-cache.ts';
import { gatherStock, type Stock } from '../engine/stock.ts';
import { type EngineWatch, type WatchState, watchEngine } from '../engine/watch.ts';
import { createChangesLoader } from './changes.ts';
import { createDetailLoader } from './detail-loader.ts';
import { cleared } from './planner.ts';
import type { AppState, Connection, EngineOption } from './state.ts';
import { createStockLoader } from './stock-loader.ts';
import type { Store } from './store.ts';
import { ticksVolumes } from './volume-loading.ts';

export interface Session {
  /** The engine while it is connected. */
  engine(): Engine | undefined;
  /** Lists again, or tries again at once while the engine is lost; resolves when the list is there. */
  refresh(): Promise<void>;
  /** Asks for inspect and history of an image, unless they are known. */
  loadDetails(id: string): void;
  /** Asks how a container differs from its image. */
  loadChanges(container: string): void;
  /** Everything a plan stands on, asked for now. Rejects with `cancelled` after `stopPlanning`. */
  freshStock(onProgress: (done: number, total: number) => void): Promise<Stock>;
  stopPlanning(): void;
  findEngines(): Promise<EngineOption[]>;
  switchTo(option: EngineOption): void;
  /** Tells of what happens on the engine that is connected; call the result to stop. */
  onEvent(listener: (event: EngineEvent) => void): () => void;
  /** Running jobs by id: how to cancel one, and when it has ended. */
  readonly works: Map<string, Work>;
  stop(): Promise<void>;
}

export interface Work {
  readonly cancel: AbortController;
  readonly ended: Promise<void>;
}

export interface SessionOptions {
  readonly store: Store<AppState>;
  /** Chooses and connects; called again after every loss. */
  readonly connect: (choice: Choice | undefined, signal: AbortSignal) => Promise<Engine>;
  readonly findEngines: () => Promise<Candidate[]>;
  /** Called before everything that a plan stands on is asked for. */
  readonly beforePlanning?: () => void;
}

export function startSession(options: SessionOptions): Session {
  const { store } = options;
  const works = new Map<string, Work>();
  const listeners = new Set<(event: EngineEvent) => void>();
  let planning = new AbortController();
  let choice: Choice | undefined;
  let cache: { readonly engine: Engine; readonly opened: Promise<LayerCache> } | undefined;
  let watch: EngineWatch | undefined;

  function engine(): Engine | undefined {
    return watch?.state.phase === 'connected' ? watch.state.engine : undefined;
  }

  function layerCache(of: Engine): Promise<LayerCache> {
    if (cache?.engine !== of) cache = { engine: of, opened: openLayerCache(of.info) };
    return cache.opened;
  }

  const details = createDetailLoader(store, engine);
  const changes = createChangesLoader(store, engine);
  const stocks = createStockLoader(store, layerCache);
  watch = begin();

  function begin(): EngineWatch {
    return watchEngine({
      connect: (signal) => options.connect(choice, signal),
      onState: (state) => onState(state),
      onEvent: (event) => {
        for (const listener of listeners) listener(event);
      },
    });
  }

  function onState(told: WatchState): void {
    if (told.phase === 'stopped') return;
    const before = store.get();
    const images = told.images ?? before.images;
    const fresh = images !== before.images || before.listedAt === undefined;
    const change = (state: AppState): AppState => ({
      ...state,
      connection: connectionOf(told, state),
      absent: told.phase === 'connected' ? told.engine.absent : state.absent,
      images,
      listedAt: told.images === undefined ? undefined : told.listedAt,
      marks: fresh ? kept(state.marks, images) : state.marks,
    });
    // A list or a loss is shown at once; that a listing goes on, or is about to come, is not worth a frame.
    const isListComing = told.phase === 'connected' && told.images === undefined && told.error === undefined;
    if (!isListComing && (fresh || told.phase !== before.connection.status)) store.update(change);
    else store.stream(change);
    if (told.phase !== 'connected') {
      stocks.stop();
      if (told.phase === 'lost' && before.connection.status !== 'lost') findOthers();
      return;
    }
    if (told.error !== undefined && told.error !== before.lastError) {
      const { error } = told;
      store.update((state) => ({
        ...state,
        lastError: error,
        toast: { tone: 'bad', text: `${error.message} (! for details)` },
      }));
    }
    if (fresh) details.forget();
    if (told.images !== undefined && !told.refreshing) stocks.load(told.engine, told.images, fresh);
  }

  function findOthers(): void {
    options.findEngines().then(
      (found) => store.stream((state) => ({ ...state, otherEngines: found.map(engineOption) })),
      () => {},
    );
  }

  return {
    engine,
    refresh: async () => await watch?.refresh(),
    loadDetails: details.load,
    loadChanges: changes.load,
    async freshStock(onProgress) {
      const now = engine();
      planning.abort();
      planning = new AbortController();
      const { signal } = planning;
      if (now === undefined) throw lostError(store.get());
      options.beforePlanning?.();
      const opened = await layerCache(now);
      const volumes = ticksVolumes(store.get());
      const stock = await gatherStock(now, { signal, cache: opened, volumes, onProgress });
      void opened.save();
      return stock;
    },
    stopPlanning: () => planning.abort(),
    findEngines: async () => (await options.findEngines()).map(engineOption),
    switchTo(option) {
      void watch?.stop();
      stocks.stop();
      details.forget();
      choice = option.choice;
      store.update((state) => ({
        ...state,
        connection: { status: 'connecting', address: option.address },
        images: [],
        listedAt: undefined,
        containers: [],
        stock: undefined,
        usage: undefined,
        unused: undefined,
        reading: undefined,
        marks: new Set(),
        uses: NO_USES,
        planner: { ...cleared(state.planner), registries: new Map() },
        cleanup: undefined,
        ruleFigures: undefined,
        rangeFrom: undefined,
        page: undefined,
        details: undefined,
        containerList: undefined,
        changes: undefined,
        changesPage: undefined,
        files: undefined,
        findings: undefined,
        compare: undefined,
        actList: undefined,
        result: undefined,
      }));
      watch = begin();
    },
    onEvent(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    works,
    async stop() {
      planning.abort();
      stocks.stop();
      // A call under way is let finish: only its answer tells what is gone.
      for (const work of works.values()) work.cancel.abort();
      await Promise.all([...works.values()].map((work) => work.ended));
      await watch?.stop();
      await (await cache?.opened)?.save();
    },
  };

  function connectionOf(told: WatchState, state: AppState): Connection {
    const last = state.connection;
    const info = last.status === 'connected' || last.status === 'lost' ? last.info : undefined;
    if (told.phase === 'connected')
      return last.status === 'connected' && last.info === told.engine.info
        ? last
        : { status: 'connected', info: told.engine.info };
    if (told.phase !== 'lost') return last;
    return {
      status: 'lost',
      info,
      address: info?.address ?? (last.status === 'connecting' ? last.address : ''),
      error: told.error,
      since: told.since,
      attempt: told.attempt + 1,
      retryAt: told.retryAt,
    };
  }

  function lostError(state: AppState): unknown {
    return state.connection.status === 'lost'
      ? state.connection.error
      : asEngineError(new Error('no engine is connected yet'));
  }
}

/** Marks of images that are still there; the same set when all are. */
function kept(marks: ReadonlySet<string>, images: AppState['images']): ReadonlySet<string> {
  if (marks.size === 0) return marks;
  const there = new Set(images.map((image) => image.id));
  const left = [...marks].filter((id) => there.has(id));
  return left.length === marks.size ? marks : new Set(left);
}

function engineOption(candidate: Candidate): EngineOption {
  const { choice, label, problem, note } = candidate;
  return { address: addressOf(choice), label, problem: problem ?? '', note: note ?? '', choice };
}
