import { daemonContract } from './contract-daemon.ts';

daemonContract('docker26-containerd');
daemonContract('docker28-containerd');
