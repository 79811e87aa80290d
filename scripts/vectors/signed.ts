import { TypedDataEncoder } from "ethers";
import { bytesToHex, type Hash, hexToBytes } from "../../keepers/protocol/bytes.js";
import { DeedKind, deedId } from "../../keepers/protocol/deedId.js";
import { compactSignature, type SigningKey } from "../../keepers/protocol/signing.js";
import {
  associationData,
  epochReportData,
  sessionData,
  type TypedData,
  typedDataDigest,
} from "../../keepers/protocol/typedData.js";
import { idHex, sampleAddress, sampleHash, sampleKey } from "./samples.js";

const CHAIN = 8453n;
const OTHER_CHAIN = 84_532n;

interface Signed {
  readonly signature: Hash;
  readonly compact: Hash;
  readonly r: Hash;
  readonly vs: Hash;
}

/** Reports on two chains, signed by five oracles in ascending order of address. */
export function epochReportVectors(): object {
  const oracles = [0, 1, 2, 3, 4]
    .map((index) => sampleKey(`oracle/${index}`))
    .sort((a, b) => (a.key.address < b.key.address ? -1 : 1));
  const reports = [
    { chainId: CHAIN, epoch: 0n, previousRoot: idHex(0n), leafCount: 1n },
    { chainId: CHAIN, epoch: 223n, previousRoot: sampleHash("root/222"), leafCount: 46_725n },
    { chainId: OTHER_CHAIN, epoch: 2n ** 64n - 1n, previousRoot: sampleHash("root/last"), leafCount: 2n ** 64n - 1n },
  ].map(({ chainId, ...report }) => {
    const domain = { chainId, verifyingContract: sampleAddress("ledger") };
    const whole = { ...report, root: sampleHash(`root/${report.epoch}`), dataHash: sampleHash(`data/${report.epoch}`) };
    const data = epochReportData(domain, whole);
    const signatures = oracles.map(({ key }) => sign(data, key));
    return {
      chainId,
      ledger: domain.verifyingContract,
      ...whole,
      ...hashes(data),
      signatures: signatures.map(({ signature }) => signature),
      compactSignatures: signatures.map(({ compact }) => compact),
      rs: signatures.map(({ r }) => r),
      vss: signatures.map(({ vs }) => vs),
    };
  });
  return {
    signers: oracles.map(({ key }) => key.address),
    privateKeys: oracles.map(({ privateKey }) => privateKey),
    reports,
  };
}

/** A node's consent to earn for a deed of each class. */
export function associationVectors(): object {
  const deeds = [deedId(DeedKind.NODE, 1n), deedId(DeedKind.MASTER, 500n), deedId(DeedKind.GENESIS, 1n)];
  return {
    associations: deeds.map((deed, index) => {
      const { privateKey, key } = sampleKey(`node/${index}`);
      const domain = { chainId: index === 1 ? OTHER_CHAIN : CHAIN, verifyingContract: sampleAddress("node registry") };
      const owner = sampleAddress(`owner/${index}`);
      const deadline = 1_750_000_000n + BigInt(index);
      const data = associationData(domain, { deed, owner, deadline });
      return {
        chainId: domain.chainId,
        nodeRegistry: domain.verifyingContract,
        privateKey,
        node: key.address,
        deed: idHex(deed),
        owner,
        deadline,
        ...hashes(data),
        ...sign(data, key),
      };
    }),
  };
}

/** A node's answer to an oracle's challenge. */
export function sessionVectors(): object {
  const { privateKey, key } = sampleKey("node/session");
  const domain = { chainId: CHAIN, verifyingContract: sampleAddress("node registry") };
  const session = { node: key.address, challenge: sampleHash("challenge"), expiresAt: 1_750_000_060n };
  const data = sessionData(domain, session);
  const signed = sign(data, key);
  return {
    sessions: [
      {
        chainId: domain.chainId,
        nodeRegistry: domain.verifyingContract,
        privateKey,
        ...session,
        ...hashes(data),
        ...signed,
      },
    ],
  };
}

export function hashes(data: TypedData): { domainSeparator: Hash; structHash: Hash; digest: Hash } {
  const encoder = TypedDataEncoder.from(data.types);
  return {
    domainSeparator: TypedDataEncoder.hashDomain(data.domain),
    structHash: encoder.hash(data.value),
    digest: bytesToHex(typedDataDigest(data)),
  };
}

function sign(data: TypedData, key: SigningKey): Signed {
  const signature = key.sign(hexToBytes(TypedDataEncoder.hash(data.domain, data.types, data.value)));
  const compact = compactSignature(signature);
  return {
    signature: bytesToHex(signature),
    compact: bytesToHex(compact),
    r: bytesToHex(compact.subarray(0, 32)),
    vs: bytesToHex(compact.subarray(32)),
  };
}
