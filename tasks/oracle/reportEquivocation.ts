import { resolve } from "node:path";

import { isHexString, Signature } from "ethers";
import { z } from "zod";

import { SystemDisk } from "../../keepers/core/disk.js";
import { KeeperError } from "../../keepers/core/errors.js";
import { readJson } from "../../keepers/core/files.js";
import { recoverCompact } from "../../keepers/protocol/signing.js";
import { epochReportDigest } from "../../keepers/protocol/typedData.js";
import { action } from "../lib/action.js";
import type { Protocol } from "../lib/protocol.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";

interface ReportArguments extends SenderArguments {
  readonly file: string;
}

const whole = z.union([z.int().min(0), z.string().regex(/^\d{1,20}$/u)]).transform(BigInt);
const hash = z.string().regex(/^0x[0-9a-fA-F]{64}$/u, "want 32 bytes in hexadecimal digits");
const signature = z
  .string()
  .refine((text) => isHexString(text, 64) || isHexString(text, 65), "want 64 or 65 bytes in hexadecimal digits");

/** A report and an oracle's signature of it. */
const signedReportSchema = z.strictObject({
  epoch: whole,
  previousRoot: hash,
  root: hash,
  dataHash: hash,
  leafCount: whole,
  signature,
});
type SignedReport = z.infer<typeof signedReportSchema>;

const fileSchema = z.tuple([signedReportSchema, signedReportSchema]);

export default action<ReportArguments>(async (args, session) => {
  const path = resolve(args.file);
  const reports = await readJson(new SystemDisk(), path, fileSchema);
  if (reports === undefined) throw new KeeperError("EVIDENCE_NOT_FOUND", `there is no file ${path}`);
  const protocol = await session.protocol();
  const [a, b] = reports;
  const transaction = await protocol.contracts.oracleRegistry.reportEquivocation.populateTransaction(
    a,
    compactOf(a),
    b,
    compactOf(b),
  );
  const oracle = await signerOf(a, protocol);
  const outcome = await send(session, { label: `reporting oracle ${oracle}`, transaction });
  return answerOf(outcome, () => ({
    json: { oracle, epoch: a.epoch },
    lines: [`Removed oracle ${oracle}: it signed two reports of epoch ${a.epoch.toString()}.`],
  }));
});

function compactOf({ signature: text }: SignedReport): { r: string; vs: string } {
  const { r, yParityAndS: vs } = Signature.from(text);
  return { r, vs };
}

async function signerOf(report: SignedReport, { deployment, contracts }: Protocol): Promise<string> {
  const verifyingContract = (await contracts.epochLedger.getAddress()).toLowerCase();
  const digest = epochReportDigest({ chainId: BigInt(deployment.chainId), verifyingContract }, report);
  const { compactSerialized } = Signature.from(report.signature);
  return recoverCompact(digest, Buffer.from(compactSerialized.slice(2), "hex")) ?? "nobody";
}
