import { KeeperError } from "../../keepers/core/errors.js";
import { action } from "../lib/action.js";
import { govern, type GovernorArguments } from "../lib/govern.js";
import { parseAddress } from "../lib/names.js";
import type { Protocol } from "../lib/protocol.js";

interface FeedArguments extends GovernorArguments {
  readonly of: string;
  readonly feed: string;
  readonly maxAge: string | undefined;
  readonly least: string | undefined;
  readonly most: string | undefined;
}

export default action<FeedArguments>(async (args, session) => {
  const reader = readerOf(await session.protocol(), args.of);
  const feed = parseAddress(args.feed, "feed");
  const now = await reader.feedConfig();
  const config = {
    feed,
    maxAge: number(args.maxAge, "--max-age", now.maxAge),
    least: number(args.least, "--least", now.least),
    most: number(args.most, "--most", now.most),
  };
  return govern(args, session, {
    label: `setting the feed of the ${args.of}`,
    transaction: await reader.configureFeed.populateTransaction(config),
    done: () => ({ json: { of: args.of, ...config }, lines: [`The ${args.of} takes its prices from ${feed}.`] }),
  });
});

function readerOf({ contracts: { nodeDeedSale, resourceCatalog } }: Protocol, name: string) {
  if (name === "sale") return nodeDeedSale;
  if (name === "catalog") return resourceCatalog;
  throw new KeeperError("FEED_INVALID", `of: got ${JSON.stringify(name)}, want sale or catalog`);
}

function number(text: string | undefined, what: string, otherwise: bigint): bigint {
  if (text === undefined) return otherwise;
  if (/^[1-9]\d{0,14}$/u.test(text)) return BigInt(text);
  throw new KeeperError("FEED_INVALID", `${what}: got ${JSON.stringify(text)}, want a whole number above zero`);
}
