import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer } from 'node:net';
import { join } from 'node:path';

/**
 * Where the stack of the walk is.
 *
 * @typedef {object} WalkTopology
 * @property {string} file the topology file, for `BALANZA_CONFIG`
 * @property {readonly number[]} ports all of them
 * @property {number} entry the port of `load-balancer`; the others are called by what they are in README.md
 * @property {number} gateway one of three
 * @property {number} microserviceBalancer
 * @property {number} workerBalancer
 * @property {number} cache
 */

const PORTS = 15;

/**
 * Writes a topology file for a stack beside any other, like the built-in one but for its ports and the folder of its data.
 *
 * @param {string} folder for the file and the data
 * @returns {Promise<WalkTopology>}
 */
export async function writeTopology(folder) {
  const ports = await freePorts(PORTS);
  const left = [...ports];
  const next = () => left.pop() ?? 0;
  const [entry, microserviceBalancer, workerBalancer, cache] = [next(), next(), next(), next()];
  const gateway = next();
  const file = join(folder, 'balanza.json');
  const content = {
    apps: {
      'api-gateway': [{ port: gateway }, { port: next() }, { port: next() }],
      microservice: [
        { port: next(), weight: 3, processingTime: 0.2 },
        { port: next(), weight: 2, processingTime: 0.5 },
        { port: next(), weight: 1, processingTime: 1 },
      ],
      worker: [{ port: next() }, { port: next() }],
      cache: [{ port: cache }],
      database: [{ port: next() }],
    },
    postgres: { port: next(), dataDirectory: join(folder, 'postgres') },
    balancers: {
      'load-balancer': { port: entry },
      'lb-microservices': { port: microserviceBalancer },
      'lb-workers': { port: workerBalancer, eventsPort: next() },
    },
  };
  writeFileSync(file, JSON.stringify(content));
  return { file, ports, entry, gateway, microserviceBalancer, workerBalancer, cache };
}

/**
 * Whether anything listens there.
 *
 * @param {number} port
 * @returns {Promise<boolean>}
 */
export async function isTaken(port) {
  const socket = connect(port, '127.0.0.1');
  try {
    await once(socket, 'connect');
    return true;
  } catch {
    return false;
  } finally {
    socket.destroy();
  }
}

/** @param {number} count */
async function freePorts(count) {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map(
    (server) => /** @type {import('node:net').AddressInfo} */ (server.address()).port,
  );
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}
