import { MockV3Aggregator__factory } from "../../typechain-types/index.js";
import type { R1Price } from "./amounts.js";
import type { Protocol } from "./protocol.js";

/** Dollars for one R1 by the sale's feed; undefined when the feed gives none that the sale would believe. */
export async function readPrice({ contracts, provider }: Protocol): Promise<R1Price | undefined> {
  const { feed, least, most } = await contracts.nodeDeedSale.feedConfig();
  // Any Chainlink-style feed has these functions; the mock is the one whose interface is compiled here.
  const aggregator = MockV3Aggregator__factory.connect(feed, provider);
  try {
    const [{ answer: price }, decimals] = await Promise.all([aggregator.latestRoundData(), aggregator.decimals()]);
    return price < least || price > most ? undefined : { price, decimals };
  } catch {
    return undefined; // a feed that fails takes the dollars from the display, nothing else
  }
}
