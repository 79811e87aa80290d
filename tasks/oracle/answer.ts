import { isHexString, Signature } from "ethers";

import { KeeperError } from "../../keepers/core/errors.js";
import { bytesToHex } from "../../keepers/protocol/bytes.js";
import { compactSignature, type SigningKey } from "../../keepers/protocol/signing.js";
import { answerDigest } from "../../keepers/protocol/typedData.js";
import { action } from "../lib/action.js";
import type { Answer } from "../lib/answer.js";
import { parseAddress } from "../lib/names.js";
import { readKey } from "../lib/nodeKey.js";
import type { Protocol } from "../lib/protocol.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments, Session } from "../lib/session.js";
import { formatTime } from "../lib/times.js";

interface AnswerArguments extends SenderArguments {
  readonly oracle: string;
  readonly signature: string | undefined;
  readonly oracleKey: string | undefined;
  readonly print: boolean;
}

const DEFAULT_KEY = "ORACLE_PRIVATE_KEY";

export default action<AnswerArguments>(async (args, session) => {
  const oracle = parseAddress(args.oracle, "oracle");
  const protocol = await session.protocol();
  const { oracleRegistry } = protocol.contracts;
  const { deadline } = await oracleRegistry.challengeOf(oracle);
  if (deadline === 0n) throw new KeeperError("NOT_CHALLENGED", `nobody challenged oracle ${oracle}, or it answered`);
  const signature = args.signature ?? (await sign(args, oracle, deadline, session));
  if (args.print) return printed(oracle, deadline, signature);
  const transaction = await oracleRegistry.answer.populateTransaction(oracle, compactOf(signature));
  const outcome = await send(session, { label: `answering for oracle ${oracle}`, transaction });
  return answerOf(outcome, () => ({
    json: { oracle, deadline },
    lines: [`Oracle ${oracle} has answered the challenge until ${formatTime(deadline)}.`],
  }));
});

function printed(oracle: string, deadline: bigint, signature: string): Answer {
  return { json: { oracle, deadline, signature }, lines: [signature] };
}

/** Compact, in hexadecimal digits. @throws KeeperError `KEY_WRONG` when the key is not the oracle's */
async function sign(
  { oracleKey }: AnswerArguments,
  oracle: string,
  deadline: bigint,
  session: Session,
): Promise<string> {
  const name = oracleKey ?? DEFAULT_KEY;
  const key = await readKey(name, session.hre);
  if (key.address !== oracle.toLowerCase()) {
    throw new KeeperError("KEY_WRONG", `${name} is the key of ${key.address}, not of oracle ${oracle}`);
  }
  return signWith(key, deadline, await session.protocol());
}

async function signWith(key: SigningKey, deadline: bigint, { deployment, contracts }: Protocol): Promise<string> {
  const verifyingContract = (await contracts.oracleRegistry.getAddress()).toLowerCase();
  const domain = { chainId: BigInt(deployment.chainId), verifyingContract };
  return bytesToHex(compactSignature(key.sign(answerDigest(domain, { oracle: key.address, deadline }))));
}

/** Reads 64 bytes as `--print` gives them, or 65 as wallets do. */
function compactOf(text: string): { r: string; vs: string } {
  if (!isHexString(text, 64) && !isHexString(text, 65)) {
    throw new KeeperError("SIGNATURE_INVALID", "--signature: want 0x and 64 or 65 bytes in hexadecimal digits");
  }
  const { r, yParityAndS: vs } = Signature.from(text);
  return { r, vs };
}
