import { resolve } from "node:path";

import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { type Consent, longestDeadline, readConsents, signConsent } from "../lib/consent.js";
import { deedName, parseDeed } from "../lib/names.js";
import { loadNodeKey, type NodeKeyChoice } from "../lib/nodeKey.js";
import { answerOf, send } from "../lib/send.js";
import type { SenderArguments, Session } from "../lib/session.js";

interface AssociateArguments extends SenderArguments, NodeKeyChoice {
  readonly consent: string | undefined;
  readonly deed: string | undefined;
}

export default action<AssociateArguments>(async (args, session) => {
  const consents = await consentsOf(args, session);
  const { address } = await session.signer();
  for (const { deed, owner } of consents) requireOwner(deedName(deed), owner, address);
  const pairs = consents.map(({ deed, node }) => ({ deed: deedName(deed), node }));
  const label = `associating ${pairs.map(({ deed }) => deed).join(", ")}`;
  const outcome = await send(session, { label, transaction: await transactionOf(consents, session) });
  return answerOf(outcome, () => ({
    json: { associations: pairs },
    lines: pairs.map(({ deed, node }) => `Associated ${deed} with node ${node}.`),
  }));
});

async function consentsOf(args: AssociateArguments, session: Session): Promise<readonly Consent[]> {
  const { consent, deed } = args;
  if (consent !== undefined && deed === undefined) return readConsents(resolve(consent));
  if (consent !== undefined || deed === undefined) {
    const message = "give --consent with a file of node:consent, or --deed when the node's key is on this machine";
    throw new KeeperError("CONSENT_MISSING", message);
  }
  const protocol = await session.protocol();
  const association = {
    deed: parseDeed(deed),
    owner: (await session.signer()).address,
    deadline: await longestDeadline(protocol, await session.time()),
  };
  return [await signConsent(await loadNodeKey(args, session.hre), association, protocol)];
}

/** The contract would only say that the signature is wrong. */
function requireOwner(deed: string, owner: string, sender: string): void {
  if (owner === sender) return;
  const message = `the consent for ${deed} is for owner ${owner}, and the sender is ${sender}: choose the owner with --from or --key`;
  throw new KeeperError("CONSENT_FOR_ANOTHER", message);
}

async function transactionOf(consents: readonly Consent[], session: Session) {
  const { nodeRegistry } = (await session.protocol()).contracts;
  const [first, ...others] = consents as [Consent, ...Consent[]];
  if (others.length > 0) return nodeRegistry.associateMany.populateTransaction([...consents]);
  return nodeRegistry.associate.populateTransaction(first.deed, first.node, first.deadline, first.signature);
}
