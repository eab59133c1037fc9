import { daemonContract } from './contract-daemon.ts';

daemonContract('podman43');
