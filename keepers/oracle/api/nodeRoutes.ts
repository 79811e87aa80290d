import type { FastifyInstance } from "fastify";
import type { Clock } from "../../core/clock.js";
import { addressText, answers, decimal, list, object, text, whole } from "../../core/http/schemas.js";
import type { DeedId } from "../../protocol/deedId.js";
import type { Address } from "../../protocol/bytes.js";
import type { EpochClock } from "../../protocol/epochClock.js";
import type { Link } from "../../protocol/links.js";
import type { SlotStore } from "../../storage/slotStore.js";
import { ApiError } from "../../core/http/apiError.js";
import type { HeardNodes } from "../ingest/heardNodes.js";
import { slotsHeard } from "../scoring.js";
import { deedLabel, readDeed } from "./deeds.js";
import type { EpochReader } from "./epochReader.js";
import { readCount } from "./query.js";
import { countText } from "./schemas.js";
import type { NodeDirectory } from "./views.js";

export interface NodeRouteDependencies {
  readonly epochs: EpochReader;
  readonly nodes: NodeDirectory;
  readonly slots: Pick<SlotStore, "count">;
  readonly heard: Pick<HeardNodes, "lastOf">;
  readonly epochClock: EpochClock;
  readonly clock: Pick<Clock, "now">;
}

const maximumNodes = 1_000;
const defaultNodes = 100;
const maximumHistory = 60;
const defaultHistory = 30;
const tags = ["nodes"];

const nodeAnswer = object(
  {
    node: addressText,
    deed: decimal,
    name: text,
    associatedAt: { ...whole, description: "Unix seconds" },
    slots: { ...whole, description: "slots of the running epoch in which this oracle heard the node" },
    lastHeardAt: { ...whole, description: "milliseconds since 1970; absent when not heard since the oracle started" },
    load: { ...whole, description: "basis points, as told by the node" },
  },
  ["lastHeardAt", "load"],
);

/** The nodes as this oracle hears them, and what each deed got. */
export function nodeRoutes(app: FastifyInstance, dependencies: NodeRouteDependencies): void {
  app.get<{ Querystring: { limit?: string; offset?: string } }>(
    "/nodes",
    {
      schema: {
        tags,
        summary: "Active nodes in the order of their deeds, and how this oracle heard them in the running epoch",
        querystring: object({ limit: countText(maximumNodes), offset: countText(1e9) }, ["limit", "offset"]),
        response: answers(object({ epoch: whole, slotsPerEpoch: whole, total: whole, nodes: list(nodeAnswer) })),
      },
    },
    ({ query }) => {
      const limit = readCount("limit", query.limit, { fallback: defaultNodes, largest: maximumNodes });
      return listNodes(Number(query.offset ?? 0), limit, dependencies);
    },
  );
  historyRoute(app, dependencies);
}

function historyRoute(app: FastifyInstance, { epochs, nodes }: NodeRouteDependencies): void {
  app.get<{ Params: { node: string }; Querystring: { limit?: string; before?: string } }>(
    "/nodes/:node/history",
    {
      schema: {
        tags,
        summary: "Availability bytes that a deed got in the last committed epochs, newest first",
        params: object({ node: { ...text, maxLength: 80, description: "a node's address, or a deed such as ND:5" } }),
        querystring: object({ limit: countText(maximumHistory), before: decimal }, ["limit", "before"]),
        response: answers(
          object({
            deed: decimal,
            name: text,
            epochs: list(object({ epoch: whole, bytes: { ...whole, maximum: 255 }, cumulative: decimal })),
          }),
        ),
      },
    },
    async ({ params, query }) => {
      const limit = readCount("limit", query.limit, { fallback: defaultHistory, largest: maximumHistory });
      const before = query.before === undefined ? undefined : BigInt(query.before);
      const deed = deedOf(params.node, nodes);
      const entries = await epochs.history(deed, limit, before);
      const described = entries.map(({ epoch, bytes, cumulative }) => {
        return { epoch: Number(epoch), bytes, cumulative: cumulative.toString() };
      });
      return { deed: deed.toString(), name: deedLabel(deed), epochs: described };
    },
  );
}

function deedOf(nodeOrDeed: string, nodes: NodeDirectory): DeedId {
  if (!/^0x[0-9a-fA-F]{40}$/u.test(nodeOrDeed)) return readDeed(nodeOrDeed);
  const node: Address = nodeOrDeed.toLowerCase();
  const link = nodes.linkOfNode(node);
  if (link !== undefined) return link.deed;
  throw new ApiError(
    404,
    "NODE_NOT_ACTIVE",
    `node ${node} serves no deed now; ask for the deed, such as /nodes/ND:5/history`,
  );
}

function listNodes(offset: number, limit: number, dependencies: NodeRouteDependencies): Record<string, unknown> {
  const { nodes, epochClock, clock } = dependencies;
  const epoch = epochClock.epochAt(clock.now() / 1_000);
  const described = nodes.links.slice(offset, offset + limit).map((link) => describe(epoch, link, dependencies));
  const { slotsPerEpoch } = epochClock;
  return { epoch: Number(epoch), slotsPerEpoch, total: nodes.links.length, nodes: described };
}

function describe(epoch: bigint, link: Link, dependencies: NodeRouteDependencies): Record<string, unknown> {
  const { deed, node, associatedAt } = link;
  const last = dependencies.heard.lastOf(node);
  const heard = last === undefined ? {} : { lastHeardAt: Math.floor(last.heardAt), load: last.load };
  const identity = { node, deed: deed.toString(), name: deedLabel(deed), associatedAt: Number(associatedAt) };
  return { ...identity, slots: slotsHeard(epoch, link, dependencies), ...heard };
}
