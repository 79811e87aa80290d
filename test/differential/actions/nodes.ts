import { deedId } from "../model/merkle.js";
import { isApproved } from "../model/operators.js";
import { associate, type Consent, consentDigest, deedOfNode, dissociate, nodeOf } from "../model/nodes.js";
import { NOBODY } from "../model/state.js";
import type { Action, Context, Step } from "../walk/context.js";

export const NODE_ACTIONS: readonly Action[] = [
  { name: "associate", weight: 12, draw: drawAssociate },
  { name: "associateMany", weight: 6, draw: drawAssociateMany },
  { name: "dissociate", weight: 4, draw: drawDissociate },
];

/** A class that there is not. */
const NO_DEED = deedId(4n, 1);

function drawAssociate(context: Context): Step {
  const { random } = context;
  const deed = random.once(20) ? NO_DEED : drawDeed(context);
  const owner = context.state.deeds.get(deed)?.owner ?? context.actor();
  const sender = random.once(12) ? context.actor() : owner;
  const consent = drawConsent(context, sender, deed, context.random.mostly(freeNodes(context), context.cast.nodes));
  const { node, deadline, signature } = consent;
  return registry(sender, "associate", [deed, node, deadline, signature.serialized], (state) =>
    associate(state, sender, [consent]),
  );
}

/** Several deeds of one owner, at times one of another's, or one node twice. */
function drawAssociateMany(context: Context): Step {
  const { random } = context;
  const ready = waiting(context);
  const sender = random.mostly(
    ready.map((deed) => context.ownerOf(deed)),
    context.cast.actors,
  );
  const own = ready.filter((deed) => context.ownerOf(deed) === sender);
  const deeds = random.once(6)
    ? [...own.slice(0, 1), drawDeed(context)]
    : own.slice(0, random.once(6) ? 0 : 1 + random.below(3));
  const free = freeNodes(context);
  const nodes = random.once(6) || free.length < deeds.length ? deeds.map(() => random.pick(context.cast.nodes)) : free;
  const consents = deeds.map((deed, i) => drawConsent(context, sender, deed, nodes[i]!));
  const requests = consents.map(({ signature, ...request }) => ({ ...request, signature: signature.serialized }));
  return registry(sender, "associateMany", [requests], (state) => associate(state, sender, consents));
}

function drawDissociate(context: Context): Step | undefined {
  const { random, state, cast } = context;
  const linked = context.deeds().filter((deed) => nodeOf(state, deed) !== NOBODY);
  const deed = random.mostly(linked, context.deeds());
  const node = nodeOf(state, deed);
  const sender = random.once(3) ? random.pick(cast.actors) : random.pick([context.ownerOf(deed), node]);
  if (sender === NOBODY) return undefined;
  return registry(sender, "dissociate", [deed], (after) => dissociate(after, sender, deed));
}

/** Mostly one that has no node, may have one now, and whose owner may have one. */
function drawDeed(context: Context): bigint {
  const { random } = context;
  const wanted = waiting(context).slice(0, 12);
  return random.mostly(wanted, random.once(3) ? [context.nodeDeed()] : context.deeds());
}

function waiting(context: Context): bigint[] {
  const { state, now } = context;
  const ready = now - state.setting.reassociationDelay;
  return context.deeds().filter((deed) => {
    const { owner, banned } = state.deeds.get(deed)!;
    const link = state.links.get(deed);
    const mayLink = link === undefined || (link.node === NOBODY && link.since <= ready);
    return mayLink && !banned && isApproved(state, owner);
  });
}

function freeNodes({ state, cast }: Context): string[] {
  return cast.nodes.filter((node) => deedOfNode(state, node) === 0n);
}

function drawConsent(
  context: Context,
  owner: string,
  deed: bigint,
  node: string,
): Consent & { signature: { serialized: string } } {
  const { random, now, state } = context;
  const { reassociationDelay } = state.setting;
  const ahead = random.pick([10, 100, 1_000, 10, 100, 1_000, 0, -1, reassociationDelay - 1, reassociationDelay]);
  const deadline = now + ahead;
  const signer = random.once(15) ? random.pick(context.cast.nodes) : node;
  return { deed, node, deadline, signature: context.sign(signer, consentDigest(state, deed, owner, deadline)) };
}

function registry(sender: string, call: string, args: readonly unknown[], model: Step["model"]): Step {
  return { sender, contract: "nodes", call, args, model };
}
