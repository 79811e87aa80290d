/**
 * Writes vectors/oracleMessages.json: one signed message of every kind, and both kinds of value.
 *
 *   node --import tsx scripts/vectorsOracle.ts            writes it
 *   node --import tsx scripts/vectorsOracle.ts --check    writes nothing; status 1 when it differs
 */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { bytesToHex, type Hash } from "../keepers/protocol/bytes.js";
import { type OracleBody } from "../keepers/protocol/oracleBodies.js";
import {
  decodeMessage,
  messageDigest,
  messageSigner,
  type OracleHeader,
  type OracleMessage,
  reportHash,
  signMessage,
} from "../keepers/protocol/oracleMessages.js";
import { type Value, valueId, ZERO_HASH } from "../keepers/protocol/oracleValue.js";
import { compactSignature, keccak, SigningKey } from "../keepers/protocol/signing.js";

const EPOCH = 223n;
const ATTEMPT = 2;
const CONTEXT = { chainId: 8453n, ledger: "0x1ed9e21ed9e21ed9e21ed9e21ed9e21ed9e21ed9" };
const KEYS = Array.from({ length: 4 }, (_, index) => new SigningKey(sampleBytes(`oracle ${index}`))).sort((a, b) =>
  a.address < b.address ? -1 : 1,
);
const PATH = fileURLToPath(new URL("../vectors/oracleMessages.json", import.meta.url));

function sampleBytes(name: string): Uint8Array {
  return keccak(Buffer.from(`vectors/oracleMessages/${name}`));
}

function sampleHash(name: string): Hash {
  return bytesToHex(sampleBytes(name));
}

function reportsValue(): Value {
  return {
    type: "reports",
    previousRoot: sampleHash("previous root"),
    root: sampleHash("root"),
    dataHash: sampleHash("data"),
    leafCount: 46_224n,
    set: KEYS.map(({ address }) => ({ oracle: address, reportHash: sampleHash(`report ${address}`) })),
  };
}

function decisionBody(value: Value): OracleBody {
  const id = valueId(EPOCH, value);
  const certificate = KEYS.slice(1).map((key) => {
    const vote = { kind: "precommit", ...headerOf(key), round: 1, valueId: id } as const;
    return { oracle: key.address, signature: key.sign(messageDigest(CONTEXT, vote)) };
  });
  return { kind: "decision", round: 1, value, certificate };
}

function headerOf({ address }: SigningKey): OracleHeader {
  return { epoch: EPOCH, attempt: ATTEMPT, sender: address };
}

function bodies(sender: SigningKey): OracleBody[] {
  const value = reportsValue();
  const bytes = Uint8Array.of(0, 1, 127, 254, 255);
  const report = { kind: "report", salt: sampleHash("salt"), subjectsHash: sampleHash("links"), bytes } as const;
  const digest = sampleBytes("epoch report");
  return [
    { kind: "seal", reportHash: reportHash(CONTEXT, { ...report, ...headerOf(sender) }) },
    report,
    { kind: "proposal", round: 0, validRound: undefined, value },
    { kind: "proposal", round: 2, validRound: 1, value: { type: "skip" } },
    { kind: "prevote", round: 0, valueId: valueId(EPOCH, value) },
    { kind: "prevote", round: 0x7fff_ffff, valueId: ZERO_HASH },
    { kind: "precommit", round: 1, valueId: valueId(EPOCH, { type: "skip" }) },
    { kind: "signature", compact: compactSignature(sender.sign(digest)), reportDigest: bytesToHex(digest) },
    { kind: "request", what: "report", key: sampleHash("report") },
    { kind: "request", what: "decision", key: ZERO_HASH },
    { kind: "request", what: "leaves", key: sampleHash("data") },
    decisionBody(value),
    decisionBody({ type: "skip" }),
    { kind: "leaves", file: Buffer.from("R1LEAVES") },
  ];
}

function vector(key: SigningKey, body: OracleBody): object {
  const message: OracleMessage = { ...body, ...headerOf(key) };
  const envelope = signMessage(key, CONTEXT, message);
  const decoded = decodeMessage(envelope, CONTEXT);
  return {
    kind: body.kind,
    sender: key.address,
    signer: messageSigner(decoded),
    digest: bytesToHex(decoded.digest),
    ...(message.kind === "report" ? { reportHash: reportHash(CONTEXT, message) } : {}),
    ...("value" in message ? { valueId: valueId(EPOCH, message.value) } : {}),
    envelope: bytesToHex(envelope),
  };
}

function vectors(): string {
  const [key] = KEYS as [SigningKey];
  const messages = bodies(key).map((body) => vector(key, body));
  const place = { chainId: CONTEXT.chainId.toString(), ledger: CONTEXT.ledger, epoch: EPOCH.toString() };
  const file = { ...place, attempt: ATTEMPT, messages };
  return `${JSON.stringify(file, null, 1)}\n`;
}

const wanted = vectors();
const isCurrent = existsSync(PATH) && readFileSync(PATH, "utf8") === wanted;
if (!isCurrent && process.argv.includes("--check")) {
  process.stdout.write("vectors/oracleMessages.json differs; run scripts/vectorsOracle.ts and read the difference\n");
  process.exitCode = 1;
} else if (!isCurrent) {
  writeFileSync(PATH, wanted);
}
