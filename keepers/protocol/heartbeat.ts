import { type Address, ByteReader, ByteWriter, concatBytes, EncodingError, type Hash } from "./bytes.js";
import { keccak, SIGNATURE_BYTES, type Signer, type SigningKey, withSignature } from "./signing.js";

/** State of a container as its node sees it. */
export const ContainerState = { UNKNOWN: 0, STARTING: 1, RUNNING: 2, UNHEALTHY: 3, STOPPED: 4, FAILED: 5 } as const;
export type ContainerState = (typeof ContainerState)[keyof typeof ContainerState];

/** A job on the node: the state of all its containers together, which is RUNNING when all of them run and are healthy. */
export interface ContainerReport {
  /** `serviceId` of job and deed. */
  readonly assignment: Hash;
  readonly state: ContainerState;
}

/** A node's sign of life. */
export interface Heartbeat {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  readonly node: Address;
  /** Strictly increasing for a node, across restarts too. */
  readonly sequence: bigint;
  /** Milliseconds since 1970 by the node's clock. Informative: scoring uses the receiver's clock. */
  readonly time: bigint;
  /** A recent block, so that a heartbeat cannot be signed long before it is sent. */
  readonly blockNumber: bigint;
  readonly blockHash: Hash;
  /** Basis points of the node's capacity in use, 0 to 10,000. */
  readonly load: number;
  readonly containers: readonly ContainerReport[];
}

/** A heartbeat off the wire, not yet verified: the shape is right, the signature may be anybody's. */
export interface DecodedHeartbeat {
  readonly heartbeat: Heartbeat;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
}

/** Most jobs that a heartbeat can name. */
export const MAX_CONTAINERS = 255;

/** No heartbeat is longer; longer messages need not be looked at. */
export const MAX_HEARTBEAT_BYTES = 8588;

const VERSION = 1;
const MAX_LOAD = 10_000;
const DOMAIN = new ByteWriter().ascii("R1/heartbeat/1").toBytes();

/** Where a node publishes its heartbeats. */
export function heartbeatTopic(chainId: bigint, node: Address): string {
  return `r1/${chainId}/heartbeat/${node.toLowerCase()}`;
}

/** What is hashed and sent, without the signature. @throws EncodingError naming the field that is out of range */
export function encodeHeartbeat(heartbeat: Heartbeat): Uint8Array {
  checkLoad(heartbeat.load);
  checkCount(heartbeat.containers.length);
  for (const { state } of heartbeat.containers) checkState(state);
  const writer = new ByteWriter()
    .u8(VERSION)
    .u64(heartbeat.chainId)
    .address(heartbeat.nodeRegistry)
    .address(heartbeat.node)
    .u64(heartbeat.sequence)
    .u64(heartbeat.time)
    .u64(heartbeat.blockNumber)
    .bytes32(heartbeat.blockHash)
    .u16(heartbeat.load)
    .u8(heartbeat.containers.length);
  for (const { assignment, state } of heartbeat.containers) writer.bytes32(assignment).u8(state);
  return writer.toBytes();
}

/** The message as sent. @throws EncodingError when the key is not the node's */
export function signHeartbeat(heartbeat: Heartbeat, key: SigningKey): Uint8Array {
  const body = bodyFor(heartbeat, key);
  return concatBytes(body, key.sign(digestOf(body)));
}

/** The same by whoever holds the key. Rejects as `signHeartbeat` throws, and as the signer does. */
export async function signedHeartbeat(heartbeat: Heartbeat, signer: Signer): Promise<Uint8Array> {
  return withSignature(DOMAIN, bodyFor(heartbeat, signer), signer);
}

function bodyFor(heartbeat: Heartbeat, { address }: Signer): Uint8Array {
  if (address !== heartbeat.node.toLowerCase()) {
    throw new EncodingError(`heartbeat of ${heartbeat.node} cannot be signed by ${address}`);
  }
  return encodeHeartbeat(heartbeat);
}

/** @throws EncodingError for every message that signHeartbeat would not write, but for the signature, left unchecked */
export function decodeHeartbeat(message: Uint8Array): DecodedHeartbeat {
  if (message.length > MAX_HEARTBEAT_BYTES) {
    throw new EncodingError(`heartbeat: got ${message.length} bytes, want at most ${MAX_HEARTBEAT_BYTES}`);
  }
  const reader = new ByteReader(message);
  const heartbeat = readHeartbeat(reader);
  const body = message.subarray(0, reader.offset);
  const signature = reader.raw(SIGNATURE_BYTES);
  reader.end();
  return { heartbeat, digest: digestOf(body), signature };
}

function readHeartbeat(reader: ByteReader): Heartbeat {
  const version = reader.u8();
  if (version !== VERSION) throw new EncodingError(`heartbeat: got version ${version}, want ${VERSION}`);
  return {
    chainId: reader.u64(),
    nodeRegistry: reader.address(),
    node: reader.address(),
    sequence: reader.u64(),
    time: reader.u64(),
    blockNumber: reader.u64(),
    blockHash: reader.bytes32(),
    load: readLoad(reader),
    containers: readContainers(reader),
  };
}

function readLoad(reader: ByteReader): number {
  const load = reader.u16();
  checkLoad(load);
  return load;
}

function readContainers(reader: ByteReader): ContainerReport[] {
  const count = reader.u8();
  return Array.from({ length: count }, () => ({ assignment: reader.bytes32(), state: readState(reader) }));
}

function readState(reader: ByteReader): ContainerState {
  const state = reader.u8();
  checkState(state);
  return state;
}

function checkState(state: number): asserts state is ContainerState {
  if (!Number.isInteger(state) || state < ContainerState.UNKNOWN || state > ContainerState.FAILED) {
    throw new EncodingError(`heartbeat: got container state ${state}, want 0 to ${ContainerState.FAILED}`);
  }
}

function checkLoad(load: number): void {
  if (load > MAX_LOAD) throw new EncodingError(`heartbeat: got load ${load}, want 0 to ${MAX_LOAD} basis points`);
}

function checkCount(count: number): void {
  if (count > MAX_CONTAINERS) {
    throw new EncodingError(`heartbeat: got ${count} containers, want at most ${MAX_CONTAINERS}`);
  }
}

function digestOf(body: Uint8Array): Uint8Array {
  return keccak(concatBytes(DOMAIN, body));
}
