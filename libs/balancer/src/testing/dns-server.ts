import { createSocket } from 'node:dgram';
import { once } from 'node:events';

const HEADER_BYTES = 12;
const TYPE_A = 1;
/** An answer without recursion, to a question with recursion desired (RFC 1035 §4.1.1). */
const ANSWERS = 0x8180;
const SERVER_FAILED = 2;
/** "The name is the one at byte 12": the question's (RFC 1035 §4.1.4). */
const SAME_NAME = 0xc000 + HEADER_BYTES;
const CLASS_IN = 1;

/** A DNS server on loopback, for one name's worth of records. */
export interface DnsServer extends AsyncDisposable {
  /** `host:port`, as `Resolver.setServers` takes it. */
  readonly address: string;
  /** The A records of every name; undefined: it fails (SERVFAIL). */
  records: readonly string[] | undefined;
}

/** Starts a DNS server on a free port. */
export async function dnsServer(records: readonly string[]): Promise<DnsServer> {
  const socket = createSocket('udp4');
  const server: DnsServer = {
    get address() {
      const { address, port } = socket.address();
      return `${address}:${port}`;
    },
    records,
    async [Symbol.asyncDispose]() {
      socket.close();
      await once(socket, 'close');
    },
  };
  socket.on('message', (query, { port, address }) =>
    socket.send(answerTo(query, server.records), port, address),
  );
  socket.bind(0, '127.0.0.1');
  await once(socket, 'listening');
  return server;
}

function answerTo(query: Buffer, records: readonly string[] | undefined): Buffer {
  const nameEnd = query.indexOf(0, HEADER_BYTES) + 1;
  const question = query.subarray(HEADER_BYTES, nameEnd + 4);
  const addresses = query.readUInt16BE(nameEnd) === TYPE_A ? (records ?? []) : [];
  const header = Buffer.alloc(HEADER_BYTES);
  header.writeUInt16BE(query.readUInt16BE(0), 0);
  header.writeUInt16BE(ANSWERS + (records === undefined ? SERVER_FAILED : 0), 2);
  header.writeUInt16BE(1, 4);
  header.writeUInt16BE(addresses.length, 6);
  return Buffer.concat([header, question, ...addresses.map(recordOf)]);
}

/** An A record that may not be kept: TTL 0. */
function recordOf(address: string): Buffer {
  const record = Buffer.alloc(16);
  record.writeUInt16BE(SAME_NAME, 0);
  record.writeUInt16BE(TYPE_A, 2);
  record.writeUInt16BE(CLASS_IN, 4);
  record.writeUInt16BE(4, 10);
  for (const [index, part] of address.split('.').entries()) record.writeUInt8(Number(part), 12 + index);
  return record;
}
