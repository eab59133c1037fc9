/** The Docker Engine API backend: Docker's classic and containerd stores, and Podman's compatible API. */
import type { Readable, Writable } from 'node:stream';
import type { ImageBuilder } from '../build.ts';
import type { BuildWatcher } from '../build-record.ts';
import type { Containers } from '../container.ts';
import type { BuildCachePruner } from '../disk-usage.ts';
import type {
  CallOptions,
  Capability,
  Engine,
  EngineInfo,
  ListOptions,
  PruneOptions,
  RemoveOptions,
} from '../engine.ts';
import { lazyContents } from '../layers/lazy-contents.ts';
import type { ImportOptions, PullOptions, PushOptions, SaveOptions } from '../transfer.ts';
import type { Volumes } from '../volume.ts';
import { imageBuilder } from './build/builder.ts';
import { containerServices } from './container-services.ts';
import { lazyBuildWatcher, noBuilds } from './control/no-builds.ts';
import { diskUsage } from './disk-usage.ts';
import type { Endpoint } from './endpoint.ts';
import { engineEvents } from './events.ts';
import { imageHistory } from './history.ts';
import { firstImages, inspectImage, listImages } from './images.ts';
import { importArchive } from './import.ts';
import { imageLayers } from './layers.ts';
import { loadArchive } from './load.ts';
import { buildCachePruner, pruneImages } from './prune.ts';
import { pullImage } from './pull.ts';
import { pushImage } from './push.ts';
import { removeImage, tagImage } from './removal.ts';
import { saveImages } from './save.ts';
import { type OpenOptions, openSession, type Session, sendPing } from './session.ts';
import { volumeServices } from './volume-services.ts';

/** Errors: `unreachable`, `permission`, `corrupt`, `bad-input`, `cancelled`. */
export async function openDockerEngine(endpoint: Endpoint, options: OpenOptions): Promise<Engine> {
  return new DockerEngine(await openSession(endpoint, options));
}

class DockerEngine implements Engine {
  readonly info: EngineInfo;
  readonly containers: Containers;
  readonly volumes: Volumes;
  readonly buildCache?: BuildCachePruner;
  readonly builder: ImageBuilder;
  readonly builds?: BuildWatcher;
  readonly absent: Engine['absent'];
  readonly #session: Session;
  #firstList: Promise<unknown> | undefined;

  constructor(session: Session) {
    this.#session = session;
    this.#firstList = session.firstList;
    this.info = session.info;
    const forget = () => {
      this.#firstList = undefined;
    };
    this.containers = containerServices(session, forget);
    this.volumes = volumeServices(session);
    const absent: Partial<Record<Capability, string>> = {};
    if (session.kind === 'podman') {
      absent.buildCache = 'Podman keeps its build cache as images: prune those instead';
    } else {
      this.buildCache = buildCachePruner(session);
    }
    this.builder = imageBuilder(session, forget);
    const unremembered = noBuilds(session);
    if (unremembered === undefined) this.builds = lazyBuildWatcher(session);
    else absent.builds = unremembered;
    this.absent = absent;
  }

  list(options: ListOptions = {}) {
    const first = this.#firstList;
    // Whatever happens from the first list on, later ones must see it.
    this.#firstList = undefined;
    if (first !== undefined && options.all && options.filters === undefined && !options.signal?.aborted) {
      return firstImages(this.#session, first, options);
    }
    return listImages(this.#session, options);
  }

  inspect(image: string, options?: CallOptions) {
    return inspectImage(this.#session, image, options);
  }

  history(image: string, options?: CallOptions) {
    return imageHistory(this.#session, image, options);
  }

  layers(image: string, options?: CallOptions) {
    return imageLayers(this.#session, image, options);
  }

  contents(image: string) {
    return lazyContents(this.info.name, async () => {
      const { exportedContents } = await import('./contents.ts');
      return exportedContents(this.#session, image);
    });
  }

  tag(image: string, reference: string, options?: CallOptions) {
    this.#firstList = undefined;
    return tagImage(this.#session, image, reference, options);
  }

  remove(image: string, options?: RemoveOptions) {
    this.#firstList = undefined;
    return removeImage(this.#session, image, options);
  }

  prune(options?: PruneOptions) {
    this.#firstList = undefined;
    return pruneImages(this.#session, options);
  }

  pull(reference: string, options?: PullOptions) {
    this.#firstList = undefined;
    return pullImage(this.#session, reference, options);
  }

  push(reference: string, options?: PushOptions) {
    this.#firstList = undefined;
    return pushImage(this.#session, reference, options);
  }

  save(images: readonly string[], sink: Writable, options?: SaveOptions) {
    return saveImages(this.#session, images, sink, options);
  }

  load(source: Readable, options?: CallOptions) {
    this.#firstList = undefined;
    return loadArchive(this.#session, source, options);
  }

  import(source: Readable, options?: ImportOptions) {
    this.#firstList = undefined;
    return importArchive(this.#session, source, options);
  }

  diskUsage(options?: CallOptions) {
    return diskUsage(this.#session, options);
  }

  events(options?: CallOptions & { readonly onOpen?: () => void }) {
    return engineEvents(this.#session, options);
  }

  async ping(options: CallOptions = {}) {
    await sendPing(this.#session.http, options.signal);
  }

  close() {
    return this.#session.http.close();
  }
}
