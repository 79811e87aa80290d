import { getAddress } from "ethers";
import { z } from "zod";

import { SystemDisk } from "../../keepers/core/disk.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { readJson } from "../../keepers/core/files.js";
import { bytesToHex } from "../../keepers/protocol/bytes.js";
import type { DeedId } from "../../keepers/protocol/deedId.js";
import { SIGNATURE_BYTES, type SigningKey } from "../../keepers/protocol/signing.js";
import { associationDigest } from "../../keepers/protocol/typedData.js";
import { deedName, parseAddress, parseDeed } from "./names.js";
import type { Protocol } from "./protocol.js";

/** A node's signed consent to serve a deed, as it travels between machines. */
export interface Consent {
  readonly deed: DeedId;
  readonly owner: string;
  readonly node: string;
  /** Unix seconds. */
  readonly deadline: bigint;
  /** 65 bytes, r ‖ s ‖ v. */
  readonly signature: string;
}

const RECOVERY_BASE = 27;

const consentSchema = z
  .strictObject({
    deed: z.string(),
    owner: z.string(),
    node: z.string(),
    deadline: z.union([z.int().positive(), z.string().regex(/^\d{1,12}$/u)]).transform(BigInt),
    signature: z.string().regex(/^0x[0-9a-fA-F]{130}$/u, "want 65 bytes in hexadecimal digits"),
  })
  .transform((consent) => ({
    ...consent,
    deed: parseDeed(consent.deed),
    owner: parseAddress(consent.owner, "owner of the consent"),
    node: parseAddress(consent.node, "node of the consent"),
  }));

const fileSchema = z.union([consentSchema.transform((consent) => [consent]), z.array(consentSchema).min(1).max(100)]);

/** The consent as `node:consent` prints it and `--consent` reads it. */
export function consentJson({ deed, owner, node, deadline, signature }: Consent) {
  return { deed: deedName(deed), owner, node, deadline: Number(deadline), signature };
}

/** The last moment that a consent given at `time` may hold: it ends before the deed can be associated again. */
export async function longestDeadline({ contracts }: Protocol, time: bigint): Promise<bigint> {
  return time + (await contracts.nodeRegistry.REASSOCIATION_DELAY()) - 1n;
}

/** Signs with the node's key. */
export async function signConsent(
  key: SigningKey,
  association: Pick<Consent, "deed" | "owner" | "deadline">,
  { deployment, contracts }: Protocol,
): Promise<Consent> {
  const verifyingContract = (await contracts.nodeRegistry.getAddress()).toLowerCase();
  const domain = { chainId: BigInt(deployment.chainId), verifyingContract };
  const signature = key.sign(associationDigest(domain, { ...association, owner: association.owner.toLowerCase() }));
  const last = SIGNATURE_BYTES - 1;
  signature[last] = (signature[last] as number) + RECOVERY_BASE;
  return { ...association, node: getAddress(key.address), signature: bytesToHex(signature) };
}

/** @throws KeeperError `CONSENT_NOT_FOUND`, or what is wrong with the file */
export async function readConsents(path: string): Promise<readonly Consent[]> {
  const consents = await readJson(new SystemDisk(), path, fileSchema);
  if (consents !== undefined) return consents;
  throw new KeeperError(
    "CONSENT_NOT_FOUND",
    `there is no file ${path}: make one with node:consent on the node's machine`,
  );
}
