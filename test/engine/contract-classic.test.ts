import { daemonContract } from './contract-daemon.ts';

daemonContract('docker20');
daemonContract('docker26-classic');
daemonContract('docker28-classic');
