/** What an image carries in vain, as a JSON document; field names are stable. Sizes are bytes, layers count from 1. */
import type { ImageContents } from '../engine/layers/contents.ts';
import type { Waste } from '../engine/layers/waste.ts';
import type { WasteItem } from '../engine/layers/waste-item.ts';
import type { Verdict } from './check-verdict.ts';
import { exactText } from './exact-text.ts';

export function checkDocument({ image }: ImageContents, waste: Waste, verdicts: readonly Verdict[]): object {
  return {
    image: image.name,
    id: image.id,
    platform: image.platform,
    layers: image.layers.length,
    size: waste.carried,
    waste: waste.bytes,
    efficiency: waste.efficiency,
    duplicates: waste.compared ? waste.byKind.duplicate.bytes : null,
    kinds: waste.compared ? waste.byKind : { ...waste.byKind, duplicate: null },
    items: waste.items.map((item) => itemDocument(image.layers, item)),
    limits: verdicts.map(({ limit, actual, kept, hint }) => ({
      name: limit.name,
      allowed: limit.allowed,
      actual,
      kept,
      hint,
    })),
    kept: verdicts.every(({ kept }) => kept),
  };
}

function itemDocument(layers: ImageContents['image']['layers'], item: WasteItem): object {
  const {
    kind,
    path,
    within,
    bytes,
    files,
    times,
    what,
    broughtBy,
    hiddenBy,
    blame,
    fix,
    sameAs,
    unchanged,
  } = item;
  const { step, diffId, createdBy } = layers[blame]!;
  return {
    kind,
    path: exactText(path),
    within,
    bytes,
    files,
    times,
    what,
    broughtBy: broughtBy.map((layer) => layer + 1),
    hiddenBy: hiddenBy.map((layer) => layer + 1),
    layer: blame + 1,
    step,
    diffId,
    createdBy,
    fix,
    sameAs: sameAs === undefined ? null : exactText(sameAs),
    unchanged,
  };
}
