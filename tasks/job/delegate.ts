import { KeeperError } from "../../keepers/core/errors.js";
import { JobRight } from "../../keepers/protocol/jobRights.js";
import { action } from "../lib/action.js";
import { parseAddress } from "../lib/names.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments } from "../lib/session.js";

interface DelegateArguments extends SenderArguments {
  readonly address: string;
  readonly rights: string;
  readonly accept: boolean;
}

const RIGHTS = new Map<string, number>(Object.entries(JobRight).map(([name, bit]) => [name.toLowerCase(), bit]));

export default action<DelegateArguments>(async ({ address, rights: text, accept }, session) => {
  const other = parseAddress(address, "address");
  const rights = sumOf(text);
  const { jobEscrow } = (await session.protocol()).contracts;
  const sender = (await session.signer()).address;
  const transaction = accept
    ? await jobEscrow.acceptDelegation.populateTransaction(other, rights)
    : await jobEscrow.offerDelegation.populateTransaction(other, rights);
  const outcome = await send(session, { label: accept ? "accepting rights" : "offering rights", transaction });
  const [owner, delegate] = accept ? [other, sender] : [sender, other];
  return answerOf(outcome, async () => {
    const held = Number(await jobEscrow.rightsOf(owner, delegate));
    const names = namesOf(held);
    const waiting = !accept && rights !== held ? ` ${delegate} has yet to accept: ${namesOf(rights & ~held)}.` : "";
    return {
      json: { owner, delegate, rights: held, offered: accept ? null : rights },
      lines: [`${delegate} may do with the jobs of ${owner}: ${names}.${waiting}`],
    };
  });
});

function sumOf(text: string): number {
  if (text.toLowerCase() === "none") return 0;
  return text.split(",").reduce((sum, part) => {
    const bit = RIGHTS.get(part.trim().toLowerCase());
    if (bit !== undefined) return sum | bit;
    const wants = `some of ${[...RIGHTS.keys()].join(", ")}; or none`;
    throw new KeeperError("RIGHTS_INVALID", `--rights: got ${JSON.stringify(part)}, want ${wants}`);
  }, 0);
}

function namesOf(rights: number): string {
  const names = [...RIGHTS].filter(([, bit]) => (rights & bit) !== 0).map(([name]) => name);
  return names.length === 0 ? "nothing" : names.join(", ");
}
