/** Pins by chance, with a judge of their own: what must stay is told from how each pin was made, not by the code under test. */
import type { PinSettings } from '../../src/engine/cleanup/pins.ts';
import type { Image } from '../../src/engine/image.ts';
import type { Stock } from '../../src/engine/stock.ts';

type Pick = (below: number) => number;

export interface RandomPins {
  readonly settings: PinSettings;
  /** The names of an image that no bulk action may take. */
  heldNames(image: Image): string[];
  /** Whether the image itself must stay. */
  holds(image: Image): boolean;
}

interface NamePin {
  readonly text: string;
  readonly means: (name: string) => boolean;
}

/** Up to three pins, made of what is in the store so that they hold something. */
export function randomPins(stock: Stock, pick: Pick): RandomPins {
  const names = stock.images.flatMap(({ references, digests }) => [...references, ...digests]).sort();
  const labels = stock.images.flatMap((image) => Object.entries(image.labels));
  const chosen: NamePin[] = [];
  const keys: string[] = [];
  for (let count = pick(4); count > 0; count--) {
    if (labels.length > 0 && pick(3) === 0) {
      const [key, value] = labels[pick(labels.length)]!;
      keys.push(pick(2) === 0 ? key : `${key}=${value}`);
    } else if (names.length > 0) chosen.push(namePin(names[pick(names.length)]!, pick));
  }
  const isLabelled = (image: Image) =>
    Object.entries(image.labels).some(
      ([key, value]) => keys.includes(key) || keys.includes(`${key}=${value}`),
    );
  const heldNames = (image: Image) =>
    [...image.references, ...image.digests].filter(
      (name) => isLabelled(image) || chosen.some(({ means }) => means(name)),
    );
  return {
    settings: { names: chosen.map(({ text }) => text), labels: keys },
    heldNames,
    holds: (image) => isLabelled(image) || heldNames(image).length > 0,
  };
}

function namePin(name: string, pick: Pick): NamePin {
  const repository = withoutTag(name);
  const isHub = !repository.includes('/');
  const exact = (one: string) => one === name;
  switch (pick(5)) {
    case 0:
      return { text: repository, means: (one) => withoutTag(one) === repository };
    case 1:
      return { text: `${repository}:*`, means: (one) => one.startsWith(`${repository}:`) };
    case 2: {
      const start = repository.slice(0, Math.max(1, repository.length - 1));
      return {
        text: `${start}*`,
        means: (one) => one.startsWith(start) && !one.slice(start.length).includes('/'),
      };
    }
    case 3:
      return { text: isHub ? `docker.io/library/${name}` : name, means: exact };
    default:
      return { text: name, means: exact };
  }
}

function withoutTag(name: string): string {
  const bare = name.split('@')[0]!;
  const colon = bare.lastIndexOf(':');
  return colon > bare.lastIndexOf('/') ? bare.slice(0, colon) : bare;
}
