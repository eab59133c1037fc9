/** Starts an engine with a running container, prints where, and waits to be killed (see engines.test.ts). */
import { type EngineName, startEngine } from './engines.ts';
import { ImageMaker } from './image-maker.ts';

const engine = await startEngine(process.argv[2] as EngineName);
const maker = new ImageMaker(engine);
await maker.base();
await maker.container('base:1', { name: 'sleeper' });
process.stdout.write(`${engine.socket}\n`);
setInterval(() => {}, 1000);
