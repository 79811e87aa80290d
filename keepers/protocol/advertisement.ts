import { type Address, ByteReader, ByteWriter, concatBytes, EncodingError } from "./bytes.js";
import { keccak, SIGNATURE_BYTES, type Signer, type SigningKey, withSignature } from "./signing.js";

/** What a node has for jobs: thousandths of a core, mebibytes, whole devices. */
export interface AdvertisedCapacity {
  readonly milliCpu: number;
  readonly memoryMiB: number;
  readonly diskMiB: number;
  /** At most 255. */
  readonly gpus: number;
}

/** What a node offers to jobs, as it says itself. */
export interface Advertisement {
  readonly chainId: bigint;
  readonly nodeRegistry: Address;
  readonly node: Address;
  /** Milliseconds since 1970 by the node's clock; strictly increasing for a node, across restarts too. */
  readonly time: bigint;
  /** In all, whatever of it is taken. */
  readonly capacity: AdvertisedCapacity;
  /** Basis points of the capacity in use, 0 to 10,000. */
  readonly load: number;
  /** ISO 3166-1, two capital letters; `UNKNOWN_COUNTRY` when it does not say. */
  readonly country: string;
  /** Ascending, each once; letters, digits and dashes. */
  readonly tags: readonly string[];
  /** Where its gateway is reached, http or https without a query; empty when it publishes nothing. */
  readonly gateway: string;
}

/** An advertisement off the wire, not yet verified: the shape is right, the signature may be anybody's. */
export interface DecodedAdvertisement {
  readonly advertisement: Advertisement;
  readonly digest: Uint8Array;
  readonly signature: Uint8Array;
}

/** What ISO 3166 leaves to users, for no country in particular. */
export const UNKNOWN_COUNTRY = "ZZ";

export const MAX_TAGS = 16;
export const MAX_GATEWAY_BYTES = 256;

const VERSION = 1;
const MAX_LOAD = 10_000;
const MAX_TAG_BYTES = 31;
const COUNTRY_BYTES = 2;
/** Version, chain, registry, node, time, capacity, load, country, number of tags. */
const FIXED_BYTES = 1 + 8 + 20 + 20 + 8 + (4 + 4 + 4 + 1) + 2 + COUNTRY_BYTES + 1;

/** No advertisement is longer; longer messages need not be looked at. */
export const MAX_ADVERTISEMENT_BYTES =
  FIXED_BYTES + MAX_TAGS * (1 + MAX_TAG_BYTES) + 2 + MAX_GATEWAY_BYTES + SIGNATURE_BYTES;

const DOMAIN = new ByteWriter().ascii("R1/advert/1").toBytes();
const COUNTRY = /^[A-Z]{2}$/;
const TAG = /^[a-z][a-z0-9-]{0,30}$/;
const GATEWAY = /^https?:\/\/(?:[A-Za-z0-9.-]{1,253}|\[[0-9a-fA-F:]{2,45}\])(?::\d{1,5})?(?:\/[A-Za-z0-9._~/-]*)?$/;

/** Where a node publishes what it offers. */
export function advertisementTopic(chainId: bigint, node: Address): string {
  return `r1/${chainId}/advert/${node.toLowerCase()}`;
}

/** What is hashed and sent, without the signature. @throws EncodingError naming the field that is out of range */
export function encodeAdvertisement(advertisement: Advertisement): Uint8Array {
  check(advertisement);
  const { chainId, nodeRegistry, node, time, capacity, load, country, tags, gateway } = advertisement;
  const writer = new ByteWriter()
    .u8(VERSION)
    .u64(chainId)
    .address(nodeRegistry)
    .address(node)
    .u64(time)
    .u32(capacity.milliCpu)
    .u32(capacity.memoryMiB)
    .u32(capacity.diskMiB)
    .u8(capacity.gpus)
    .u16(load)
    .ascii(country)
    .u8(tags.length);
  for (const tag of tags) writer.u8(tag.length).ascii(tag);
  return writer.u16(gateway.length).ascii(gateway).toBytes();
}

/** The message as sent. @throws EncodingError when the key is not the node's */
export function signAdvertisement(advertisement: Advertisement, key: SigningKey): Uint8Array {
  const body = bodyFor(advertisement, key);
  return concatBytes(body, key.sign(digestOf(body)));
}

/** The same by whoever holds the key. Rejects as `signAdvertisement` throws, and as the signer does. */
export async function signedAdvertisement(advertisement: Advertisement, signer: Signer): Promise<Uint8Array> {
  return withSignature(DOMAIN, bodyFor(advertisement, signer), signer);
}

function bodyFor(advertisement: Advertisement, { address }: Signer): Uint8Array {
  if (address !== advertisement.node.toLowerCase()) {
    throw new EncodingError(`advertisement of ${advertisement.node} cannot be signed by ${address}`);
  }
  return encodeAdvertisement(advertisement);
}

/** @throws EncodingError for every message that signAdvertisement would not write, but for the signature, left unchecked */
export function decodeAdvertisement(message: Uint8Array): DecodedAdvertisement {
  if (message.length > MAX_ADVERTISEMENT_BYTES) {
    throw new EncodingError(`advertisement: got ${message.length} bytes, want at most ${MAX_ADVERTISEMENT_BYTES}`);
  }
  const reader = new ByteReader(message);
  const advertisement = readAdvertisement(reader);
  check(advertisement);
  const body = message.subarray(0, reader.offset);
  const signature = reader.raw(SIGNATURE_BYTES);
  reader.end();
  return { advertisement, digest: digestOf(body), signature };
}

function readAdvertisement(reader: ByteReader): Advertisement {
  const version = reader.u8();
  if (version !== VERSION) throw new EncodingError(`advertisement: got version ${version}, want ${VERSION}`);
  return {
    chainId: reader.u64(),
    nodeRegistry: reader.address(),
    node: reader.address(),
    time: reader.u64(),
    capacity: { milliCpu: reader.u32(), memoryMiB: reader.u32(), diskMiB: reader.u32(), gpus: reader.u8() },
    load: reader.u16(),
    country: readText(reader, COUNTRY_BYTES),
    tags: readTags(reader),
    gateway: readText(reader, reader.u16()),
  };
}

function readTags(reader: ByteReader): string[] {
  const count = reader.u8();
  if (count > MAX_TAGS) throw new EncodingError(`advertisement: got ${count} tags, want at most ${MAX_TAGS}`);
  return Array.from({ length: count }, () => readText(reader, reader.u8()));
}

/** Each byte one character: what is no ASCII is refused by the checks that follow. */
function readText(reader: ByteReader, length: number): string {
  return Buffer.from(reader.raw(length)).toString("latin1");
}

function check({ load, country, tags, gateway }: Advertisement): void {
  if (load > MAX_LOAD) throw refusal(`load ${load}`, `0 to ${MAX_LOAD} basis points`);
  if (!COUNTRY.test(country)) throw refusal(`country ${JSON.stringify(country)}`, "two capital letters");
  if (tags.length > MAX_TAGS) throw refusal(`${tags.length} tags`, `at most ${MAX_TAGS}`);
  checkTags(tags);
  if (gateway !== "" && (gateway.length > MAX_GATEWAY_BYTES || !GATEWAY.test(gateway))) {
    const wanted = `http(s)://host:port/path of at most ${MAX_GATEWAY_BYTES} characters, or nothing`;
    throw refusal(`gateway ${JSON.stringify(gateway)}`, wanted);
  }
}

function checkTags(tags: readonly string[]): void {
  tags.forEach((tag, index) => {
    if (!TAG.test(tag)) throw refusal(`tag ${JSON.stringify(tag)}`, "a letter and up to 30 letters, digits or dashes");
    if (index > 0 && tag <= (tags[index - 1] as string)) throw refusal(`tag ${tag} out of place`, "ascending tags");
  });
}

function refusal(got: string, want: string): EncodingError {
  return new EncodingError(`advertisement: got ${got}, want ${want}`);
}

function digestOf(body: Uint8Array): Uint8Array {
  return keccak(concatBytes(DOMAIN, body));
}
